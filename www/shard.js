/** A shard's name, colour, share and state. */

const HUES = 8;
const HASH_KEYS = 2n ** 128n;

/** `shardId-000000000003` → `3`. @param {string} shardId */
function shardNumber(shardId) {
  return /^shardId-0*(\d+)$/.exec(shardId)?.[1] ?? shardId;
}

/** @param {string} shardId */
export function shardName(shardId) {
  return `shard ${shardNumber(shardId)}`;
}

/** The colour of a shard, as style.css numbers them: the same on every visit, without keeping a list. @param {string} shardId */
export function hue(shardId) {
  return String((Number(shardNumber(shardId)) || 0) % HUES);
}

/** How much of the hash key space it covers. @param {{ StartingHashKey: string, EndingHashKey: string }} range */
export function share(range) {
  const keys = BigInt(range.EndingHashKey) - BigInt(range.StartingHashKey) + 1n;
  const percent = Number((keys * 10_000n + HASH_KEYS / 2n) / HASH_KEYS) / 100;
  return `${percent.toLocaleString('en', { maximumFractionDigits: percent < 10 ? 1 : 0 })} %`;
}

/** A shard that was split or merged has got an end; it may still be read. @param {import('./kinesis-edge/browser.js').Shard} shard */
export function isOpen(shard) {
  return !shard.SequenceNumberRange.EndingSequenceNumber;
}
