import { ENDS_WITH_REQUEST } from '../core/host.js';
import { now } from '../core/time.js';

/** A caller that waits for a producer; in Workers, the request that it runs in. */
interface Scope {
  /** What it has started and is not done: requests, questions to the provider. */
  readonly started: Set<Promise<void>>;
  /** When its own timer has last run. */
  seenAt: number;
}

/**
 * Who does a producer's work. In Workers a request that ends takes with it what it has started: its timers, and what it has sent,
 * be it for others. So each caller that waits for records acts for the producer with a timer of its own until they have settled,
 * and then stays until what it has started is done, while those that are still waiting send what comes next.
 */
export class RequestScopes {
  readonly #pump: () => void;
  /** In whose name work is done now. */
  #current: Scope | undefined;
  readonly #waiting = new Set<Scope>();
  /** The scope of those that wait for records which were put in this turn. */
  #turn: { scope: Scope; open: number } | undefined;

  constructor(pump: () => void) {
    this.#pump = pump;
  }

  /**
   * Does some work, and what the producer needs, until the promise of the work settles.
   * @param work called at once
   */
  wait<T>(work: () => Promise<T>): Promise<T> {
    const scope = { started: new Set<Promise<void>>(), seenAt: now() };
    this.#waiting.add(scope);
    try {
      return this.#stayUntil(scope, this.#within(scope, work));
    } catch (error) {
      this.#waiting.delete(scope);
      throw error;
    }
  }

  /**
   * Waits for a record in the request that has put it. Those that are put in one turn share a timer.
   * @param passOn called in the name of this request at the end of the turn
   */
  waitForRecord<T>(record: Promise<T>, passOn: () => void): Promise<T> {
    const turn = this.#turn ?? this.#beginTurn(passOn);
    turn.open += 1;
    const settled = () => {
      turn.open -= 1;
    };
    record.then(settled, settled);
    // Of this request in any case: see `#stayUntil`.
    const own = Promise.race([record]);
    own.catch(() => {});
    return own;
  }

  /**
   * Goes on when something is there, in the name of the scope that has started it.
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

  /** The producer's loop, in the name of the current scope. A request that may end any moment leaves it to those that wait. */
  later(): () => void {
    const scope = this.#current;
    return () => {
      const isWaiting = scope !== undefined && this.#waiting.has(scope);
      if (ENDS_WITH_REQUEST && !isWaiting && this.#hasOthers()) return;
      this.#within(isWaiting ? scope : undefined, this.#pump);
    };
  }

  #beginTurn(passOn: () => void): { scope: Scope; open: number } {
    const scope = { started: new Set<Promise<void>>(), seenAt: now() };
    const turn = { scope, open: 0 };
    this.#turn = turn;
    queueMicrotask(() => {
      this.#turn = undefined;
      this.#within(scope, passOn);
      if (turn.open > 0) this.#actWhile(scope, () => turn.open > 0);
    });
    return turn;
  }

  /** Acts for the producer until the promise settles. */
  async #stayUntil<T>(scope: Scope, done: Promise<T>): Promise<T> {
    const stop = this.#actWhile(scope, () => true);
    try {
      // What settles elsewhere goes on here: a promise of `Promise.race` is always this request's own, where one that `new Promise`
      // or `async` makes in optimised code may go on in whichever request settles it.
      return await Promise.race([done]);
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
      if (!isOpen()) {
        this.#waiting.delete(scope);
        return;
      }
      this.#within(scope, this.#pump);
      timer = setTimeout(act, this.#intervalMs());
    };
    this.#waiting.add(scope);
    timer = setTimeout(act, this.#intervalMs());
    return () => clearTimeout(timer);
  }

  /** Whether another caller waits whose request has not ended: a request that has ended runs no timers. */
  #hasOthers(): boolean {
    for (const scope of this.#waiting) if (now() - scope.seenAt > ENDED_MS) this.#waiting.delete(scope);
    return this.#waiting.size > 0;
  }

  /** Many that wait look less often each. */
  #intervalMs(): number {
    return Math.min(INTERVAL_MS * Math.ceil(this.#waiting.size / 4), INTERVAL_MS_MAX);
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

const INTERVAL_MS = 100;
const INTERVAL_MS_MAX = 1000;
/** A scope whose timer has not run for so long has ended without a word. */
const ENDED_MS = 3 * INTERVAL_MS_MAX;
/** Workers leave 30 seconds: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil */
const FINISH_MS_MAX = 15_000;
