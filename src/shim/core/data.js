import { KinesisError } from './error.js';

/**
 * What the core takes as data: a string, or a `Uint8Array` over the bytes that were given, without a copy.
 * @param {unknown} data
 * @param {string} argument its name in the error
 * @param {number} [index] its record's place among `Records`
 * @returns {string | Uint8Array}
 */
export function toData(data, argument, index) {
  if (typeof data === 'string') return data;
  // `isView` and the tag, not `instanceof`: data may come from another frame or realm.
  if (ArrayBuffer.isView(data)) {
    return data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (isBuffer(data)) return new Uint8Array(data);
  const name = nameOf(argument, index);
  throw KinesisError.invalid(`${name} must be a string, a Uint8Array or another view, or an ArrayBuffer, not ${kindOf(data)}`);
}

/**
 * @param {unknown} value
 * @param {string} argument
 * @param {number} [index]
 * @returns {string}
 */
export function toText(value, argument, index) {
  if (typeof value === 'string') return value;
  throw KinesisError.invalid(`${nameOf(argument, index)} must be a string, not ${kindOf(value)}`);
}

/**
 * @param {unknown} value
 * @param {string} argument
 * @param {number} [index]
 * @returns {string | undefined}
 */
export function toOptionalText(value, argument, index) {
  return value === undefined || value === null ? undefined : toText(value, argument, index);
}

/**
 * An explicit hash key, or an empty text where there is none. What is in it the core checks.
 * @param {unknown} value
 * @param {string} argument
 * @param {number} [index]
 */
export function toHashKey(value, argument, index) {
  const text = toOptionalText(value, argument, index);
  if (text === '') throw KinesisError.invalid(`${nameOf(argument, index)} must be a decimal from 0 to 2^128-1 without leading zeros, not ""`);
  return text ?? '';
}

/**
 * Whether the halves of a surrogate pair may meet where these go behind a text, to cross into the core in one piece.
 * @param {string} partitionKey
 * @param {string} hashKey
 */
export function areHalves(partitionKey, hashKey) {
  return isLow(partitionKey) || isLow(hashKey);
}

/**
 * How many bytes a text has in UTF-8. Half of a surrogate pair is U+FFFD there.
 * @param {string} text
 */
export function utf8Length(text) {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    length += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xdc00 && isLow(text, index + 1)) index += 1;
  }
  return length;
}

/**
 * @param {string} text
 * @param {number} [index]
 */
function isLow(text, index = 0) {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit < 0xe000;
}

/** @param {string | Uint8Array} data */
export function toBytes(data) {
  return typeof data === 'string' ? encoder.encode(data) : data;
}

const encoder = new TextEncoder();

/**
 * A value's type in words that tell null, arrays and objects apart.
 * @param {unknown} value
 */
export function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return Array.isArray(value) ? 'an array' : 'an object';
}

/**
 * @param {string} argument
 * @param {number | undefined} index
 */
function nameOf(argument, index) {
  return index === undefined ? argument : `Records[${index}].${argument}`;
}

/**
 * @param {unknown} value
 * @returns {value is ArrayBuffer}
 */
function isBuffer(value) {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}
