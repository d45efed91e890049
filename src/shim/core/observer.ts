import { checkOptionalFunction } from './checks.js';
import { KinesisError, messageOf } from './error.js';
import { isLogged } from './log-frequency.js';
import { type Logger, log } from './logger.js';

/**
 * What happens in a client or a producer, for programs. `at` is the time in milliseconds since 1970. No event holds a
 * secret or a record's data.
 * - `queued`: the producer has accepted records. `settled`: Kinesis has stored them. `dropped`: they are given up, or
 *   dropped because consent was withdrawn or another page sends them, for the reason in `error`.
 * - `sent`, `answered`: a request goes to `fetch`, and its response was read. Both have the same `requestId`. `records`
 *   are user records, `bytes` those of the body, of the request or of the response. An `answered` without `status`
 *   means that there was no complete response.
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

/** Called with each event. Its result is ignored, but for a promise, whose rejection is handled. */
export type OnEvent = (event: KinesisEvent) => unknown;

/** Options that all parts of a client or producer share. They have no observer until somebody listens. */
export interface ObserverOwner {
  observer: Observer | undefined;
  logger?: Logger | undefined;
}

/**
 * Calls the functions that listen, the user's `onEvent` among them, with one event after the other. An event that such
 * a function causes is delivered after the function has returned. Nothing may be emitted while an export of the core
 * runs.
 */
export class Observer {
  readonly listeners = new Set<OnEvent>();
  readonly #logger: Logger | undefined;
  #waiting: KinesisEvent[] = [];
  /** Events wait while a function that listens or the owner's constructor runs. */
  #isHeld = false;
  #requests = 0;
  #failures = 0;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  /** Called in the constructor of the owner: the user's variable has no value until that has returned. */
  hold(): void {
    this.#isHeld = true;
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
    for (let event; (event = this.#waiting.shift());) for (const onEvent of this.listeners) this.#call(onEvent, event);
    this.#isHeld = false;
  }

  #call(onEvent: OnEvent, event: KinesisEvent): void {
    try {
      // An asynchronous function rejects in place of throwing.
      const result = onEvent(event) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === 'function') result.then(undefined, (thrown: unknown) => this.#logThrown(thrown));
    } catch (thrown) {
      this.#logThrown(thrown);
    }
  }

  /** Logs what a function has thrown, at counts that double: the 1st, 2nd, 4th, 8th time. */
  #logThrown(thrown: unknown): void {
    this.#failures += 1;
    if (!isLogged(this.#failures)) return;
    log(this.#logger, 'error', `onEvent has thrown, ${this.#failures} times so far: ${messageOf(thrown)}`);
  }
}

/** The option `onEvent`, checked. */
export function toObserver(value: unknown, logger: Logger | undefined): Observer | undefined {
  const onEvent = checkOptionalFunction(value, 'onEvent');
  if (onEvent === undefined) return undefined;
  const observer = observing({ observer: undefined, logger }, onEvent as OnEvent);
  observer.hold();
  return observer;
}

/** Lets a function listen to what happens in a client or producer. Returns the observer that calls it. */
export function observing(owner: ObserverOwner, onEvent: OnEvent): Observer {
  owner.observer ??= new Observer(owner.logger);
  owner.observer.listeners.add(onEvent);
  return owner.observer;
}
