/** Time in milliseconds that never goes back, near that of the host's clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Rounds a wait up to whole milliseconds, for `setTimeout`. Hosts ignore a fraction (`timeout` is a `long` in
 * https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#dom-settimeout): the timer would fire too early,
 * and its handler would set timers of 0 ms, one after another, until the time has come.
 */
export function timerMs(ms: number): number {
  return Math.ceil(ms);
}

/**
 * Detects that the device has slept: on many hosts `now` does not advance during sleep. A device clock that was set
 * forward looks the same. Also a new detector measures from the time at which the page was opened.
 */
export class SleepDetector {
  #aheadMs = 0;

  /**
   * The milliseconds that the device has slept since the last call, or since the page was opened: its clock has run on,
   * and `now` has not. Less than a second counts as 0. The result is negative if the clock was set back.
   * @param time what `now` returns now
   */
  takeSleptMs(time = now()): number {
    const before = this.#aheadMs;
    this.#aheadMs = deviceClockAheadMs(time);
    const sleptMs = this.#aheadMs - before;
    return Math.abs(sleptMs) > SLEPT_MS_MIN ? sleptMs : 0;
  }
}

/** The device's clock minus `now`: each page of a session has a start of its own. */
export function deviceClockAheadMs(time = now()): number {
  return Date.now() - time;
}

const SLEPT_MS_MIN = 1000;
