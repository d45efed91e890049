/** Time in milliseconds that never goes back; its zero does not matter, but for being near the host's clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Longer timers fire at once: they are kept in 31 bits. */
export const TIMER_MS_MAX = 2 ** 31 - 1;
