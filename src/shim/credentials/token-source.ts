import { kindOf } from '../core/data.js';
import { KinesisError, messageOf } from '../core/error.js';

/** A token of the user, or a function that resolves to the current one. */
export type TokenSource = string | (() => Promise<string>);

/** @param argument the name of the token in error messages, none of which contains the token */
export function checkTokenSource(source: unknown, argument: string): void {
  if (typeof source === 'string' || typeof source === 'function') return;
  throw KinesisError.invalid(`${argument} must be a token, or a function that resolves to one, not ${kindOf(source)}`);
}

export async function readToken(source: TokenSource, argument: string): Promise<string> {
  let token;
  try {
    token = typeof source === 'function' ? await source() : source;
  } catch (error) {
    throw new KinesisError('ERR_CREDENTIALS', `${argument} failed: ${messageOf(error)}`, { cause: error });
  }
  if (typeof token === 'string' && token !== '') return token;
  throw new KinesisError('ERR_CREDENTIALS', `${argument} must resolve to a string that is not empty`);
}
