import { KinesisError } from '../core/error.js';

/**
 * Records that were put before the module was loaded, within the same limits as afterwards.
 * @template {{ data: string | Uint8Array, partitionKey: string | undefined }} T
 */
export class Early {
  #bytesMax;
  #recordsMax;
  /** @type {T[]} */
  #records = [];
  /** At most what they count against the buffer. */
  #bytes = 0;

  /** @param {{ bufferBytesMax: number, bufferRecordsMax: number }} limits */
  constructor({ bufferBytesMax, bufferRecordsMax }) {
    this.#bytesMax = bufferBytesMax;
    this.#recordsMax = bufferRecordsMax;
  }

  get count() {
    return this.#records.length;
  }

  get bytes() {
    return this.#bytes;
  }

  get all() {
    return [...this.#records];
  }

  /** @param {number} bytes @param {number} [records] */
  hasRoom(bytes, records = 1) {
    return this.count + records <= this.#recordsMax && this.#bytes + bytes <= this.#bytesMax;
  }

  /** @param {T} record */
  add(record) {
    const data = typeof record.data === 'string' ? record.data : record.data.slice();
    const bytes = bytesMax(data, record.partitionKey);
    if (!this.hasRoom(bytes)) {
      throw new KinesisError('ERR_BUFFER_FULL', `the buffer is full: it holds ${this.#bytesMax} bytes (bufferBytesMax) and ${this.#recordsMax} records (bufferRecordsMax) at most`);
    }
    this.#records.push({ ...record, data });
    this.#bytes += bytes;
  }

  /** @param {(record: T) => boolean} isKept */
  keep(isKept) {
    this.#records = this.#records.filter(isKept);
    this.#bytes = this.#records.reduce((sum, { data, partitionKey }) => sum + bytesMax(data, partitionKey), 0);
  }

  /** Everything, and nothing is left. */
  take() {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}

/**
 * A UTF-16 unit has three bytes at most.
 * @param {string | Uint8Array} data
 * @param {string | undefined} partitionKey
 */
function bytesMax(data, partitionKey = '') {
  return (typeof data === 'string' ? data.length * 3 : data.length) + partitionKey.length * 3;
}
