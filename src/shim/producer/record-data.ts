import { isBuffer, toData } from '../core/data.js';
import { KinesisError, messageOf } from '../core/error.js';
import { toJson } from '../core/json.js';
import { losesContent, tagOf, typeInWords } from '../core/lost-content.js';
import type { PutOptions } from './types.js';

/**
 * A record's data: a string or bytes as they are, any other value as its JSON text. A value whose content JSON would
 * lose, because it would become `{}`, `null` or nothing at all, is refused.
 */
export function toRecordData(data: unknown): string | Uint8Array {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || isBuffer(data)) return toData(data, 'data');
  const text = jsonOf(data);
  if (text === undefined || (text === 'null' && data !== null)) throw contentLostError('data', data);
  // JSON has only the own enumerable members of an error, which are not its name and its message.
  if (tagOf(data) === 'Error' && !hasJson(data)) throw contentLostError('data', data);
  if (text.includes('{}')) jsonOf(data, refuseLost);
  return text;
}

function jsonOf(data: unknown, replacer?: typeof refuseLost): string | undefined {
  try {
    return toJson(data, replacer);
  } catch (cause) {
    if (cause instanceof KinesisError) throw cause;
    throw KinesisError.invalid(`data must be a string, bytes or a JSON value: ${messageOf(cause)}`, { cause });
  }
}

/** A replacer of `JSON.stringify`: refuses an object whose content JSON leaves out. */
function refuseLost(name: string, value: unknown): unknown {
  if (losesContent(value)) throw contentLostError(name === '' ? 'data' : `data.${name}`, value);
  return value;
}

function hasJson(value: unknown): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** The error for data of which JSON would lose the content. It says what to put instead. */
function contentLostError(name: string, value: unknown): KinesisError {
  const remedy =
    REMEDIES[tagOf(value)] ?? (isReadable(value) ? 'await its arrayBuffer()' : 'a plain object of its members');
  const isValue = typeof value === 'object' && value !== null;
  return KinesisError.invalid(
    `${name} must be a string, bytes or a JSON value, not ${typeInWords(value)}${isValue ? `: give ${remedy}` : ''}`,
  );
}

function isReadable(value: unknown): boolean {
  return typeof (value as { arrayBuffer?: unknown } | undefined)?.arrayBuffer === 'function';
}

/** What to give in place of an object whose content JSON leaves out. */
const REMEDIES: Record<string, string> = {
  Map: 'Object.fromEntries(map)',
  Headers: 'Object.fromEntries(headers)',
  FormData: 'Object.fromEntries(form)',
  URLSearchParams: 'its toString()',
  Set: '[...set]',
  Promise: 'what it resolves to, with await',
  ReadableStream: 'await new Response(stream).arrayBuffer(), or pipe it to producer.writable',
  Error: 'its name and message',
  ArrayBuffer: 'a text of its bytes, such as base64',
  DataView: 'a text of its bytes, such as base64',
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

const MEMBERS = new Set(['data', 'partitionKey', 'explicitHashKey']);
