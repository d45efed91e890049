import { copyOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';

interface Sized {
  data: string | Uint8Array;
  partitionKey: string | undefined;
}

/** Records that were put before the module is loaded, within the same limits as afterwards. */
export class PreloadBuffer<T extends Sized> {
  readonly #bytesMax: number;
  readonly #recordsMax: number;
  #records: T[] = [];
  #bytes = 0;

  constructor({ bufferBytesMax, bufferRecordsMax }: { bufferBytesMax: number; bufferRecordsMax: number }) {
    this.#bytesMax = bufferBytesMax;
    this.#recordsMax = bufferRecordsMax;
  }

  get count(): number {
    return this.#records.length;
  }

  /** What they count against the buffer, at most. */
  get bytes(): number {
    return this.#bytes;
  }

  get all(): T[] {
    return [...this.#records];
  }

  hasRoom(bytes: number, records = 1): boolean {
    return this.count + records <= this.#recordsMax && this.#bytes + bytes <= this.#bytesMax;
  }

  add(record: T): void {
    const bytes = bytesMax(record);
    if (!this.hasRoom(bytes)) {
      throw new KinesisError(
        'ERR_BUFFER_FULL',
        `the buffer is full: it holds ${this.#bytesMax} bytes (bufferBytesMax) and ${this.#recordsMax} records (bufferRecordsMax) at most; await \`ready\` before the next put`,
      );
    }
    this.#records.push({ ...record, data: copyOf(record.data) });
    this.#bytes += bytes;
  }

  keep(isKept: (record: T) => boolean): void {
    this.#records = this.#records.filter(isKept);
    this.#bytes = this.#records.reduce((sum, record) => sum + bytesMax(record), 0);
  }

  /** Takes all of them out. */
  take(): T[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}

/** A UTF-16 unit has three bytes at most. */
function bytesMax({ data, partitionKey = '' }: Sized): number {
  return (typeof data === 'string' ? data.length * 3 : data.length) + partitionKey.length * 3;
}
