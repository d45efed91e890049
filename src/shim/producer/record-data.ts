import { isBuffer, toData } from '../core/data.js';
import { KinesisError, messageOf } from '../core/error.js';
import { toJson } from '../core/json.js';
import { findLostContent, hasMethod, tagOf, typeInWords } from '../core/lost-content.js';
import type { PutOptions } from './types.js';

/**
 * A record's data: a string or bytes as they are, any other value as its JSON text. A value whose content JSON would
 * lose, because it would become `{}`, `null` or nothing at all, is refused.
 */
export function toRecordData(data: unknown): string | Uint8Array {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || isBuffer(data)) return toData(data, 'data');
  if (data instanceof TypedArray) throw KinesisError.invalid('data must be bytes themselves, not a Proxy of them');
  return toWholeJson(data, 'data', 'a string, bytes or a JSON value');
}

/**
 * The JSON text of a value. A value whose content it would lose is refused.
 * @param name what the value is, for the message
 * @param allowed what it must be, for the message
 */
export function toWholeJson(value: unknown, name: string, allowed: string): string {
  let text: string | undefined;
  let lost: { name: string; value: unknown } | undefined;
  try {
    text = toJson(value);
    lost = text ? findLostContent(value, text) : undefined;
  } catch (cause) {
    throw KinesisError.invalid(`${name} must be ${allowed}: ${messageOf(cause)}`, { cause });
  }
  if (lost) throw contentLostError(lost.name === '' ? name : `${name}.${lost.name}`, allowed, lost.value);
  if (text === undefined || (text === 'null' && value !== null)) throw contentLostError(name, allowed, value);
  return text;
}

/** The error for a value of which JSON would lose the content. It says what to give instead. */
function contentLostError(name: string, allowed: string, value: unknown): KinesisError {
  const remedy = typeof value === 'object' && value !== null ? `: give ${remedyFor(value)}` : '';
  return KinesisError.invalid(`${name} must be ${allowed}, not ${typeInWords(value)}${remedy}`);
}

function remedyFor(value: object): string {
  const { ofTag, ofMethod } = REMEDIES;
  const [method = ''] = Object.keys(ofMethod).filter((name) => hasMethod(value, name));
  return ofTag[tagOf(value)] ?? ofMethod[method] ?? 'a plain object of its members';
}

/** What to give in place of an object whose content JSON leaves out. */
const REMEDIES: Record<'ofTag' | 'ofMethod', Record<string, string>> = {
  ofTag: {
    Map: 'Object.fromEntries(map)',
    Headers: 'Object.fromEntries(headers)',
    FormData: 'Object.fromEntries(form)',
    URLSearchParams: 'its toString()',
    Set: '[...set]',
    ReadableStream: 'await new Response(stream).arrayBuffer(), or pipe it to producer.writable',
    Error: 'its name and message',
    ArrayBuffer: 'a text of its bytes, such as base64',
    DataView: 'a text of its bytes, such as base64',
  },
  ofMethod: {
    arrayBuffer: 'await its arrayBuffer()',
    then: 'what it resolves to, with await',
    pipe: 'each of its chunks, or Readable.toWeb(stream).pipeTo(producer.writable)',
  },
};

/**
 * A chunk of a stream: of the form `{ data, partitionKey?, explicitHashKey? }` and with nothing else in it, or data
 * itself.
 */
export function fromChunk(chunk: unknown): { data: unknown } & PutOptions {
  const isRecord =
    typeof chunk === 'object' &&
    chunk !== null &&
    'data' in chunk &&
    Object.keys(chunk).every((name) => MEMBERS.has(name));
  return isRecord ? (chunk as { data: unknown }) : { data: chunk };
}

/** What `Uint8Array` and the like inherit from. */
const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;
const MEMBERS = new Set(['data', 'partitionKey', 'explicitHashKey']);
