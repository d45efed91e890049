import { KinesisError } from './error.js';

/** A record's data. A string is sent as its UTF-8 bytes. */
export type RecordData = string | Uint8Array | ArrayBuffer | ArrayBufferView;

/**
 * What the core takes as data: a string, or a `Uint8Array` over the bytes that were given, without a copy.
 * @param argument its name in the error
 * @param index its record's place among `Records`
 */
export function toData(data: unknown, argument: string, index?: number): string | Uint8Array {
  if (typeof data === 'string') return data;
  const name = nameOf(argument, index);
  // `isView` and the tag, not `instanceof`: data may come from another frame or realm.
  if (ArrayBuffer.isView(data) || isBuffer(data)) return bytesOf(data, name);
  throw KinesisError.invalid(
    `${name} must be a string, a Uint8Array or another view, or an ArrayBuffer, not ${kindOf(data)}`,
  );
}

function bytesOf(data: ArrayBufferView | ArrayBuffer | SharedArrayBuffer, name: string): Uint8Array {
  try {
    const bytes = ArrayBuffer.isView(data) ? viewOf(data) : new Uint8Array(data);
    // A buffer that was transferred, to a worker for one, or a view past its end, looks as if it were empty. `set`
    // throws for these, and not for one that is empty.
    if (bytes.length === 0) EMPTY.set(bytes);
    return bytes;
  } catch (cause) {
    throw KinesisError.invalid(
      `${name} has no bytes any more: its buffer was transferred or made smaller; pass a copy`,
      { cause },
    );
  }
}

function viewOf(view: ArrayBufferView): Uint8Array {
  if (!(view instanceof Uint8Array)) return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  // A subclass may report a wrong length. A copy has the bytes that exist.
  return view.length === lengthOf(view) ? view : new Uint8Array(view);
}

/** The length that the bytes themselves have, whatever a member of their object says. */
function lengthOf(view: Uint8Array): number {
  return (lengthGetter as () => number).call(view);
}

const lengthGetter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')?.get;

const EMPTY = new Uint8Array();

export function toText(value: unknown, argument: string, index?: number): string {
  if (typeof value === 'string') return value;
  throw KinesisError.invalid(`${nameOf(argument, index)} must be a string, not ${kindOf(value)}`);
}

export function toOptionalText(value: unknown, argument: string, index?: number): string | undefined {
  return value === undefined || value === null ? undefined : toText(value, argument, index);
}

/** An explicit hash key, or `undefined` where none is given. The core checks its digits. */
export function toHashKey(value: unknown, argument: string, index?: number): string | undefined {
  const text = toOptionalText(value, argument, index);
  if (text === '')
    throw KinesisError.invalid(
      `${nameOf(argument, index)} must be a decimal from 0 to 2^128-1 without leading zeros, not ""`,
    );
  return text;
}

/** The bytes of data: those that were given, or a text in UTF-8. */
export function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? encoder.encode(data) : data;
}

/**
 * Refuses data that is larger than a record may be, before it is copied into the module, whose memory never shrinks.
 * The core checks the rest: a text has at least as many bytes as UTF-16 units.
 */
export function checkSize(
  data: string | Uint8Array,
  recordBytesMax: number,
  partitionKey: string | undefined,
  argument = 'Data',
  index?: number,
): void {
  if (data.length <= recordBytesMax) return;
  const least = typeof data === 'string' ? 'at least ' : '';
  throw new KinesisError(
    'ERR_RECORD_TOO_LARGE',
    `${nameOf(argument, index)} has ${least}${data.length} bytes: a record has ${recordBytesMax} at most (recordBytesMax)`,
    { partitionKey },
  );
}

/** Data that does not change when the caller changes its bytes. */
export function copyOf(data: string | Uint8Array): string | Uint8Array {
  // Not `slice`: a subclass, such as Node's Buffer, may make it a view.
  return typeof data === 'string' ? data : new Uint8Array(data);
}

const encoder = new TextEncoder();

/** A value's type in words, different for null, arrays and objects. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return Array.isArray(value) ? 'an array' : 'an object';
}

function nameOf(argument: string, index: number | undefined): string {
  return index === undefined ? argument : `Records[${index}].${argument}`;
}

/** Whether this is an `ArrayBuffer` or a `SharedArrayBuffer`, of any frame or realm. A `Proxy` of one is none. */
export function isBuffer(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object ArrayBuffer]' && tag !== '[object SharedArrayBuffer]') return false;
  return byteLengthGetters.some((getter) => {
    try {
      getter.call(value);
      return true;
    } catch {
      return false;
    }
  });
}

/** Each throws for an object of another class. Pages have `SharedArrayBuffer` only where they are isolated. */
const byteLengthGetters = [ArrayBuffer, globalThis.SharedArrayBuffer].flatMap(
  (type) => (type && Object.getOwnPropertyDescriptor(type.prototype, 'byteLength')?.get) ?? [],
);
