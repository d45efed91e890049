/**
 * Texts on their way into the core, many at a time: each that crosses by itself costs more than the core's work on it.
 * @template T what goes with each record
 */
export class Texts {
  /** Data and partition key in turn. @type {string[]} */
  #parts = [];
  /** @type {T[]} */
  #companions = [];
  #length = 0;

  get count() {
    return this.#companions.length;
  }

  /** At most what they have in UTF-8, and a random key for each. */
  get bytesMax() {
    return this.#length * UTF8_PER_UNIT_MAX + this.count * RANDOM_KEY_BYTES;
  }

  /** Whether it is time to hand them over. */
  get isFull() {
    return this.count >= COUNT_MAX || this.#length >= LENGTH_MAX;
  }

  /**
   * @param {string} data
   * @param {string} partitionKey
   * @param {T} companion
   */
  add(data, partitionKey, companion) {
    this.#parts.push(data, partitionKey);
    this.#companions.push(companion);
    this.#length += data.length + partitionKey.length;
  }

  /** Everything, and nothing is left. */
  take() {
    const [parts, companions, length] = [this.#parts, this.#companions, this.#length];
    this.#parts = [];
    this.#companions = [];
    this.#length = 0;
    const lengths = new Uint32Array(parts.length);
    for (let index = 0; index < parts.length; index += 1) lengths[index] = /** @type {string} */ (parts[index]).length;
    return { parts, companions, text: parts.join(''), length, lengths: new Uint8Array(lengths.buffer) };
  }
}

/**
 * A record that may go this way: none of it is refused, whatever its characters are, and it is not so large that it had better
 * cross alone.
 * @param {string} data
 * @param {string} partitionKey may be empty
 * @param {number} recordBytesMax
 */
export function isShort(data, partitionKey, recordBytesMax) {
  const length = data.length + partitionKey.length;
  return length <= LENGTH_MAX && partitionKey.length <= KEY_LENGTH_MAX && textBytesMax(data, partitionKey) <= recordBytesMax;
}

/**
 * @param {string} data
 * @param {string} partitionKey may be empty
 */
export function textBytesMax(data, partitionKey) {
  return (data.length + partitionKey.length) * UTF8_PER_UNIT_MAX + RANDOM_KEY_BYTES;
}

const COUNT_MAX = 100;
const LENGTH_MAX = 32 * 1024;
/** Kinesis counts code points, of which there are not more. */
const KEY_LENGTH_MAX = 256;
const UTF8_PER_UNIT_MAX = 3;
const RANDOM_KEY_BYTES = 16;
