/** What one call has started: requests, timers. @typedef {{ underway: Set<Promise<void>> }} Visit */

/**
 * Who is there to do a producer's work. In Workers a request that ends takes with it what it has started: its timers, and what
 * it has sent, be it for others. So one that waits for records looks for itself until they are there, and then stays until what
 * it has started is done, while those that are still waiting send what comes next.
 */
export class Attendance {
  #pump;
  /** Whose work is being done. @type {Visit | undefined} */
  #current;
  /** Those that wait. @type {Set<Visit>} */
  #waiting = new Set();

  /** @param {() => void} pump */
  constructor(pump) {
    this.#pump = pump;
  }

  /**
   * Does some work, and what the producer asks for, until that is done.
   * @template T
   * @param {() => Promise<T>} work done at once, and let go of
   * @returns {Promise<T>}
   */
  attend(work) {
    /** @type {Visit} */
    const visit = { underway: new Set() };
    this.#waiting.add(visit);
    return this.#outlast(visit, this.#within(visit, work));
  }

  /**
   * Goes on when something is there, for the visit that has started it.
   * @template T
   * @param {Promise<T>} something never rejects
   * @param {(value: T) => void} then
   */
  follow(something, then) {
    const goOn = this.later();
    const underway = this.#current?.underway;
    const done = something.then((value) => {
      underway?.delete(done);
      then(value);
      goOn();
    });
    underway?.add(done);
  }

  /** The producer's loop, for the visit that is on now. One that may end any moment leaves it to those that wait. */
  later() {
    const visit = this.#current;
    return () => {
      const isThere = visit !== undefined && this.#waiting.has(visit);
      if (ENDS_WITH_REQUEST && !isThere && this.#waiting.size > 0) return;
      this.#within(isThere ? visit : undefined, this.#pump);
    };
  }

  /**
   * @template T
   * @param {Visit} visit
   * @param {Promise<T>} done
   * @returns {Promise<T>}
   */
  async #outlast(visit, done) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const look = () => {
      if (timer) this.#within(visit, this.#pump);
      timer = setTimeout(look, this.#beatMs());
    };
    look();
    try {
      // What settles elsewhere goes on here: a promise of `Promise.race` is always this request's own, where one that `new Promise`
      // or `async` makes in optimised code may go on in whichever request settles it.
      return await Promise.race([done]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(visit);
      if (ENDS_WITH_REQUEST && visit.underway.size > 0) await stay(visit);
    }
  }

  /** Many that wait share the looking. */
  #beatMs() {
    return Math.min(BEAT_MS * Math.ceil(this.#waiting.size / 4), BEAT_MS_MAX);
  }

  /**
   * @template T
   * @param {Visit | undefined} visit
   * @param {() => T} work
   */
  #within(visit, work) {
    const outer = this.#current;
    this.#current = visit;
    try {
      return work();
    } finally {
      this.#current = outer;
    }
  }
}

/** @param {Visit} visit */
async function stay({ underway }) {
  let timer;
  let isLate = false;
  const late = new Promise((resolve) => (timer = setTimeout(() => resolve((isLate = true)), STAY_MS_MAX)));
  while (underway.size > 0 && !isLate) await Promise.race([...underway, late]);
  clearTimeout(timer);
}

const BEAT_MS = 100;
const BEAT_MS_MAX = 1000;
/** Workers leave 30 seconds: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil */
const STAY_MS_MAX = 15_000;
/** In Workers. */
export const ENDS_WITH_REQUEST = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
