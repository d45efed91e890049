/** Time in milliseconds that never goes back; its zero does not matter, but for being near the host's clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Notices that the device has slept: on many hosts `now` stands still meanwhile. That its clock was set forward looks the
 * same.
 */
export class SleepWatch {
  #aheadMs = 0;

  /**
   * By how many milliseconds the device's clock has gone ahead of `now` since the last call, or since the page was
   * opened; 0 below a second.
   */
  takeJump(): number {
    const before = this.#aheadMs;
    this.#aheadMs = aheadMs();
    const jumpMs = this.#aheadMs - before;
    return Math.abs(jumpMs) > JUMP_MS ? jumpMs : 0;
  }
}

/** The device's clock minus `now`: each page of a session has a start of its own. */
export function aheadMs(): number {
  return Date.now() - now();
}

const JUMP_MS = 1000;
