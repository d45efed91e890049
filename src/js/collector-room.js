/**
 * Whether a producer's buffer takes these events, all of them.
 * @param {import('./producer.js').Producer} producer
 * @param {import('./collector-worker.js').Taken[]} events
 * @param {{ bufferBytesMax: number, bufferRecordsMax: number }} options
 */
export function holds(producer, events, { bufferBytesMax, bufferRecordsMax }) {
  const { bytesBuffered, recordsBuffered } = producer.stats;
  const bytes = events.reduce((sum, { data, partitionKey }) => sum + bytesOf(data) + (partitionKey ? bytesOf(partitionKey) : KEY_BYTES), 0);
  return bytesBuffered + bytes <= bufferBytesMax && recordsBuffered + events.length <= bufferRecordsMax;
}

/**
 * Its length in UTF-8.
 * @param {string} text
 */
export function bytesOf(text) {
  return ASCII.test(text) ? text.length : new TextEncoder().encode(text).length;
}

const ASCII = /^[\0-\x7f]*$/;
/** A random key is a decimal of up to 39 digits. */
const KEY_BYTES = 39;
