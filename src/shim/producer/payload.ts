import { isBuffer, kindOf, toData } from '../core/data.js';
import { KinesisError, messageOf } from '../core/error.js';
import { toJson } from '../core/json.js';
import type { PutOptions } from './types.js';

/** A record's data: a string or bytes as they are, and of any other JSON value its text. */
export function toPayload(data: unknown): string | Uint8Array {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || isBuffer(data)) return toData(data, 'data');
  let text;
  try {
    text = toJson(data);
  } catch (cause) {
    throw KinesisError.invalid(`data must be a string, bytes or a JSON value: ${messageOf(cause)}`, { cause });
  }
  if (text === undefined)
    throw KinesisError.invalid(`data must be a string, bytes or a JSON value, not ${kindOf(data)}`);
  return text;
}

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
