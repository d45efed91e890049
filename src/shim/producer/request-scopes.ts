import { ENDS_WITH_REQUEST } from '../core/host.js';
import { now } from '../core/time.js';

/** A caller that waits for a producer; in Workers, the request that it runs in. */
interface Scope {
  /** What it has started and is not done: requests, questions to the provider. */
  readonly started: Set<Promise<void>>;
  /** When its own timer has last run, in milliseconds. */
  seenAt: number;
  /** Settles what the caller waits for, where that is done. Called within the caller's own request. */
  settle: () => void;
}

/** Records that were put in one turn, by one request, and are awaited. */
interface Turn {
  readonly scope: Scope;
  readonly waiters: Set<Waiter>;
}

interface Waiter {
  settle: (() => void) | undefined;
}

/**
 * Who does a producer's work. In Workers a request that ends takes with it what it has started: its timers, and what it
 * has sent, be it for others. So each caller that waits for records acts for the producer with a timer of its own until
 * they have settled, and then stays until what it has started is done, while those that are still waiting send what
 * comes next.
 *
 * In Workers what a caller waits for is settled within its own request, also where another request has had the
 * response: the code behind an `await` goes on where its promise is settled, and there may use only what belongs to
 * that request.
 */
export class RequestScopes {
  readonly #pump: () => void;
  /** The scope to which the work that is done now belongs. */
  #current: Scope | undefined;
  readonly #waiting = new Set<Scope>();
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
   * Waits, in Workers, for a record in the request that has put it. Records that are put in one turn share a timer.
   * @param putTexts called within the scope of this request at the end of the turn
   */
  waitForRecord<T>(record: PromiseLike<T>, putTexts: () => void): Promise<T> {
    const turn = (this.#turn ??= this.#beginTurn(putTexts));
    const own = new Promise<T>((resolve, reject) => {
      const waiter: Waiter = { settle: undefined };
      turn.waiters.add(waiter);
      record.then(
        (result) => (waiter.settle = () => resolve(result)),
        (error) => (waiter.settle = () => reject(error)),
      );
    });
    // Where the promise is ignored, `onError` is called with a failure.
    own.catch(() => {});
    return own;
  }

  /**
   * Calls `then` when a promise has settled, and then the producer's loop, within the scope that is current now.
   * @param something never rejects
   */
  follow<T>(something: Promise<T>, then: (value: T) => void): void {
    const goOn = this.later();
    const started = this.#current?.started;
    const done = something.then((value) => {
      started?.delete(done);
      then(value);
      goOn();
    });
    started?.add(done);
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

  #beginTurn(putTexts: () => void): Turn {
    const waiters = new Set<Waiter>();
    const scope = newScope(() => {
      for (const waiter of waiters) {
        if (!waiter.settle) continue;
        waiters.delete(waiter);
        waiter.settle();
      }
    });
    const turn = { scope, waiters };
    this.#turns.add(turn);
    queueMicrotask(() => {
      this.#turn = undefined;
      this.#within(scope, putTexts);
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
    if (turn.waiters.size === 0) this.#turns.delete(turn);
    return turn.waiters.size > 0;
  }

  /** Whether a record has settled whose promise is not settled yet, in a request that has not ended. */
  #areSettling(): boolean {
    for (const turn of this.#turns) {
      if (hasEnded(turn.scope)) this.#turns.delete(turn);
      else for (const waiter of turn.waiters) if (waiter.settle) return true;
    }
    return false;
  }

  /** Acts for the producer until the promise settles. */
  async #stayUntil<T>(scope: Scope, done: Promise<T>): Promise<T> {
    const stop = this.#actWhile(scope, () => true);
    try {
      return await done;
    } finally {
      stop();
      this.#waiting.delete(scope);
      if (ENDS_WITH_REQUEST && scope.started.size > 0) await finish(scope);
    }
  }

  /** Acts for the producer now and then. Returns what ends it; only the request that has begun it may call that. */
  #actWhile(scope: Scope, isOpen: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const act = () => {
      scope.seenAt = now();
      this.#within(scope, this.#pump);
      scope.settle();
      if (isOpen()) timer = setTimeout(act, this.#intervalMs());
      else this.#waiting.delete(scope);
    };
    this.#waiting.add(scope);
    timer = setTimeout(act, this.#intervalMs());
    return () => clearTimeout(timer);
  }

  /** Whether another caller waits whose request has not ended. */
  #hasOthers(): boolean {
    for (const scope of this.#waiting) if (hasEnded(scope)) this.#waiting.delete(scope);
    return this.#waiting.size > 0;
  }

  /** Many that wait act less often each. */
  #intervalMs(): number {
    return Math.min(INTERVAL_MS * Math.ceil(this.#waiting.size / 8), INTERVAL_MS_MAX);
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
  return { started: new Set(), seenAt: now(), settle };
}

/** A request that has ended runs no timers. */
function hasEnded(scope: Scope): boolean {
  return now() - scope.seenAt > ENDED_MS;
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
  while (started.size > 0 && !isLate) await Promise.race([...started, late]);
  clearTimeout(timer);
}

/** In Workers a caller waits so long at most after its records have settled elsewhere. */
const INTERVAL_MS = ENDS_WITH_REQUEST ? 25 : 100;
const INTERVAL_MS_MAX = 250;
/** A scope whose timer has not run for so long belongs to a request that has ended. */
const ENDED_MS = 1000;
/** Workers leave 30 seconds: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil */
const FINISH_MS_MAX = 15_000;
