/**
 * UUIDs of version 7: they sort by time, and those of one millisecond by when they were made. Not `crypto.randomUUID`, which
 * pages without https do not have. https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 * @param {number} [ms] since 1970
 * @returns {string}
 */
export function uuidv7(ms = Date.now()) {
  const random = crypto.getRandomValues(new Uint8Array(10));
  count = Math.floor(ms) === lastMs ? count + 1 : /** @type {number} */ (random[8]);
  // More than 4,096 in a millisecond: what follows sorts by chance.
  lastMs = Math.floor(ms);
  random[0] = 0x80 | (/** @type {number} */ (random[0]) & 0x3f);
  const digits = hex(lastMs, 12) + hex(0x7000 | (count & 0xfff), 4) + [...random.subarray(0, 8)].map((byte) => hex(byte, 2)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * @param {number} number
 * @param {number} length
 */
function hex(number, length) {
  return number.toString(16).padStart(length, '0');
}

let lastMs = 0;
let count = 0;
