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
