import { RANDOM_KEY_BYTES } from './limits.js';

/**
 * Records whose data are texts, collected so that one call passes many of them to the core: a call for each costs more
 * time than the core's work on a record. `T` is what the caller keeps for each record.
 */
export class TextBatch<T> {
  /** Data and partition key in turn. */
  #parts: string[] = [];
  #kept: T[] = [];
  #length = 0;

  get count(): number {
    return this.#kept.length;
  }

  /** The most bytes that the records may have in UTF-8, with a random key for each. */
  get bytesMax(): number {
    return this.#length * UTF8_PER_UNIT_MAX + this.count * RANDOM_KEY_BYTES;
  }

  /** Whether it is time to pass them to the core. */
  get isFull(): boolean {
    return this.count >= COUNT_MAX || this.#length >= LENGTH_MAX;
  }

  add(data: string, partitionKey: string, kept: T): void {
    this.#parts.push(data, partitionKey);
    this.#kept.push(kept);
    this.#length += data.length + partitionKey.length;
  }

  /** Takes all of them out. `length` and `lengths` are in UTF-16 units. */
  take(): { parts: string[]; kept: T[]; text: Uint8Array; length: number; lengths: Uint32Array } {
    const [parts, kept, length] = [this.#parts, this.#kept, this.#length];
    this.#parts = [];
    this.#kept = [];
    this.#length = 0;
    const lengths = new Uint32Array(parts.length);
    for (let index = 0; index < parts.length; index += 1) lengths[index] = (parts[index] as string).length;
    return { parts, kept, text: encode(parts.join('')), length, lengths };
  }
}

/**
 * Whether a record may be passed on in a batch: none of it is refused, whatever its characters are, and it is not so
 * large that a call for it alone is as fast.
 * @param partitionKey may be empty
 */
export function isShort(data: string, partitionKey: string, recordBytesMax: number): boolean {
  const length = data.length + partitionKey.length;
  return (
    length <= LENGTH_MAX && partitionKey.length <= KEY_LENGTH_MAX && textBytesMax(data, partitionKey) <= recordBytesMax
  );
}

/** The bytes that a record has at most. */
export function textBytesMax(data: string, partitionKey: string): number {
  return (data.length + partitionKey.length) * UTF8_PER_UNIT_MAX + RANDOM_KEY_BYTES;
}

/** In UTF-8: a view of memory that the next call uses again. */
function encode(text: string): Uint8Array {
  const most = text.length * UTF8_PER_UNIT_MAX;
  if (most > SCRATCH_MAX) return encoder.encode(text);
  if (scratch.length < most) scratch = new Uint8Array(most);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

let scratch = new Uint8Array();
const encoder = new TextEncoder();
/** In bytes. A longer text gets memory of its own. */
const SCRATCH_MAX = 256 * 1024;
/** Records of one batch. */
const COUNT_MAX = 100;
/** UTF-16 units of one batch, and of one record in it. */
const LENGTH_MAX = 32 * 1024;
/** Kinesis counts code points, of which there are not more. */
const KEY_LENGTH_MAX = 256;
const UTF8_PER_UNIT_MAX = 3;
