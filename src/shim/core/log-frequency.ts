// How often failures that repeat are logged.

/** Whether the failure of this count is logged: the 1st, 2nd, 4th, 8th and so on. */
export function isLogged(count: number): boolean {
  return Math.log2(count) % 1 === 0;
}

/**
 * Which failures in a row are logged as a warning: the third, or an earlier one whose request has taken 5 s; then each
 * time that their count has doubled.
 */
export class WarningThreshold {
  #next = FIRST;

  /** Whether a warning was logged since the last success. */
  get wasReached(): boolean {
    return this.#next > FIRST;
  }

  /**
   * Whether a failure is to be logged.
   * @param inARow its count since the last success
   * @param ms that its request has taken
   */
  reaches(inARow: number, ms: number): boolean {
    const isSlow = !this.wasReached && ms >= SLOW_MS;
    if (inARow < this.#next && !isSlow) return false;
    this.#next = Math.max(inARow, FIRST) * 2;
    return true;
  }

  reset(): void {
    this.#next = FIRST;
  }
}

const FIRST = 3;
/** Three requests that each wait in vain for a response take half a minute: a single one is logged after this time. */
const SLOW_MS = 5000;
