import { type KinesisError, errorOf } from '../core/error.js';
import { logEvents } from '../core/event-lines.js';
import { WarningThreshold, isLogged } from '../core/log-frequency.js';
import { type Logger, log } from '../core/logger.js';
import { now } from '../core/time.js';
import { CLOCK_CORRECTED, type Target, advise, explain, isAboutTime } from '../client/advice.js';
import type { CheckedClientOptions as ClientOptions } from '../client/options.js';
import type { ProducerFailures, SettlementReport } from '../generated/producer-module.js';
import type { CheckedProducerOptions as Options } from './options.js';
import type { CoreProducer } from './requests.js';
import type { FailureStats } from './types.js';

/** The producer whose failures these are. */
export interface FailuresOwner {
  options: () => Pick<Options, 'streamName' | 'streamARN' | 'onFailure'>;
  recordsBuffered: () => number;
}

/** What has failed in a producer, for `stats` and for the logger: over all cores that it has had. */
export class Failures {
  readonly #clientOptions: ClientOptions;
  readonly #owner: FailuresOwner;
  #stats: FailureStats = { failuresInARow: 0, credentialsFailures: 0 };
  #core: CoreProducer | undefined;
  /** What the current core has counted when it was last read. */
  #changes = 0;
  #coreCount = 0;
  #coreCredentials = 0;
  readonly #threshold = new WarningThreshold();
  /** A signature was refused for its time since records were stored last. */
  #isSkewed = false;
  /** The message that `add` had last, and how many times in a row. */
  #lastAdded: string | undefined;
  #repeats = 0;
  /** The start of the oldest request, or call of the provider, of those that have failed since the last `handle`. */
  #failedSince = Infinity;
  #isUnreportedShown = false;
  /** How many records `put` has refused, where there is no `onError`. */
  #refused = 0;

  constructor(clientOptions: ClientOptions, owner: FailuresOwner) {
    this.#clientOptions = clientOptions;
    this.#owner = owner;
  }

  /** A logger for a producer whose user has set none. */
  takeLogger(logger: Logger | undefined): void {
    if (!logger || this.#clientOptions.logger) return;
    this.#clientOptions.logger = logger;
    logEvents(this.#clientOptions, logger);
  }

  get stats(): FailureStats {
    return { ...this.#stats };
  }

  /**
   * A request or a call of the provider that was started at this time, in milliseconds, has failed without a response.
   * The earliest such time says whether a warning is due.
   */
  noteFailedSince(startedAt: number): void {
    this.#failedSince = Math.min(this.#failedSince, startedAt);
  }

  /** What a core has counted, if that has changed. */
  read(core: CoreProducer): ProducerFailures | undefined {
    if (core !== this.#core) {
      this.#core = core;
      this.#changes = 0;
      this.#coreCount = 0;
      this.#coreCredentials = 0;
    }
    const changes = core.failureChanges;
    if (changes === this.#changes) return undefined;
    this.#changes = changes;
    return core.failures();
  }

  /** Takes over what `read` has returned, and logs it. Calls a function of the user, so no export may be running. */
  handle({ count, inARow, credentials, last: details }: ProducerFailures): void {
    const last = details && errorOf(details);
    const before = this.#stats.failuresInARow;
    this.#stats.failuresInARow = inARow;
    this.#stats.credentialsFailures += credentials - this.#coreCredentials;
    this.#coreCredentials = credentials;
    if (last && count !== this.#coreCount) this.#setLast(last);
    this.#coreCount = count;
    if (inARow === 0) this.#handleSuccess(before);
    else if (last) {
      this.#isSkewed ||= isAboutTime(last);
      this.#warn(last, inARow);
    }
    this.#failedSince = Infinity;
    this.#owner.options().onFailure?.();
  }

  /**
   * Adds a failure that the core does not count, or records that were given up. Failures with the same message in a row
   * are logged at counts that double: the 1st, 2nd, 4th, 8th.
   */
  add(error: KinesisError, what = error.message): void {
    this.#repeats = this.#lastAdded === error.message ? this.#repeats + 1 : 1;
    this.#lastAdded = error.message;
    this.#setLast(error);
    if (isLogged(this.#repeats)) log(this.#clientOptions.logger, 'error', what);
  }

  /** Logs the records of a report that were given up, in one line. */
  addGivenUp({ failed }: SettlementReport): void {
    let records = 0;
    for (const { ids } of failed) records += ids.length;
    const [first] = failed;
    if (!first) return;
    const error = errorOf(first.error);
    this.add(error, `${numberOf(records)} given up: ${this.#explain(error)}`);
  }

  /** Logs why `put` has refused a record, where there is no `onError`: the 1st, 2nd, 4th, 8th time. */
  logRefused(error: KinesisError): void {
    this.#refused += 1;
    if (isLogged(this.#refused))
      log(this.#clientOptions.logger, 'error', `a record was refused: ${this.#explain(error)}`);
  }

  /** Gives the error of a record what to look at. */
  advise(error: KinesisError): void {
    advise(error, this.#target());
  }

  /** Whether the console may get an error: it gets one, and none where there is a logger. */
  get mayShowUnreported(): boolean {
    return !this.#isUnreportedShown && !this.#clientOptions.logger;
  }

  /** Writes the first error that is reported to the program in no other way to the console. */
  showUnreported(error: KinesisError): void {
    this.#isUnreportedShown = true;
    const remedy = 'set onError, which is called for each; this line is not repeated';
    console.error(`kinesis-edge: a record was not delivered: ${this.#explain(error)} (${remedy})`);
  }

  #explain(error: KinesisError): string {
    return explain(error, this.#target());
  }

  #target(): Target {
    const { streamARN, streamName } = this.#owner.options();
    const { region, endpoint } = this.#clientOptions;
    return { region, endpoint, stream: `the stream '${streamARN ?? streamName}'`, operation: 'PutRecords' };
  }

  #setLast({ code, message, name }: KinesisError): void {
    this.#stats.lastError = { code, name, message, at: Date.now() };
  }

  #handleSuccess(failures: number): void {
    if (this.#threshold.wasReached)
      log(this.#clientOptions.logger, 'info', `records get through again, after ${failures} failures in a row`);
    this.#threshold.reset();
    if (this.#isSkewed) log(this.#clientOptions.logger, 'info', CLOCK_CORRECTED);
    this.#isSkewed = false;
    this.#lastAdded = undefined;
  }

  #warn(last: KinesisError, inARow: number): void {
    if (!this.#threshold.reaches(inARow, now() - this.#failedSince)) return;
    const times = inARow === 1 ? 'a request has failed' : `${inARow} failures in a row`;
    const waiting = numberOf(this.#owner.recordsBuffered());
    log(this.#clientOptions.logger, 'warn', `${times}, ${waiting} waiting; the last: ${this.#explain(last)}`);
  }
}

function numberOf(records: number): string {
  return records === 1 ? '1 record' : `${records} records`;
}
