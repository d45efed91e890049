import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import { now } from '../core/time.js';
import type { LazyPromise } from './lazy-promise.js';
import { RecordTurns, settleByTurn } from './record-turns.js';
import { type InvocationScope, finishStarted, newInvocationScope } from './invocation-scope.js';
import type { PutResult } from './types.js';

/**
 * Polls the core again after each response (`pollAfter`), after each timer (`makePollCallback`), and repeatedly while a
 * caller waits. Each time it does so within a scope: that of a caller who waits for records, or of work that no caller
 * waits for. In browsers and Node that is all.
 *
 * In Workers there are invocations as well. An invocation is one call of a Worker's handler, such as `fetch` or
 * `queue`. The timers, requests and promises that an invocation has started end with it, even where another invocation
 * needs their outcome. Therefore:
 * - Each caller that waits for records polls the core by a timer of its own invocation until the records have settled.
 *   Then it waits until the requests that it has started itself are done. New requests are started by callers whose
 *   records have not settled.
 * - An invocation may end before its requests are done, because its code has thrown or its client has disconnected.
 *   Another invocation then treats these requests as failed.
 * - A promise is settled within the invocation that has put the record or waits for it, even where another invocation
 *   received the response: code after `await` runs in the invocation that settles the promise, and may use only what
 *   belongs to that invocation. A promise of a record that was put at the module scope belongs to no invocation.
 */
