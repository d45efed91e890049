/** Values as people read them. */

/** Where in the hash key space a key lies, from 0 up to 1. @param {string | bigint} hashKey */
export function turn(hashKey) {
  return Number(BigInt(hashKey) >> 75n) / 2 ** 53; // 53 bits are what a number holds
}

/** A hash key's first and last digits in hexadecimal, in which a shard's range is easy to see. @param {string} hashKey */
export function shortHash(hashKey) {
  return middle(BigInt(hashKey).toString(16).padStart(32, '0'), 8, 4);
}

/** @param {string} text @param {number} head @param {number} tail */
export function middle(text, head, tail) {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** With a comma between thousands, as every number of the page. @param {number} value @param {number} [digits] after the point, at most */
export function number(value, digits = 0) {
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** @param {number} value @param {string} noun */
export function count(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** In milliseconds, or in seconds where these are many. @param {number} ms */
export function duration(ms) {
  return ms < 10_000 ? `${number(ms)} ms` : `${number(ms / 1000)} s`;
}

/** Time of day, with the date in front of it on any other day. @param {Date} date */
export function clock(date) {
  const time = `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${date.toLocaleDateString('en-CA')} ${time}`;
}

/** @param {string} base64 */
export function bytesOf(base64) {
  const chars = atob(base64);
  const bytes = new Uint8Array(chars.length);
  for (let index = 0; index < chars.length; index++) bytes[index] = chars.charCodeAt(index);
  return bytes;
}

/** A record's data as text where it is text, in hexadecimal where not. @param {Uint8Array} bytes */
export function readable(bytes) {
  const text = utf8(bytes);
  return text === undefined ? { text: hex(bytes), isText: false } : { text, isText: true };
}

/** JSON with its structure laid out, anything else as it is. @param {string} text */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {Uint8Array} bytes */
function utf8(bytes) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // Control characters are valid UTF-8 too, but cannot be read.
    return /[\0-\x08\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
