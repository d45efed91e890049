/**
 * One timer, and none where nothing is to come: it would keep a process alive. In Workers a timer dies with the request that set
 * it, so one whose time has passed is not waited for.
 */
export class Alarm {
  #at = Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * Rings in so many milliseconds; not where it will ring before that anyway.
   * @param {number} ms
   * @param {() => () => void} ringer asked for what to do only where it is set
   */
  set(ms, ringer) {
    const at = ms > TIMER_MS_MAX ? Infinity : now() + ms;
    const isSet = this.#at <= at && this.#at > now() - LATE_MS;
    if (isSet && at !== Infinity) return;
    clearTimeout(this.#timer);
    this.#at = at;
    if (at === Infinity) return;
    const ring = ringer();
    this.#timer = setTimeout(() => {
      if (this.#at === at) this.#at = Infinity;
      ring();
    }, ms);
  }
}

/** Time that never goes back; its zero does not matter, but for being near the host's clock. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** Longer timers fire at once: they are kept in 31 bits. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** A timer that is this late has died with the request that set it. */
const LATE_MS = 50;
