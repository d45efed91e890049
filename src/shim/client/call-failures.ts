import type { KinesisError } from '../core/error.js';
import { isLogged } from '../core/log-frequency.js';
import { log } from '../core/logger.js';
import { CLOCK_CORRECTED, type Target, advise, explain, isAboutTime } from './advice.js';
import type { CheckedClientOptions } from './options.js';

/** Logs why the calls of a client fail: in a row of failures the 1st, 2nd, 4th, 8th. */
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

  /** A call has failed. Invalid arguments and an abort are not logged: the caller has caused them. */
  handleFailure(error: KinesisError, operation: string): void {
    advise(error, this.#target(operation));
    // A failure of the provider was logged when it came.
    if (/^ERR_(?:SERVICE|NETWORK|TIMEOUT)$/.test(error.code)) this.warn(error, operation);
  }

  /** An attempt has failed, and will be repeated. All attempts together may take long. */
  handleRetry(error: KinesisError, operation: string, attempts: number): void {
    if (isAboutTime(error)) log(this.#options.logger, 'info', CLOCK_CORRECTED);
    else if (error.code === 'ERR_TIMEOUT' || attempts >= ATTEMPTS_MIN) this.warn(error, operation);
  }

  /** @param operation what has failed */
  warn(error: KinesisError, operation: string): void {
    this.#inARow += 1;
    if (!isLogged(this.#inARow)) return;
    const times = this.#inARow === 1 ? '' : ` (${this.#inARow} failures in a row)`;
    const what = explain(error, this.#target(operation));
    log(this.#options.logger, 'warn', `${operation} has failed${times}: ${what}`);
  }

  #target(operation: string): Target {
    const { region, endpoint } = this.#options;
    return { region, endpoint, stream: 'the stream', operation };
  }
}

/** The number of failed attempts after which a call is logged although it has not ended. */
const ATTEMPTS_MIN = 3;
