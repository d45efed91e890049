import { kindOf } from './data.js';
import { KinesisError, messageOf } from './error.js';
import { type Logger, log } from './logger.js';

/**
 * What happens in a client or a producer, for programs. `at` is the time in milliseconds since 1970. No event holds a
 * secret or a record's data.
 * - `queued`: the producer has accepted records. `settled`: Kinesis has stored them. `dropped`: they are given up, for
 *   the reason in `error`.
 * - `sent`, `answered`: a request goes to `fetch`, and its response was read. Both have the same `requestId`. `records`
 *   are user records, `bytes` those of the body, of the request or of the response. An `answered` without `status` tells
 *   that there was no response.
 * - `retry`, `throttled`: records are sent again, and records were over a limit of the stream or the account. They are
 *   sent again after `waitMs`. A record that was throttled is in both, unless it is given up.
 * - `credentials`: the provider was `asked`, and what it gave was `stored`, or it has `failed`.
 * - `connectivity`: a producer gets no responses (`offline`), tries with one request whether that is over (`probing`),
 *   or gets responses (again) (`online`).
 * - `core`: the WebAssembly module.
 */
export type KinesisEvent = { at: number } & EventFacts;

/** An event without its time. */
export type EventFacts =
  | { type: 'queued' | 'settled' | 'dropped'; records: number; error?: KinesisError }
  | {
      type: 'sent' | 'answered';
      requestId: number;
      operation: string;
      records: number;
      bytes: number;
      status?: number;
      attempt: number;
    }
  | { type: 'retry' | 'throttled'; records: number; reason: KinesisError; waitMs: number }
  | { type: 'credentials'; state: 'asked' | 'stored' | 'failed'; error?: KinesisError }
  | { type: 'connectivity'; state: ConnectivityState }
  | { type: 'core'; state: 'loading' | 'ready' | 'failed' | 'replaced'; error?: KinesisError };

export type ConnectivityState = 'online' | 'offline' | 'probing';

/**
 * Calls the function `onEvent` of the user, with one event after the other: what that function makes happen by itself
 * follows when it has returned. Nothing may be emitted while an export of the core runs.
 */
export class Observer {
  readonly #onEvent: (event: KinesisEvent) => unknown;
  readonly #logger: Logger | undefined;
  #waiting: KinesisEvent[] = [];
  /** The function runs, or its owner's constructor does: the owner has no name yet. */
  #isHeld = true;
  #requests = 0;
  #failures = 0;

  constructor(onEvent: (event: KinesisEvent) => unknown, logger: Logger | undefined) {
    this.#onEvent = onEvent;
    this.#logger = logger;
    queueMicrotask(() => this.#release());
  }

  emit(event: EventFacts): void {
    this.#waiting.push({ at: Date.now(), ...event });
    if (!this.#isHeld) this.#release();
  }

  /** A number that no other request of this client or producer has. */
  nextRequestId(): number {
    return (this.#requests += 1);
  }

  #release(): void {
    this.#isHeld = true;
    for (let event; (event = this.#waiting.shift());) this.#call(event);
    this.#isHeld = false;
  }

  #call(event: KinesisEvent): void {
    try {
      // An asynchronous function rejects in place of throwing.
      const result = this.#onEvent(event) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === 'function') result.then(undefined, (thrown: unknown) => this.#tell(thrown));
    } catch (thrown) {
      this.#tell(thrown);
    }
  }

  /** One that always throws has a line each time that there are twice as many. */
  #tell(thrown: unknown): void {
    this.#failures += 1;
    if (Math.log2(this.#failures) % 1 !== 0) return;
    log(this.#logger, 'error', `onEvent has thrown, ${this.#failures} times so far: ${messageOf(thrown)}`);
  }
}

/** The option `onEvent`, checked. */
export function toObserver(value: unknown, logger: Logger | undefined): Observer | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'function') throw KinesisError.invalid(`onEvent must be a function, not ${kindOf(value)}`);
  return new Observer(value as (event: KinesisEvent) => unknown, logger);
}
