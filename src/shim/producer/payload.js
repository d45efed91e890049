import { kindOf, toData } from '../core/data.js';
import { KinesisError, messageOf } from '../core/error.js';

/**
 * A record's data: a string or bytes as they are, and of any other JSON value its text.
 * @param {unknown} data
 */
export function toPayload(data) {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return toData(data, 'data');
  let text;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw KinesisError.invalid(`data must be a string, bytes or a JSON value: ${messageOf(error)}`);
  }
  if (text === undefined) throw KinesisError.invalid(`data must be a string, bytes or a JSON value, not ${kindOf(data)}`);
  return text;
}

/**
 * A chunk of a stream: of the form `{ data, partitionKey?, explicitHashKey? }` and with nothing else in it, or data itself.
 * @param {unknown} chunk
 * @returns {{ data: unknown } & import('../types/types.js').PutOptions}
 */
export function fromChunk(chunk) {
  const isRecord = typeof chunk === 'object' && chunk !== null && 'data' in chunk && Object.keys(chunk).every((name) => MEMBERS.has(name));
  return isRecord ? chunk : { data: chunk };
}

const MEMBERS = new Set(['data', 'partitionKey', 'explicitHashKey']);
