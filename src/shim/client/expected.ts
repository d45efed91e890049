import { KinesisError } from '../core/error.js';

/**
 * Returns the result of an operation that `call` has made, which accepts any JSON object. Throws where it lacks what
 * the operation returns: a proxy or an emulator may have answered.
 */
export function expected<Result>(operation: string, result: Result, isComplete: (result: any) => boolean): Result {
  if (isComplete(result)) return result;
  throw new KinesisError('ERR_SERVICE', `the response to ${operation} is not complete: ${JSON.stringify(result)}`);
}

export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function isBase64(value: unknown): boolean {
  return typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value);
}

const BASE64 = /^[A-Za-z\d+/]*={0,2}$/;
