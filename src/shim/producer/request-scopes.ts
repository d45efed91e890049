import { ENDS_WITH_REQUEST } from '../core/host.js';
import { now } from '../core/time.js';
import type { LazyPromise } from './lazy-promise.js';
import { RecordTurns, settleByTurn } from './record-turns.js';
import { type RequestScope, finishStarted, newRequestScope } from './request-scope.js';
import type { PutResult } from './types.js';

/**
 * Polls the core again after each response (`follow`), after each timer (`makePollCallback`), and now and then while a
 * caller waits. In browsers and Node that is all.
 *
 * In Workers timers and fetches end with the request that has started them, also where they serve another request:
 * - Each caller that waits for records polls the core by a timer of its own until they have settled. Then it waits until
 *   the work that it has started itself is done; new requests are sent by callers that still wait.
 * - Where a request has ended before that, because its code has thrown or its client has disconnected, another request
 *   treats the work that it had started as failed.
 * - A promise is settled by the request that waits for it, also where another request has had the response: code after
 *   `await` runs in the request that settles the promise, and may use only what belongs to that request.
 */
export class RequestScopes {
  readonly #poll: () => void;
  /** The scope in which the code that runs now starts requests. */
  #current: RequestScope | undefined;
  readonly #waiting = new Set<RequestScope>();
  /** Those that have a polling timer: they wait, or the work that they have started is not done. */
  readonly #polling = new Set<RequestScope>();
  /** When to look next for requests that have ended. */
  #nextEndedCheckAt = 0;
  readonly #recordTurns = new RecordTurns();

  /** @param poll polls the core and takes its steps until it says to wait */
  constructor(poll: () => void) {
    this.#poll = poll;
  }

  /**
   * Does some work, and polls the core until the promise of the work settles.
   * @param work called at once
   */
  wait<T>(work: () => Promise<T>): Promise<T> {
    const scope = newRequestScope();
    this.#waiting.add(scope);
    try {
      const done = this.#runIn(scope, work);
      return this.#pollUntil(scope, ENDS_WITH_REQUEST ? this.#settledByScope(scope, done) : done);
    } catch (error) {
      this.#waiting.delete(scope);
      throw error;
    }
  }

