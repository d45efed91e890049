import { TIMER_MS_MAX } from './limits.js';
import { now, timerMs } from './time.js';

/**
 * One timer, or none while there is nothing to wait for: a timer keeps a Node process running. In Workers a timer ends
 * with the invocation that has set it, without firing, so a timer whose time has passed is set again.
 */
export class WakeTimer {
  #at = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  stop(): void {
    this.set(Infinity, () => () => {});
  }

  /**
   * Sets the timer to fire in `ms` milliseconds, unless it is set already and fires earlier. `Infinity` stops it.
   * @param makeHandler returns what the timer calls; it is called only where a timer is set
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
    }, timerMs(ms));
  }
}

/** In milliseconds. A timer that is later than this has ended with the invocation that has set it. */
const LATE_MS = 50;
