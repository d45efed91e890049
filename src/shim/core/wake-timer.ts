import { TIMER_MS_MAX } from './limits.js';
import { now } from './time.js';

/**
 * One timer, and none where nothing is to come: it would keep a process alive. In Workers a timer dies with the request
 * that set it, so one whose time has passed is not waited for.
 */
export class WakeTimer {
  #at = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Fires in so many milliseconds; it stays as it is where it fires before that anyway.
   * @param makeHandler asked for what to do only where the timer is set
   */
  set(ms: number, makeHandler: () => () => void): void {
    const at = ms > TIMER_MS_MAX ? Infinity : now() + ms;
    const isSet = this.#at <= at && this.#at > now() - LATE_MS;
    if (isSet && at !== Infinity) return;
    clearTimeout(this.#timer);
    this.#at = at;
    if (at === Infinity) return;
    const handler = makeHandler();
    this.#timer = setTimeout(() => {
      if (this.#at === at) this.#at = Infinity;
      handler();
    }, ms);
  }
}

/** A timer that is this late has died with the request that set it. */
const LATE_MS = 50;
