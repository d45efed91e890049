import { ENDS_WITH_REQUEST } from '../core/host.js';
import { Liveness } from '../core/liveness.js';
import { now } from '../core/time.js';
import type { LazyPromise } from './lazy-promise.js';
import type { PutResult } from './types.js';

/** A caller that waits for a producer; in Workers, the request that it runs in. */
interface Scope {
  /** What it has started and is not done: requests, questions to the provider. */
  readonly started: Set<Started>;
  /** Renewed by its own timer. */
  readonly liveness: Liveness;
  /** Settles what the caller waits for, where that is done. Called within the caller's own request. */
  settle: () => void;
}

interface Started {
  readonly done: Promise<void>;
  /** Called, in another scope, where the request of this one has ended and `done` does not settle. */
  readonly abandon: () => void;
}

/** Records that were put in one turn, by one request. */
interface Turn {
  readonly scope: Scope;
  /** How many have not settled. */
  pending: number;
  /** Those that have settled, whose promises have not. */
  settled: LazyPromise<PutResult>[];
  readonly onOutcome: (record: LazyPromise<PutResult>) => void;
}

/**
 * Polls the core again after each response (`follow`) and after each timer (`later`). In browsers and Node that is all.
 *
 * In Workers timers and fetches end with the request that has started them, also where they serve another request:
 * - Each caller that waits for records polls the core by a timer of its own until they have settled. Then it waits until
 *   what it has started itself is done; new requests are sent by those that still wait.
 * - Where a request has ended before that, because its code has thrown or its client has left, another request takes
 *   what it had started as failed.
 * - A promise is settled by the request that waits for it, also where another request has had the response: code after
 *   `await` runs in the request that settles the promise, and may use only what belongs to that request.
 */
export class RequestScopes {
  readonly #pump: () => void;
  /** The scope to which the work that is done now belongs. */
  #current: Scope | undefined;
  readonly #waiting = new Set<Scope>();
  /** Those that have a timer: they wait, or what they have started is not done. */
  readonly #acting = new Set<Scope>();
  /** When to look next for requests that have ended. */
  #lookAt = 0;
  /** Of the records that are put in this turn of the event loop. */
  #turn: Turn | undefined;
  /** Those whose records have not all settled. */
  readonly #turns = new Set<Turn>();

  constructor(pump: () => void) {
    this.#pump = pump;
  }

  /**
   * Does some work, and what the producer needs, until the promise of the work settles.
   * @param work called at once
   */
  wait<T>(work: () => Promise<T>): Promise<T> {
    const scope = newScope();
    this.#waiting.add(scope);
    try {
      const done = this.#within(scope, work);
      return this.#stayUntil(scope, ENDS_WITH_REQUEST ? this.#settledWithin(scope, done) : done);
    } catch (error) {
      this.#waiting.delete(scope);
      throw error;
    }
  }

  /**
   * Keeps, in Workers, the request going that has put a record, and settles the record's promise within it. Records that
   * are put in one turn share a timer.
   * @param putBatch called within the scope of this request at the end of the turn
   */
  settleWithin(record: LazyPromise<PutResult>, putBatch: () => void): void {
    if (record.hasOutcome) return;
    const turn = (this.#turn ??= this.#beginTurn(putBatch));
    turn.pending += 1;
    record.onOutcome = turn.onOutcome;
  }

  /**
   * Calls `then` when a promise has settled, and then the producer's loop, within the scope that is current now.
   * @param something never rejects
   * @param abandon called instead, within another scope, where `something` has ended with its request
   */
  follow<T>(something: Promise<T>, then: (value: T) => void, abandon: () => void): void {
    const goOn = this.later();
    const scope = this.#current ?? this.#watch();
    const done = something.then((value) => {
      scope.started.delete(started);
      then(value);
      goOn();
    });
    const started = { done, abandon };
    scope.started.add(started);
  }

  /** A scope for what is started while nothing waits. */
  #watch(): Scope {
    const scope = newScope();
    if (ENDS_WITH_REQUEST) this.#actWhile(scope, () => false);
    return scope;
  }

  /**
   * The producer's loop, within the current scope. A request that may end any moment leaves it to those that wait.
   */
  later(): () => void {
    const scope = this.#current;
    return () => {
      const isWaiting = scope !== undefined && this.#waiting.has(scope);
      if (ENDS_WITH_REQUEST && !isWaiting && this.#hasOthers()) return;
      this.#within(isWaiting ? scope : undefined, this.#pump);
      // What has settled just now has to say so first.
      if (ENDS_WITH_REQUEST && isWaiting) setTimeout(() => scope.settle(), 0);
    };
  }

  #beginTurn(putBatch: () => void): Turn {
    const scope = newScope(() => {
      for (const record of turn.settled.splice(0)) record.settleNative();
    });
    const onOutcome = (record: LazyPromise<PutResult>) => {
      turn.pending -= 1;
      turn.settled.push(record);
    };
    const turn: Turn = { scope, pending: 0, settled: [], onOutcome };
    this.#turns.add(turn);
    queueMicrotask(() => {
      this.#turn = undefined;
      this.#within(scope, putBatch);
      this.#waiting.add(scope);
      this.#actWhile(scope, () => this.#isOpen(turn));
    });
    return turn;
  }