  /**
   * In Workers, polls the core by the request that puts a record, and settles the record's promise within that request.
   * Records that are put until the next microtask share a timer.
   * @param put called at once, within the scope of this request: it may start requests
   * @param putBatch called within the same scope at the next microtask
   */
  putInOwnRequest(record: LazyPromise<PutResult>, put: () => void, putBatch: () => void): void {
    const turn = this.#recordTurns.current((scope, isPending) => {
      this.#runIn(scope, putBatch);
      this.#waiting.add(scope);
      this.#pollRepeatedly(scope, isPending);
    });
    this.#runIn(turn.scope, put);
    settleByTurn(record, turn);
  }

  /**
   * Calls `then` when a promise has settled, and then polls the core, within the scope that is current now while that
   * one waits.
   * @param something never rejects
   * @param abandon called instead, within another scope, where `something` has ended with its request
   */
  follow<T>(something: Promise<T>, then: (value: T) => void, abandon: () => void): void {
    const poll = this.makePollCallback();
    const scope = this.#current ?? this.#newUnownedScope();
    const done = something.then((value) => {
      // It was abandoned, because its request had seemed to have ended.
      if (!scope.started.delete(started)) return;
      then(value);
      poll();
    });
    const started = { done, abandon };
    scope.started.add(started);
  }

  /** A scope for work that is started outside of every caller's scope, such as by a timer. */
  #newUnownedScope(): RequestScope {
    const scope = newRequestScope();
    if (ENDS_WITH_REQUEST) this.#pollRepeatedly(scope, () => false);
    return scope;
  }

  /**
   * Returns a function that polls the core within the scope that is current now. Where no caller waits in that scope,
   * its request may end at any moment: the function then leaves the polling to the callers that wait.
   */
  makePollCallback(): () => void {
    const scope = this.#current;
    return () => {
      const isWaiting = scope !== undefined && this.#waiting.has(scope);
      if (ENDS_WITH_REQUEST && !isWaiting && this.#hasWaiting()) return;
      this.#runIn(isWaiting ? scope : undefined, this.#poll);
      // Let the promises that were just settled run their callbacks first.
      if (ENDS_WITH_REQUEST && isWaiting) setTimeout(() => scope.settle(), 0);
    };
  }

  /**
   * A promise that settles as `done` does, but within the request of a scope, and after the promises of the records that
   * have an outcome: code that awaits a flush can then read the outcome of each record.
   */
  #settledByScope<T>(scope: RequestScope, done: Promise<T>): Promise<T> {
    let settle: (() => void) | undefined;
    scope.settle = () => {
      if (settle && !this.#recordTurns.areSettling) settle();
    };
    return new Promise((resolve, reject) => {
      done.then(
        (result) => (settle = () => resolve(result)),
        (error) => (settle = () => reject(error)),
      );
    });
  }

  /** Polls the core until the promise settles. */
  async #pollUntil<T>(scope: RequestScope, done: Promise<T>): Promise<T> {
    let isPending = true;
    const stop = this.#pollRepeatedly(scope, () => isPending);
    try {
      return await done;
    } finally {
      isPending = false;
      this.#waiting.delete(scope);
      if (!ENDS_WITH_REQUEST) stop();
      else if (scope.started.size > 0) await finishStarted(scope);
    }
  }

  /**
   * Polls the core by a timer while `isPending` returns true. In Workers the timer goes on until the work that the scope
   * has started is done, and shows that the scope's request has not ended.
   * @returns a function that stops the timer
   */
  #pollRepeatedly(scope: RequestScope, isPending: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      scope.liveness.renew();
      this.#runIn(scope, () => this.#abandonEnded());
      if (isPending()) this.#runIn(scope, this.#poll);
      scope.settle();
      if (!isPending()) this.#waiting.delete(scope);
      if (isPending() || scope.started.size > 0) timer = setTimeout(tick, this.#intervalMs());
      else this.#polling.delete(scope);
    };
    this.#polling.add(scope);
    timer = setTimeout(tick, this.#intervalMs());
    return () => {
      clearTimeout(timer);
      this.#polling.delete(scope);
    };
  }

  /** Abandons the work of requests that have ended. */
  #abandonEnded(): void {
    if (!ENDS_WITH_REQUEST || now() < this.#nextEndedCheckAt) return;
    this.#nextEndedCheckAt = now() + ENDED_CHECK_INTERVAL_MS;
    this.#recordTurns.dropEnded();
    for (const scope of this.#polling) {
      if (!scope.liveness.hasEnded) continue;
      this.#polling.delete(scope);
      this.#waiting.delete(scope);
      for (const { abandon } of scope.started) abandon();
      scope.started.clear();
    }
  }

  /** Whether a caller waits whose request has not ended. */
  #hasWaiting(): boolean {
    for (const scope of this.#waiting) if (scope.liveness.hasEnded) this.#waiting.delete(scope);
    return this.#waiting.size > 0;
  }

  /** The time between two polls of one scope: the more scopes poll, the longer. */
  #intervalMs(): number {
    return Math.min(INTERVAL_MS * Math.ceil(this.#polling.size / 8), INTERVAL_MS_MAX);
  }

  #runIn<T>(scope: RequestScope | undefined, work: () => T): T {
    const outer = this.#current;
    this.#current = scope;
    try {
      return work();
    } finally {
      this.#current = outer;
    }
  }
}

/** Of up to eight scopes, in milliseconds. */
const INTERVAL_MS = ENDS_WITH_REQUEST ? 25 : 100;
/** In Workers a caller waits this many milliseconds at most after its records have settled in another request. */
const INTERVAL_MS_MAX = 250;
const ENDED_CHECK_INTERVAL_MS = 100;
