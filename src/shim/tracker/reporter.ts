import { type KinesisError, errorFrom, report } from '../core/error.js';
import { type Logger, log } from '../core/logger.js';
import type { Options } from './options.js';

/** Reports faults to `onError` and the logger, and with `debug` the outcome of each event to the console. */
export class Reporter {
  readonly #options: Options;
  #lastLine: string | undefined;
  #hasWaited = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The same error has one line: a request may have failed for many events. */
  readonly report = (error: KinesisError): void => {
    const line = `${error.code}: ${error.message}`;
    if (line !== this.#lastLine) log(this.#options.logger, 'error', line);
    this.#lastLine = line;
    report(this.#options.onError, error);
  };

  get logger(): Logger | undefined {
    return this.#options.logger;
  }

  log(level: 'info' | 'warn', line: string): void {
    this.#lastLine = undefined;
    log(this.#options.logger, level, line);
  }

  /** Logs to the console, with `debug`, what is done with an event. */
  logOutcome(outcome: string, event: unknown): void {
    if (this.#options.isShown) log(console, 'info', outcome, event);
  }

  /** Logs why the tracker tracks nothing, and shows it with `debug`. */
  logDisabled(reason: string): void {
    if (!reason) return;
    const { logger, isShown } = this.#options;
    for (const each of new Set([logger, isShown ? console : undefined]))
      log(each, 'info', `nothing is tracked: ${reason}`);
  }

  /** The logger gets one line for all events that wait for consent. With `debug` the console shows each of them. */
  logWaiting(event: unknown): void {
    const { logger, isShown } = this.#options;
    this.logOutcome('waits for consent', event);
    const isSaid = this.#hasWaited || (isShown && logger === console);
    if (!isSaid) this.log('info', 'events wait for consent(true): until then nothing is stored or sent');
    this.#hasWaited = true;
  }

  /** Runs what reads arguments. What it throws is reported, so that a page goes on without the event. */
  try(work: () => void): void {
    try {
      work();
    } catch (error) {
      const refusal = errorFrom(error, 'the event could not be read');
      if (this.#options.debug) throw refusal;
      this.report(refusal);
    }
  }
}