  /**
   * A promise that settles as another one does, but within the request of a scope, and after those of the records that
   * have settled: who awaits a flush knows then what has become of each.
   */
  #settledWithin<T>(scope: Scope, done: Promise<T>): Promise<T> {
    let settle: (() => void) | undefined;
    scope.settle = () => {
      if (settle && !this.#areSettling()) settle();
    };
    return new Promise((resolve, reject) => {
      done.then(
        (result) => (settle = () => resolve(result)),
        (error) => (settle = () => reject(error)),
      );
    });
  }

  #isOpen(turn: Turn): boolean {
    const isOpen = turn.pending > 0 || turn.settled.length > 0;
    if (!isOpen) this.#turns.delete(turn);
    return isOpen;
  }

  /** Whether a record has settled whose promise is not settled yet, in a request that has not ended. */
  #areSettling(): boolean {
    for (const turn of this.#turns) {
      if (turn.scope.liveness.hasEnded) this.#turns.delete(turn);
      else if (turn.settled.length > 0) return true;
    }
    return false;
  }

  /** Acts for the producer until the promise settles. */
  async #stayUntil<T>(scope: Scope, done: Promise<T>): Promise<T> {
    let isOpen = true;
    this.#waiting.add(scope);
    const stop = this.#actWhile(scope, () => isOpen);
    try {
      return await done;
    } finally {
      isOpen = false;
      this.#waiting.delete(scope);
      if (!ENDS_WITH_REQUEST) stop();
      else if (scope.started.size > 0) await finish(scope);
    }
  }

  /**
   * Acts for the producer now and then, and in Workers is seen to live until what the scope has started is done. Returns
   * what ends it.
   */
  #actWhile(scope: Scope, isOpen: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const act = () => {
      scope.liveness.renew();
      this.#within(scope, () => this.#abandonEnded());
      if (isOpen()) this.#within(scope, this.#pump);
      scope.settle();
      if (!isOpen()) this.#waiting.delete(scope);
      if (isOpen() || scope.started.size > 0) timer = setTimeout(act, this.#intervalMs());
      else this.#acting.delete(scope);
    };
    this.#acting.add(scope);
    timer = setTimeout(act, this.#intervalMs());
    return () => {
      clearTimeout(timer);
      this.#acting.delete(scope);
    };
  }

  /** Abandons what requests have started that have ended. */
  #abandonEnded(): void {
    if (!ENDS_WITH_REQUEST || now() < this.#lookAt) return;
    this.#lookAt = now() + LOOK_MS;
    for (const scope of this.#acting) {
      if (!scope.liveness.hasEnded) continue;
      this.#acting.delete(scope);
      this.#waiting.delete(scope);
      for (const { abandon } of scope.started) abandon();
      scope.started.clear();
    }
  }

  /** Whether another caller waits whose request has not ended. */
  #hasOthers(): boolean {
    for (const scope of this.#waiting) if (scope.liveness.hasEnded) this.#waiting.delete(scope);
    return this.#waiting.size > 0;
  }

  /** Many that wait act less often each. */
  #intervalMs(): number {
    return Math.min(INTERVAL_MS * Math.ceil(this.#acting.size / 8), INTERVAL_MS_MAX);
  }

  #within<T>(scope: Scope | undefined, work: () => T): T {
    const outer = this.#current;
    this.#current = scope;
    try {
      return work();
    } finally {
      this.#current = outer;
    }
  }
}

function newScope(settle = () => {}): Scope {
  return { started: new Set(), liveness: new Liveness(), settle };
}

/** Waits until what a scope has started is done. */
async function finish({ started }: Scope): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLate = false;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve();
    }, FINISH_MS_MAX);
  });
  while (started.size > 0 && !isLate) await Promise.race([...[...started].map(({ done }) => done), late]);
  clearTimeout(timer);
}

/** In Workers a caller waits so long at most after its records have settled elsewhere. */
const INTERVAL_MS = ENDS_WITH_REQUEST ? 25 : 100;
const INTERVAL_MS_MAX = 250;
const LOOK_MS = 100;
/** Workers leave 30 seconds: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil */
const FINISH_MS_MAX = 15_000;
