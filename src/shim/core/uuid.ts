/**
 * UUIDs of version 7: they sort by time, and those of one source and millisecond by when they were made. Not `crypto.randomUUID`, which
 * pages without https do not have. https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function uuidSource() {
  let lastMs = 0;
  let count = 0;
  return (ms = Date.now()) => {
    const random = crypto.getRandomValues(new Uint8Array(9));
    // More than 3,840 in a millisecond: what follows sorts by chance.
    count = Math.floor(ms) === lastMs ? count + 1 : /** @type {number} */ (random[8]);
    lastMs = Math.floor(ms);
    random[0] = 0x80 | (/** @type {number} */ (random[0]) & 0x3f);
    const digits = hex(lastMs, 12) + hex(0x7000 | (count & 0xfff), 4) + [...random.subarray(0, 8)].map((byte) => hex(byte, 2)).join('');
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
}

export const uuidv7 = uuidSource();

/**
 * @param {number} number
 * @param {number} length
 */
function hex(number, length) {
  return number.toString(16).padStart(length, '0');
}
