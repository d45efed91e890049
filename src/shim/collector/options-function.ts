import { kindOf } from '../core/data.js';
import { KinesisError, errorFrom, handleRejection } from '../core/error.js';
import { isPromiseLike } from './promise-like.js';
import type { CollectorOptions } from './types.js';

/** The user's function that returns the options of a collector. */
export class OptionsFunction<Env> {
  readonly #read: (env: Env) => CollectorOptions;

  constructor(read: (env: Env) => CollectorOptions) {
    if (typeof read !== 'function') {
      throw KinesisError.invalid(
        `createCollector needs a function that returns the options, such as (env) => ({ … }), not ${kindOf(read)}`,
      );
    }
    this.#read = read;
  }

  /** What the function returns, unchecked. Its exception becomes a `KinesisError`, whose message the log has. */
  call(env: Env): CollectorOptions {
    try {
      return atOnce(this.#read(env));
    } catch (error) {
      throw errorFrom(error, 'the options function has thrown');
    }
  }
}

function atOnce(options: CollectorOptions): CollectorOptions {
  if (!isPromiseLike(options)) return options;
  handleRejection(options);
  throw KinesisError.invalid(
    'the options function must return the options at once, not a promise: ' +
      'what has to be awaited for the keys belongs into credentials, which may be an async function',
  );
}
