/**
 * Whether a producer's buffer takes these events, all of them.
 * @param {import('../producer/producer.js').Producer} producer
 * @param {import('./worker.js').Taken[]} events
 */
export function holds(producer, events) {
  const { length } = events;
  // A unit has three bytes at most: mostly there is no need to count them.
  const isRoomy = producer.hasRoomFor(length, 3 * sum(events, (text) => text.length));
  return isRoomy || producer.hasRoomFor(length, sum(events, bytesOf));
}

/**
 * @param {import('./worker.js').Taken[]} events
 * @param {(text: string) => number} measure
 */
function sum(events, measure) {
  return events.reduce((all, { data, partitionKey }) => all + measure(data) + (partitionKey ? measure(partitionKey) : KEY_BYTES), 0);
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
