import type { KinesisError } from '../core/error.js';
import type { ProducerStats } from '../producer/types.js';
import { type FailureReason, failureReason, remedyOf } from './failure-reason.js';

type Counts = Pick<ProducerStats, 'recordsDelivered' | 'requestsFailed' | 'recordsThrottled'>;
type Stats = Counts & Pick<ProducerStats, 'lastError' | 'failuresInARow'>;

/** Whether the events of an isolate reach Kinesis. It logs a failure when its reason changes, not with each event. */
export class DeliveryHealth {
  readonly #consequence: string;
  readonly #isSilent: boolean;
  #reason: FailureReason | undefined;
  /** Requests that have failed since an event was delivered. */
  #failuresInARow = 0;
  #lastRequestId: string | undefined;
  /** AWS's exception name, or the code, in the last line of the log. None where events are delivered since. */
  #logged: string | undefined;
  #failedAt = 0;
  #eventsFailed = 0;
  /** A producer's counts when it was last seen to deliver. */
  #baseline: Counts = { recordsDelivered: 0, requestsFailed: 0, recordsThrottled: 0 };

  /**
   * @param consequence what becomes of an event that fails, for the log
   * @param isSilent whether `onError` of the user has each failure
   */
  constructor(consequence: string, isSilent: boolean) {
    this.#consequence = consequence;
    this.#isSilent = isSilent;
  }

  /** Why nothing is delivered. `undefined` where events are, or where nothing is known to the contrary. */
  get reason(): FailureReason | undefined {
    // What is refused may be the fault of its events; what else fails has failed in many attempts, or always will.
    return this.#reason === 'refused' && this.#failuresInARow < FAILURES_MIN ? undefined : this.#reason;
  }

  /** An event is settled. */
  settle(error: KinesisError | undefined): void {
    if (error) this.#handleFailure(error);
    else this.#handleDelivery();
  }

  /** Reads what only a producer's counts show: events that are sent again and again, and have not settled. */
  observe({ recordsDelivered, requestsFailed, recordsThrottled, lastError, failuresInARow }: Stats): void {
    if (recordsDelivered > this.#baseline.recordsDelivered) {
      this.#baseline = { recordsDelivered, requestsFailed, recordsThrottled };
      return;
    }
    const reason = failuresInARow > 0 && lastError ? failureReason(lastError) : undefined;
    if (lastError && reason && HELD.has(reason)) this.#handleHold(reason, lastError.name);
    const isThrottled = recordsThrottled > this.#baseline.recordsThrottled;
    const failures = requestsFailed - this.#baseline.requestsFailed;
    if (!isThrottled && failures < FAILURES_MIN) return;
    this.#reason ??= isThrottled ? 'throttled' : 'unavailable';
  }

  /**
   * Kinesis refuses for a cause that only the operator can repair. The producer keeps the events and sends them again.
   */
  #handleHold(reason: FailureReason, name: string): void {
    this.#reason = reason;
    this.#failedAt = Date.now();
    if (name === this.#logged) return;
    this.#logged = name;
    this.#log(`events are held: ${name}: ${remedyOf(reason)}`);
  }

  #handleFailure(error: KinesisError): void {
    // The events of one request fail together, and count once.
    if (error.requestId === undefined || error.requestId !== this.#lastRequestId) this.#failuresInARow += 1;
    this.#lastRequestId = error.requestId;
    this.#reason = failureReason(error);
    this.#eventsFailed += 1;
    this.#failedAt = Date.now();
    const name = error.name === 'KinesisError' ? error.code : error.name;
    if (name === this.#logged) return;
    this.#logged = name;
    const code = name === error.code ? '' : ` (${error.code})`;
    this.#log(`${this.#consequence}: ${name}${code}: ${remedyOf(this.#reason)}`);
  }

  #handleDelivery(): void {
    this.#reason = undefined;
    this.#failuresInARow = 0;
    // While some events fail and others do not, nothing has changed.
    if (this.#logged === undefined || Date.now() - this.#failedAt < RECOVERED_MS) return;
    this.#log(`events are delivered again; ${this.#eventsFailed} had failed`);
    this.#logged = undefined;
    this.#eventsFailed = 0;
  }

  #log(line: string): void {
    if (!this.#isSilent) console.error(`kinesis-edge/collector: ${line}`);
  }
}

/** Causes that only the operator can repair. */
const HELD = new Set<FailureReason>(['credentials', 'permission', 'stream', 'encryption']);
const FAILURES_MIN = 3;
/** How long nothing fails before the log says so. */
const RECOVERED_MS = 10_000;
