/** What a {@link Histogram} has counted. */
export interface HistogramStats {
  count: number;
  mean: number;
  /** Half of the values are not above this, and so on. Up to 15 it is exact, above that within a sixteenth. */
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/**
 * Counts whole numbers, in 240 buckets whatever they are: one for each number up to 15, then eight for each doubling up
 * to 2³². A bucket's middle stands for its numbers, so a percentile is wrong by a sixteenth at most. Count, mean and
 * maximum are exact.
 */
export class Histogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #max = 0;

  /** @param value from 0 to 2³² − 1; a fraction counts as the whole number below it */
  add(value: number, count = 1): void {
    const shift = shiftOf(value);
    (this.#buckets[shift * 8 + (value >>> shift)] as number) += count;
    this.#count += count;
    this.#sum += value * count;
    if (value > this.#max) this.#max = value;
  }

  get stats(): HistogramStats {
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count;
    const [p50, p95, p99] = [this.#percentile(0.5), this.#percentile(0.95), this.#percentile(0.99)];
    return { count: this.#count, mean, p50, p95, p99, max: this.#max };
  }

  #percentile(share: number): number {
    let left = Math.ceil(share * this.#count);
    for (let bucket = 0; bucket < BUCKETS && left > 0; bucket += 1) {
      left -= this.#buckets[bucket] as number;
      if (left <= 0) return Math.min(middleOf(bucket), this.#max);
    }
    return 0;
  }
}

/** How many bits of a number its bucket does not tell apart. */
function shiftOf(value: number): number {
  return Math.max(0, 28 - Math.clz32(value));
}

function middleOf(bucket: number): number {
  const shift = Math.max(0, (bucket >>> 3) - 1);
  return (bucket - shift * 8 + 0.5) * 2 ** shift - 0.5;
}

const BUCKETS = 240;
