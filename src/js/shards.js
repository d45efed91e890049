import { kindOf, toOptionalText, toText } from './data.js';
import { KinesisError } from './error.js';
import { core } from './load.js';

/**
 * MD5 of the key's UTF-8 bytes as an unsigned 128-bit decimal.
 * @param {string} partitionKey
 * @returns {string}
 */
export function hashKey(partitionKey) {
  return core().hashKey(toText(partitionKey, 'partitionKey'));
}

/**
 * The open shard that a key lands on.
 * @param {import('./types.js').Shard[]} shards
 * @param {{ partitionKey: string } | { explicitHashKey: string }} key
 * @returns {import('./types.js').Shard | undefined}
 */
export function shardFor(shards, key) {
  if (!Array.isArray(shards)) throw KinesisError.invalid(`shards must be the array that listShards gives, not ${kindOf(shards)}`);
  if (typeof key !== 'object' || key === null) throw KinesisError.invalid(`key must be { partitionKey } or { explicitHashKey }, not ${kindOf(key)}`);
  shards.forEach(checkShard);
  const { partitionKey, explicitHashKey } = /** @type {Record<string, unknown>} */ (key);
  const index = core().shardFor(
    shards.flatMap(rangeOf),
    toOptionalText(partitionKey, 'partitionKey'),
    toOptionalText(explicitHashKey, 'explicitHashKey'),
  );
  return index === undefined ? undefined : shards[index];
}

/**
 * Three texts per shard: what crosses the boundary in one array.
 * @param {import('./types.js').Shard} shard
 */
function rangeOf({ HashKeyRange, SequenceNumberRange }) {
  return [HashKeyRange.StartingHashKey, HashKeyRange.EndingHashKey, SequenceNumberRange?.EndingSequenceNumber ?? ''];
}

/**
 * @param {import('./types.js').Shard | undefined} shard
 * @param {number} index
 */
function checkShard(shard, index) {
  const range = shard?.HashKeyRange;
  if (typeof range?.StartingHashKey === 'string' && typeof range.EndingHashKey === 'string') return;
  throw KinesisError.invalid(`shards[${index}] must have a HashKeyRange, as listShards gives it`);
}
