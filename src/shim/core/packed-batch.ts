import { ByteBuffer } from './byte-buffer.js';
import { toBytes } from './data.js';
import { RANDOM_KEY_BYTES } from './limits.js';

/** Records in one piece of memory, as the core takes them. */
export interface PackedRecords {
  /** All data, and then all partition keys. A view of memory that the next batch uses again. */
  bytes: Uint8Array;
  /** Of each record the bytes of its data and of its partition key. */
  lengths: Uint32Array;
}

/**
 * Records, collected so that one call passes many of them to the core: a call for each costs more time than the core's
 * work on a record. `T` is a value of the caller for each record, which the batch returns in `take`.
 */
export class PackedBatch<T> {
  /** The data of all records, while they are texts: encoding them together takes a third of the time. */
  #texts: string[] = [];
  /** The data of all records, where one of them is not a text. */
  #data = new ByteBuffer();
  #dataLengths: number[] = [];
  #keys: string[] = [];
  #values: T[] = [];
  #length = 0;
  #bytesAtMost = 0;

  get count(): number {
    return this.#keys.length;
  }

  /** An upper bound of the records' bytes: each text in its longest encoding, each record with a random key. */
  get bytesAtMost(): number {
    return this.#bytesAtMost;
  }

  /** Whether it is time to pass them to the core. */
  get isFull(): boolean {
    return this.count >= BATCH_RECORDS_MAX || this.#length >= LENGTH_MAX;
  }

  /** Takes a copy of the data. */
  add(data: string | Uint8Array, partitionKey: string, value: T): void {
    if (typeof data === 'string' && this.#dataLengths.length === 0) this.#texts.push(data);
    else this.#append(data);
    this.#keys.push(partitionKey);
    this.#values.push(value);
    this.#length += data.length + partitionKey.length;
    this.#bytesAtMost += bytesAtMost(data, partitionKey);
  }

  /** Takes all of them out. */
  take(): { values: T[]; packed: PackedRecords } {
    const values = this.#values;
    const packed = this.#packTexts() ?? this.#packBytes();
    this.#texts = [];
    this.#data.clear();
    this.#dataLengths = [];
    this.#keys = [];
    this.#values = [];
    this.#length = 0;
    this.#bytesAtMost = 0;
    return { values, packed };
  }

  #append(data: string | Uint8Array): void {
    this.#encodeTexts();
    this.#appendBytes(toBytes(data));
  }

  #encodeTexts(): void {
    for (const text of this.#texts) this.#appendBytes(toBytes(text));
    this.#texts = [];
  }

  #appendBytes(bytes: Uint8Array): void {
    this.#data.append(bytes);
    this.#dataLengths.push(bytes.length);
  }

  /** Returns `undefined` if a record is not a text or not ASCII: only ASCII has as many bytes as UTF-16 units. */
  #packTexts(): PackedRecords | undefined {
    const texts = this.#texts;
    if (texts.length === 0) return undefined;
    const bytes = encode(texts.join('') + this.#keys.join(''));
    return bytes.length === this.#length
      ? { bytes, lengths: interleave(lengthsOf(texts), lengthsOf(this.#keys)) }
      : undefined;
  }

  #packBytes(): PackedRecords {
    this.#encodeTexts();
    const keyLengths = this.#appendKeys();
    return { bytes: this.#data.bytes, lengths: interleave(this.#dataLengths, keyLengths) };
  }

  /** @returns their lengths in bytes */
  #appendKeys(): number[] {
    const joined = this.#keys.join('');
    const bytes = encode(joined);
    if (bytes.length === joined.length) {
      this.#data.append(bytes);
      return lengthsOf(this.#keys);
    }
    // One by one: halves of a surrogate pair at the ends of two keys are no character.
    const keys = this.#keys.map(toBytes);
    for (const key of keys) this.#data.append(key);
    return lengthsOf(keys);
  }
}

/** The records one by one, in a copy of the batch's memory. */
export function unpack({ bytes, lengths }: PackedRecords): { data: Uint8Array; partitionKey: string }[] {
  const copy = new Uint8Array(bytes);
  const records = [];
  let dataAt = 0;
  let keyAt = 0;
  for (let index = 0; index < lengths.length; index += 2) keyAt += lengths[index] as number;
  for (let index = 0; index < lengths.length; index += 2) {
    const [dataEnd, keyEnd] = [dataAt + (lengths[index] as number), keyAt + (lengths[index + 1] as number)];
    records.push({ data: copy.subarray(dataAt, dataEnd), partitionKey: decoder.decode(copy.subarray(keyAt, keyEnd)) });
    [dataAt, keyAt] = [dataEnd, keyEnd];
  }
  return records;
}

function lengthsOf(values: { length: number }[]): number[] {
  return values.map(({ length }) => length);
}

/** The length of the data and of the key of each record, one after the other. */
function interleave(dataLengths: number[], keyLengths: number[]): Uint32Array {
  const lengths = new Uint32Array(2 * dataLengths.length);
  for (let index = 0; index < dataLengths.length; index += 1) {
    lengths[2 * index] = dataLengths[index] as number;
    lengths[2 * index + 1] = keyLengths[index] as number;
  }
  return lengths;
}

/**
 * Whether a record may be passed on in a batch: none of it is refused, whatever its characters are, and it is not so
 * large that a call for it alone is as fast.
 * @param partitionKey may be empty
 */
export function isShort(data: string | Uint8Array, partitionKey: string, recordBytesMax: number): boolean {
  return (
    data.length + partitionKey.length <= LENGTH_MAX &&
    partitionKey.length <= KEY_LENGTH_MAX &&
    bytesAtMost(data, partitionKey) <= recordBytesMax
  );
}

/** An upper bound of a record's bytes: its texts in their longest encoding, and a random key. */
export function bytesAtMost(data: string | Uint8Array, partitionKey: string): number {
  const dataBytesMax = typeof data === 'string' ? data.length * UTF8_PER_UNIT_MAX : data.length;
  return dataBytesMax + partitionKey.length * UTF8_PER_UNIT_MAX + RANDOM_KEY_BYTES;
}

/** In UTF-8: a view of memory that the next call uses again. */
function encode(text: string): Uint8Array {
  const most = text.length * UTF8_PER_UNIT_MAX;
  if (scratch.length < most) scratch = new Uint8Array(most);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

let scratch = new Uint8Array();
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Records of one batch. */
export const BATCH_RECORDS_MAX = 100;
/** A batch is full from this many UTF-16 units (of texts) or bytes on. A record in it has no more than this either. */
const LENGTH_MAX = 32 * 1024;
/** UTF-16 units. Kinesis allows 256 code points, and no text has more code points than units. */
export const KEY_LENGTH_MAX = 256;
const UTF8_PER_UNIT_MAX = 3;
/**
 * The largest value of `bytesMax`. A batch has less than `LENGTH_MAX` before its last record, which has `LENGTH_MAX` at
 * most.
 */
export const BATCH_BYTES_MAX = 2 * LENGTH_MAX * UTF8_PER_UNIT_MAX + BATCH_RECORDS_MAX * RANDOM_KEY_BYTES;