export class InvocationScopes {
  readonly #poll: () => void;
  /** The scope of the code that is running: requests that it starts belong to this scope. */
  #current: InvocationScope | undefined;
  readonly #waiting = new Set<InvocationScope>();
  /** The scopes that have a polling timer: they wait, or the work that they have started is not done. */
  readonly #polling = new Set<InvocationScope>();
  /** When to look next for invocations that have ended. */
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
    const scope = newInvocationScope();
    this.#waiting.add(scope);
    try {
      const done = this.#runIn(scope, work);
      return this.#pollUntil(scope, WORK_ENDS_WITH_INVOCATION ? this.#settledByScope(scope, done) : done);
    } catch (error) {
      this.#waiting.delete(scope);
      throw error;
    }
  }

  /**
   * In Workers, polls the core within the invocation that puts a record, and settles the record's promise there.
   * Records that are put until the next microtask are one turn, and share a timer.
   * @param put called at once, within a scope of this invocation: it may start requests
   * @param putBatch called within the same scope at the next microtask
   */
  putInOwnInvocation(record: LazyPromise<PutResult>, put: () => void, putBatch: () => void): void {
    const turn = this.#recordTurns.current((scope, isPending) => {
      this.#runIn(scope, putBatch);
      this.#waiting.add(scope);
      this.#pollRepeatedly(scope, isPending);
    });
    this.#runIn(turn.scope, put);
    settleByTurn(record, turn);
  }

  /**
   * Calls `handleResult` when `work` is done, and then polls the core. The work belongs to the current scope, and the
   * poll runs within that scope if its caller still waits.
   * @param work never rejects
   */
  pollAfter<T>(work: Promise<T>, { handleResult, handleAbandoned }: WorkCallbacks<T>): void {
    const poll = this.makePollCallback();
    const scope = this.#current ?? this.#newUnownedScope();
    const done = work.then((result) => {
      // The work was abandoned already, because its invocation seemed to have ended.
      if (!scope.started.delete(started)) return;
      handleResult(result);
      poll();
    });
    const started = { done, handleAbandoned };
    scope.started.add(started);
  }

  /** A scope for work that no caller has started, such as that of a timer. */
  #newUnownedScope(): InvocationScope {
    const scope = newInvocationScope();
    // It polls for nobody: its timer shows that the invocation has not ended, until the work is done.
    if (WORK_ENDS_WITH_INVOCATION) this.#pollRepeatedly(scope, () => false);
    return scope;
  }

  /**
   * Returns a function that polls the core within the scope that is current when this method is called. In Workers, if
   * the caller of that scope no longer waits, its invocation may end at any moment: the function then leaves the poll
   * to the callers that wait, if there are any.
   */
  makePollCallback(): () => void {
    const scope = this.#current;
    return () => {
      const isWaiting = scope !== undefined && this.#waiting.has(scope);
      if (WORK_ENDS_WITH_INVOCATION && !isWaiting && this.#hasWaiting()) return;
      this.#runIn(isWaiting ? scope : undefined, this.#poll);
      // Let the promises that were just settled run their callbacks first.
      if (WORK_ENDS_WITH_INVOCATION && isWaiting) setTimeout(() => scope.settlePromises(), 0);
    };
  }

  /**
   * A promise that settles as `done` does, but within the invocation of a scope, and after the promises of the records
   * that have an outcome: code that awaits a flush can then read the outcome of each record.
   */
  #settledByScope<T>(scope: InvocationScope, done: Promise<T>): Promise<T> {
    const afterRecords = (settle: () => void) => {
      const areSettling = this.#recordTurns.settling();
      scope.settlePromises = () => areSettling() || settle();
    };
    return new Promise((resolve, reject) => {
      done.then(
        (result) => afterRecords(() => resolve(result)),
        (error) => afterRecords(() => reject(error)),
      );
    });
  }

  /** Polls the core until the promise settles. */
  async #pollUntil<T>(scope: InvocationScope, done: Promise<T>): Promise<T> {
    let isPending = true;
    const stop = this.#pollRepeatedly(scope, () => isPending);
    try {
      return await done;
    } finally {
      isPending = false;
      this.#waiting.delete(scope);
      if (!WORK_ENDS_WITH_INVOCATION) stop();
      else if (scope.started.size > 0) await finishStarted(scope);
    }
  }

  /**
   * Polls the core by a timer while `isPending` returns true. In Workers the timer goes on until the work that the
   * scope has started is done, and shows that the scope's invocation has not ended.
   * @returns a function that stops the timer
   */
  #pollRepeatedly(scope: InvocationScope, isPending: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      scope.liveness.renew();
      this.#runIn(scope, () => this.#abandonEnded());
      if (isPending()) this.#runIn(scope, this.#poll);
      scope.settlePromises();
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

  /** Abandons the work of invocations that have ended. */
  #abandonEnded(): void {
    if (!WORK_ENDS_WITH_INVOCATION || now() < this.#nextEndedCheckAt) return;
    this.#nextEndedCheckAt = now() + ENDED_CHECK_INTERVAL_MS;
    this.#recordTurns.dropEnded();
    for (const scope of this.#polling) {
      if (!scope.liveness.hasEnded) continue;
      this.#polling.delete(scope);
      this.#waiting.delete(scope);
      for (const { handleAbandoned } of scope.started) handleAbandoned();
      scope.started.clear();
    }
  }

  /** Whether a caller waits whose invocation has not ended. */
  #hasWaiting(): boolean {
    for (const scope of this.#waiting) if (scope.liveness.hasEnded) this.#waiting.delete(scope);
    return this.#waiting.size > 0;
  }

  /** The time between two polls of one scope: the more scopes poll, the longer. */
  #intervalMs(): number {
    return Math.min(INTERVAL_MS * Math.ceil(this.#polling.size / 8), INTERVAL_MS_MAX);
  }

  #runIn<T>(scope: InvocationScope | undefined, work: () => T): T {
    const outer = this.#current;
    this.#current = scope;
    try {
      return work();
    } finally {
      this.#current = outer;
    }
  }
}

/** What is called when some work ends: one of the two, once. */
interface WorkCallbacks<T> {
  handleResult(result: T): void;
  /** Called by another invocation, where the invocation that has started the work has ended before it was done. */
  handleAbandoned(): void;
}

/** The time in milliseconds between two polls of one scope, while eight scopes or fewer poll. */
const INTERVAL_MS = WORK_ENDS_WITH_INVOCATION ? 25 : 100;
/** In Workers a caller waits this many milliseconds at most after its records have settled in another invocation. */
const INTERVAL_MS_MAX = 250;
const ENDED_CHECK_INTERVAL_MS = 100;
