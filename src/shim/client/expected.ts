import { KinesisError } from '../core/error.js';

/**
 * Returns the result of an operation that `call` has made, which accepts any JSON object. Throws where it lacks what
 * the operation returns: a proxy or an emulator may have answered.
 */
export function expected<Result>(operation: string, result: Result, isComplete: (result: any) => boolean): Result {
  if (isComplete(result)) return result;
  // Without the values: they may be the data of records.
  const members = Object.keys(result as object)
    .slice(0, MEMBERS_MAX)
    .join(', ');
  const message = `the response to ${operation} is not complete: it has ${members || 'no members'}`;
  throw new KinesisError('ERR_SERVICE', message);
}

export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function isBase64(value: unknown): boolean {
  return typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value);
}

/** Members that a message names. */
const MEMBERS_MAX = 10;
const BASE64 = /^[A-Za-z\d+/]*={0,2}$/;
