import type { KinesisError } from '../core/error.js';
import { log } from '../core/logger.js';
import { CLOCK_CORRECTED, explain, isAboutTime } from './advice.js';
import type { CheckedClientOptions } from './options.js';

/** Logs why the calls of a client fail: the first failure, and then each time that there are twice as many in a row. */
export class CallFailures {
  readonly #options: CheckedClientOptions;
  #inARow = 0;

  constructor(options: CheckedClientOptions) {
    this.#options = options;
  }

  /** A call has its result. */
  handleSuccess(): void {
    this.#inARow = 0;
  }

  /** A call has failed. What is wrong with its arguments, and that it was aborted, is known to its caller alone. */
  handleFailure(error: KinesisError, operation: string): void {
    // A failure of the provider was logged when it came.
    if (/^ERR_(?:SERVICE|NETWORK|TIMEOUT)$/.test(error.code)) this.warn(error, operation);
  }

  /** An attempt has failed, and the call goes on. It may go on for long. */
  handleRetry(error: KinesisError, operation: string, attempts: number): void {
    if (isAboutTime(error)) log(this.#options.logger, 'info', CLOCK_CORRECTED);
    else if (error.code === 'ERR_TIMEOUT' || attempts >= ATTEMPTS_MIN) this.warn(error, operation);
  }

  /** @param operation what has failed */
  warn(error: KinesisError, operation: string): void {
    const { logger, region, endpoint } = this.#options;
    this.#inARow += 1;
    if (Math.log2(this.#inARow) % 1 !== 0) return;
    const times = this.#inARow === 1 ? '' : ` (${this.#inARow} failures in a row)`;
    const what = explain(error, { region, endpoint, stream: 'the stream', operation });
    log(logger, 'warn', `${operation} has failed${times}: ${what}`);
  }
}

/** A call that fails so often is worth a line before it ends. */
const ATTEMPTS_MIN = 3;
