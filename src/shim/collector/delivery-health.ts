import type { KinesisError } from '../core/error.js';
import { nameOrCode } from '../core/exception-topic.js';
import type { ProducerStats } from '../producer/types.js';
import { writeLine } from './unrepeated-log.js';
import { type FailureReason, explain, failureReason } from './failure-reason.js';

type Counts = Pick<ProducerStats, 'recordsDelivered' | 'requestsFailed' | 'recordsThrottled'>;
type Failures = Pick<ProducerStats, 'lastError' | 'failuresInARow'>;

export interface DeliveryHealthOptions {
  /** What becomes of an event that fails, for the log. */
  consequence: string;
  /** Whether `onError` of the user gets each failure. Events that wait without failing are logged all the same. */
  isSilent: boolean;
  /** Whether events are held while Kinesis refuses for a cause that only the operator can repair. */
  holdsOperatorErrors: boolean;
  /** The region or the endpoint to which requests are sent, for messages. */
  place: string;
}

/** Whether the events of an isolate reach Kinesis. It logs a failure when its reason changes, not with each event. */
export class DeliveryHealth {
  readonly #options: DeliveryHealthOptions;
  #reason: FailureReason | undefined;
  /** Requests that have failed since an event was delivered. */
  #failuresInARow = 0;
  /** Whether the failures of this turn are counted. */
  #isCounted = false;
  /**
   * AWS's exception name, or the code, in the last line about events that were lost, and about events that are held.
   * None where events are delivered since.
   */
  #lossLogged: string | undefined;
  #holdLogged: string | undefined;
  #failedAt = 0;
  #eventsFailed = 0;
  /** A producer's counts when an update last showed that it had delivered. */
  #baseline: Counts = { recordsDelivered: 0, requestsFailed: 0, recordsThrottled: 0 };

  constructor(options: DeliveryHealthOptions) {
    this.#options = options;
  }

  /** Why nothing is delivered. `undefined` where events are, or where nothing is known to the contrary. */
  get reason(): FailureReason | undefined {
    // A refusal may be the fault of its events alone. Other failures have lasted for many attempts, or are final.
    return this.#reason === 'refused' && this.#failuresInARow < FAILURES_MIN ? undefined : this.#reason;
  }

  /** An event is settled. */
  settle(error: KinesisError | undefined): void {
    if (error) this.#handleFailure(error);
    else this.#handleDelivery();
  }

  /** Reads a producer's counts: only they show events that are sent again and again and do not settle. */
  update({ recordsDelivered, requestsFailed, recordsThrottled, ...stats }: Counts & Failures): void {
    if (recordsDelivered > this.#baseline.recordsDelivered) {
      this.#baseline = { recordsDelivered, requestsFailed, recordsThrottled };
      return;
    }
    this.updateFailures(stats);
    const isThrottled = recordsThrottled > this.#baseline.recordsThrottled;
    const failures = requestsFailed - this.#baseline.requestsFailed;
    if (!isThrottled && failures < FAILURES_MIN) return;
    this.#reason ??= isThrottled ? 'throttled' : 'unavailable';
  }

  /** Reads why a producer holds events and sends them again: they have not failed, and nothing else reports it. */
  updateFailures({ lastError, failuresInARow }: Failures): void {
    if (failuresInARow === 0 || !lastError) return;
    const reason = failureReason(lastError);
    const isOperators = OPERATORS.has(reason) && lastError.code === 'ERR_SERVICE';
    if (reason === 'refused' || (isOperators && !this.#options.holdsOperatorErrors)) return;
    // A failure that a retry may repair is logged only where it lasts, or where one request has reached its time limit.
    const mayPass = !OPERATORS.has(reason) && lastError.code !== 'ERR_TIMEOUT' && failuresInARow < FAILURES_MIN;
    if (mayPass) return;
    this.#reason = reason;
    this.#failedAt = Date.now();
    const name = nameOrCode(lastError);
    if (name === this.#holdLogged) return;
    this.#holdLogged = name;
    writeLine(`events are held: ${explain(lastError, this.#options.place)}`);
  }

  #handleFailure(error: KinesisError): void {
    this.#countFailure();
    this.#reason = failureReason(error);
    this.#eventsFailed += 1;
    this.#failedAt = Date.now();
    const name = nameOrCode(error);
    if (name === this.#lossLogged) return;
    this.#lossLogged = name;
    const { consequence, isSilent, place } = this.#options;
    if (!isSilent) writeLine(`${consequence}: ${explain(error, place)}`);
  }

  /**
   * The events of one request fail in one turn, and count once. The ids of requests cannot tell them apart: a proxy or
   * a server in place of Kinesis may give each of its answers the same id.
   */
  #countFailure(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#failuresInARow += 1;
    queueMicrotask(() => (this.#isCounted = false));
  }

  #handleDelivery(): void {
    this.#reason = undefined;
    this.#failuresInARow = 0;
    // An event that is delivered while others still fail is no recovery.
    const isLogged = this.#holdLogged !== undefined || this.#lossLogged !== undefined;
    if (!isLogged || Date.now() - this.#failedAt < RECOVERED_MS) return;
    if (!this.#options.isSilent || this.#holdLogged !== undefined)
      writeLine(`events are delivered again; ${this.#eventsFailed} had failed`);
    this.#holdLogged = undefined;
    this.#lossLogged = undefined;
    this.#eventsFailed = 0;
  }
}

/** Causes that only the operator can repair. */
const OPERATORS = new Set<FailureReason>(['credentials', 'permission', 'stream', 'encryption']);
const FAILURES_MIN = 3;
/** How long nothing fails before the log says so. */
const RECOVERED_MS = 10_000;
