/** Time in milliseconds that never goes back; its zero does not matter, but for being near the host's clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
