// Random numbers from a seed: the same seed, the same numbers.

export class Dice {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
    // Neighbouring seeds begin alike otherwise.
    for (let round = 0; round < 4; round += 1) this.unit();
  }

  /** From 0 up to 1, as `Math.random` has it (mulberry32). */
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  between(least, most) {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  /** True so many times in a hundred. */
  chance(percent) {
    return this.unit() * 100 < percent;
  }

  one(values) {
    return values[Math.floor(this.unit() * values.length)];
  }

  /** Another source of numbers: what it is used for changes nothing here. */
  fork() {
    return new Dice(Math.floor(this.unit() * 2 ** 32));
  }
}
