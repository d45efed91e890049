import { WarningThreshold } from '../core/log-frequency.js';
import { now } from '../core/time.js';
import type { Reporter } from './reporter.js';

/** A request that has failed, for the log. */
export interface FailedRequest {
  reason: string;
  /** What to look at. */
  remedy: string;
  /** When it was sent, in milliseconds by the page's clock. */
  sentAt: number;
  /** The header `retry-after`: the shortest wait before the next one, in seconds. A date in its place is not read. */
  retryAfter?: string | null;
}

/**
 * When a collector is asked again after failures: exponential backoff with full jitter. Warns of them.
 */
export class Backoff {
  /** The earliest time of the next attempt, in milliseconds by the page's clock. */
  retryAt = 0;
  readonly #where: string;
  readonly #reporter: Reporter;
  /** No request has failed since `ignoreFailures`. */
  #ignoresFailures = false;
  /** Failed requests in a row. */
  #failures = 0;
  readonly #threshold = new WarningThreshold();

  constructor({ origin, pathname }: URL, reporter: Reporter) {
    // Without the query, which may hold a write key.
    this.#where = origin + pathname;
    this.#reporter = reporter;
  }

  /** Whether the next attempt has a time that is not reached. */
  get isWaiting(): boolean {
    return !this.#ignoresFailures && this.retryAt > now();
  }

  /** Until the next failure `isWaiting` is false, because a page that is left may have no later time to send. */
  ignoreFailures(): void {
    this.#ignoresFailures = true;
  }

  /** @param waiting how many events wait */
  handleFailure({ reason, remedy, sentAt, retryAfter }: FailedRequest, waiting: number): void {
    const leastMs = Math.min(Math.max(Number(retryAfter) || 0, 0) * 1000, RETRY_AFTER_MS_MAX);
    const mostMs = Math.min(BACKOFF_MS * 2 ** Math.min(this.#failures, 10), BACKOFF_MS_MAX);
    this.#failures += 1;
    this.#ignoresFailures = false;
    this.retryAt = now() + leastMs + Math.random() * mostMs;
    if (!this.#threshold.reaches(this.#failures, now() - sentAt)) return;
    const what = `no event gets through to ${this.#where}, ${waiting} wait; failures in a row: ${this.#failures}`;
    this.#reporter.log('warn', `${what}; the last: ${reason}; look at ${remedy}`);
  }

  handleSuccess(): void {
    if (this.#threshold.wasReached) this.#reporter.log('info', 'events get through again');
    this.#threshold.reset();
    this.#failures = 0;
  }
}

/**
 * Whether a collector may accept the same request later. 425 is Too Early, and 0 has a `Response` that a page or its
 * service worker gives in place of one that cannot be read.
 */
export function isTransient(status: number): boolean {
  return status >= 500 || [0, 408, 425, 429].includes(status);
}

export const BACKOFF_MS_MAX = 20_000;
const BACKOFF_MS = 1000;
/** A proxy may ask for a day. */
const RETRY_AFTER_MS_MAX = 300_000;
