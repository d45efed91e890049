import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';

/** @param member what the options must have, for the message */
export function checkOptionsObject<T extends object>(options: T, member: string): T {
  if (typeof options === 'object' && options !== null) return options;
  throw KinesisError.invalid(`options must be an object with ${member}, not ${kindOf(options)}`);
}
