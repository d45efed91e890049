import { kindOf } from './data.js';

/** An argument in an error message: a text as it is, anything else by its type. Not for secrets. */
export function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
}
