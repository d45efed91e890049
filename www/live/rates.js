/** What happened in each of the last sixty seconds. */

export const SECONDS = 60;

/** @typedef {{ second: number, put: number, stored: number, retried: number, latencies: number[] }} Bucket */

export class Rates {
  /** @type {Bucket[]} a ring: the place of a second is what it leaves when divided by the length */
  #buckets = Array.from({ length: SECONDS + 2 }, () => bucket(-1));

  /** @param {'put' | 'stored' | 'retried'} what @param {number} [count] */
  add(what, count = 1) {
    this.#at(second())[what] += count;
  }

  /** @param {number} ms */
  latency(ms) {
    this.#at(second()).latencies.push(ms);
  }

  /** The seconds that are over, oldest first. @returns {Bucket[]} */
  get past() {
    const now = second();
    return Array.from({ length: SECONDS }, (_, index) => {
      const wanted = now - SECONDS + index;
      const found = this.#buckets[wanted % this.#buckets.length];
      return found?.second === wanted ? found : bucket(wanted);
    });
  }

  #at(wanted) {
    const place = wanted % this.#buckets.length;
    if (this.#buckets[place].second !== wanted) this.#buckets[place] = bucket(wanted);
    return this.#buckets[place];
  }
}

/** @returns {Bucket} */
function bucket(second) {
  return { second, put: 0, stored: 0, retried: 0, latencies: [] };
}

function second() {
  return Math.floor(performance.now() / 1000);
}
