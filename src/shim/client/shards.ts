import { clientModule } from '../core/client-module.js';
import { kindOf, toOptionalText, toText } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import type { Shard } from './types.js';

/**
 * MD5 of the key's UTF-8 bytes as an unsigned 128-bit decimal: the hash key that decides the shard.
 * @example
 * hashKey('visitor-1'); // '39236091387025667101031379461730886952'
 */
export function hashKey(partitionKey: string): string {
  const key = toText(partitionKey, 'partitionKey');
  return clientModule().run((exports) => exports.hashKey(key));
}

/**
 * The open shard of `shards` that a partition key, or an explicit hash key, selects.
 * @example
 * const { Shards } = await client.listShards({ StreamName: 'clicks' });
 * const shard = shardFor(Shards, { partitionKey: 'visitor-1' });
 */
export function shardFor(
  shards: Shard[],
  key: { partitionKey: string } | { explicitHashKey: string },
): Shard | undefined {
  if (!Array.isArray(shards))
    throw KinesisError.invalid(`shards must be the array that listShards gives, not ${kindOf(shards)}`);
  if (typeof key !== 'object' || key === null)
    throw KinesisError.invalid(`key must be { partitionKey } or { explicitHashKey }, not ${kindOf(key)}`);
  const hash = decidingHashKey(reading('key', () => ({ ...key })));
  return reading('shards', () => {
    shards.forEach(checkShard);
    return shards.find((shard) => isOpen(shard) && holds(shard, hash));
  });
}

function isOpen({ SequenceNumberRange }: Shard): boolean {
  return !SequenceNumberRange?.EndingSequenceNumber;
}

function holds({ HashKeyRange }: Shard, hash: bigint): boolean {
  return BigInt(HashKeyRange.StartingHashKey) <= hash && hash <= BigInt(HashKeyRange.EndingHashKey);
}

function decidingHashKey({
  partitionKey,
  explicitHashKey,
}: {
  partitionKey?: unknown;
  explicitHashKey?: unknown;
}): bigint {
  const explicit = toOptionalText(explicitHashKey, 'explicitHashKey');
  if (explicit !== undefined) return BigInt(checked(explicit, 'explicitHashKey'));
  const key = toOptionalText(partitionKey, 'partitionKey');
  if (key === undefined) throw KinesisError.invalid('key needs partitionKey or explicitHashKey');
  clientModule().run((exports) => exports.checkKey('partitionKey', key));
  return BigInt(hashKey(key));
}

function checked(key: string, argument: string): string {
  clientModule().run((exports) => exports.checkKey(argument, key));
  return key;
}

function checkShard(shard: Shard | undefined, index: number): void {
  const range = shard?.HashKeyRange;
  if (typeof range?.StartingHashKey !== 'string' || typeof range.EndingHashKey !== 'string') {
    throw KinesisError.invalid(`shards[${index}] must have a HashKeyRange, as listShards gives it`);
  }
  checked(range.StartingHashKey, 'StartingHashKey');
  checked(range.EndingHashKey, 'EndingHashKey');
}
