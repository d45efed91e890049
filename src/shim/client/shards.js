import { CHECK_KEY, HASH_KEY, run, told } from '../core/core.js';
import { kindOf, toOptionalText, toText } from '../core/data.js';
import { KinesisError, errorFrom } from '../core/error.js';

/**
 * MD5 of the key's UTF-8 bytes as an unsigned 128-bit decimal.
 * @param {string} partitionKey
 * @returns {string}
 */
export function hashKey(partitionKey) {
  run(HASH_KEY, undefined, 0, 0, 0, 0, toText(partitionKey, 'partitionKey'));
  return told;
}

/**
 * The open shard that a key lands on.
 * @param {import('../types/types.js').Shard[]} shards
 * @param {{ partitionKey: string } | { explicitHashKey: string }} key
 * @returns {import('../types/types.js').Shard | undefined}
 */
export function shardFor(shards, key) {
  if (!Array.isArray(shards)) throw KinesisError.invalid(`shards must be the array that listShards gives, not ${kindOf(shards)}`);
  if (typeof key !== 'object' || key === null) throw KinesisError.invalid(`key must be { partitionKey } or { explicitHashKey }, not ${kindOf(key)}`);
  shards.forEach(checkShard);
  const hash = decidingHashKey(/** @type {Record<string, unknown>} */ (key));
  return shards.find(({ HashKeyRange, SequenceNumberRange }) => {
    const isClosed = SequenceNumberRange?.EndingSequenceNumber;
    return !isClosed && BigInt(HashKeyRange.StartingHashKey) <= hash && hash <= BigInt(HashKeyRange.EndingHashKey);
  });
}

/** @param {Record<string, unknown>} key */
function decidingHashKey({ partitionKey, explicitHashKey }) {
  const explicit = toOptionalText(explicitHashKey, 'explicitHashKey');
  if (explicit !== undefined) return BigInt(checked(explicit, 'explicitHashKey'));
  const key = toOptionalText(partitionKey, 'partitionKey');
  if (key === undefined) throw KinesisError.invalid('key needs partitionKey or explicitHashKey');
  return BigInt(hashKey(checked(key, 'partitionKey')));
}

/**
 * @param {string} key
 * @param {string} argument
 */
function checked(key, argument) {
  try {
    run(CHECK_KEY, undefined, 0, 0, 0, 0, `${argument}\0${key}`);
  } catch (error) {
    throw errorFrom(error);
  }
  return key;
}

/**
 * @param {import('../types/types.js').Shard | undefined} shard
 * @param {number} index
 */
function checkShard(shard, index) {
  const range = shard?.HashKeyRange;
  const isRange = typeof range?.StartingHashKey === 'string' && typeof range.EndingHashKey === 'string';
  if (isRange) {
    checked(range.StartingHashKey, 'StartingHashKey');
    checked(range.EndingHashKey, 'EndingHashKey');
    return;
  }
  throw KinesisError.invalid(`shards[${index}] must have a HashKeyRange, as listShards gives it`);
}
