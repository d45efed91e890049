import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { type OptionNames, checkSpelling } from '../core/option-names.js';

/**
 * The options of a provider, which may be more than those that there are: AWS's own providers have more.
 * @param member what the options must have, for the message
 */
export function checkOptionsObject<T extends object>(options: T, member: string, names: OptionNames): T {
  checkSpelling(options, names);
  if (typeof options === 'object' && options !== null) return options;
  throw KinesisError.invalid(`options must be an object with ${member}, not ${kindOf(options)}`);
}
