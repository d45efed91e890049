import { setTimeout } from 'node:timers/promises';

/** So many lines a second, evenly. */
export class RateLimit {
  readonly #perSecond: number;
  /** When the next line may go, in milliseconds of `performance.now()`. */
  #next = 0;

  /** @param perSecond `Infinity` is no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Resolves when this number of lines may be sent. */
  async take(lines: number, signal: AbortSignal): Promise<void> {
    if (this.#perSecond === Infinity) return;
    const now = performance.now();
    const at = Math.max(this.#next, now);
    this.#next = at + (lines * 1000) / this.#perSecond;
    if (at > now) await setTimeout(at - now, undefined, { signal });
  }

  /** Lines that go at once: a tenth of a second's. */
  get blockLinesMax(): number {
    return Math.min(BLOCK_LINES_MAX, Math.max(1, Math.floor(this.#perSecond / 10)));
  }
}

const BLOCK_LINES_MAX = 256;
