import { copyOf, toBytes } from '../core/data.js';
import { KinesisError } from '../core/error.js';

interface Sized {
  data: string | Uint8Array;
  partitionKey: string | undefined;
}

/**
 * Records that wait for the core: they were put before the module is loaded, at the module scope of a Worker, or before
 * the older ones of an outbox are in the core. The limits are those of the core's buffer.
 */
export class WaitingRecords<T extends Sized> {
  readonly #bytesMax: number;
  readonly #recordsMax: number;
  readonly #recordBytesMax: number;
  #records: T[] = [];
  /** The index of the first one that is not taken out. */
  #first = 0;
  #bytes = 0;

  constructor(limits: { bufferBytesMax: number; bufferRecordsMax: number; recordBytesMax: number }) {
    this.#bytesMax = limits.bufferBytesMax;
    this.#recordsMax = limits.bufferRecordsMax;
    this.#recordBytesMax = limits.recordBytesMax;
  }

  get count(): number {
    return this.#records.length - this.#first;
  }

  /** Their bytes of data and partition keys. */
  get bytes(): number {
    return this.#bytes;
  }

  get all(): T[] {
    return this.#records.slice(this.#first);
  }

  hasRoomFor(records: number, bytes: number): boolean {
    return this.count + records <= this.#recordsMax && this.#bytes + bytes <= this.#bytesMax;
  }

  add(record: T): void {
    // A text has at least as many bytes as UTF-16 units: one that is too large is not encoded.
    if (record.data.length > this.#recordBytesMax) throw this.#tooLarge(record, `at least ${record.data.length}`);
    const kept = { ...record, data: toBytes(copyOf(record.data)) };
    const bytes = bytesOf(kept);
    if (bytes > this.#recordBytesMax) throw this.#tooLarge(record, `${bytes}`);
    // The first record is always accepted: the core checks whether the limits fit together, and refuses it otherwise.
    if (this.count > 0 && !this.hasRoomFor(1, bytes)) {
      throw new KinesisError(
        'ERR_BUFFER_FULL',
        `the buffer is full: it holds ${this.#bytesMax} bytes (bufferBytesMax) and ${this.#recordsMax} records (bufferRecordsMax) at most; await \`ready\` before the next put`,
      );
    }
    this.addAccepted(kept);
  }

  /** Adds a record that was accepted before: the limits do not apply, and its data is not copied. */
  addAccepted(record: T): void {
    this.#records.push(record);
    this.#bytes += bytesOf(record);
  }

  #tooLarge({ partitionKey }: T, bytes: string): KinesisError {
    const limit = `a record has ${this.#recordBytesMax} at most (recordBytesMax)`;
    return new KinesisError('ERR_RECORD_TOO_LARGE', `data with its partitionKey has ${bytes} bytes: ${limit}`, {
      partitionKey,
    });
  }

  /** Takes out those that match. */
  drop(isDropped: (record: T) => boolean): T[] {
    const dropped: T[] = [];
    const kept: T[] = [];
    for (const record of this.all) (isDropped(record) ? dropped : kept).push(record);
    this.#set(kept);
    for (const record of dropped) this.#bytes -= bytesOf(record);
    return dropped;
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    const record = this.#records[this.#first];
    if (!record) return undefined;
    this.#bytes -= bytesOf(record);
    this.#first += 1;
    // Each time half of them are out: a shift of the array moves all others, each time.
    if (this.#first * 2 > this.#records.length) this.#set(this.all);
    return record;
  }

  /** Takes all of them out. */
  take(): T[] {
    const records = this.all;
    this.#set([]);
    this.#bytes = 0;
    return records;
  }

  #set(records: T[]): void {
    this.#records = records;
    this.#first = 0;
  }
}

/** Data and partition key, in UTF-8. A kept record has its data as bytes: a text is encoded once. */
function bytesOf({ data, partitionKey = '' }: Sized): number {
  return data.length + toBytes(partitionKey).length;
}
