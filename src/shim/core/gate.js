/** Shut until somebody opens it, and shut again for whoever comes then. All who wait share one promise. */
export class Gate {
  /** @type {Promise<void> | undefined} */
  #opened;
  #open = () => {};

  /** @returns {Promise<void>} */
  wait() {
    this.#opened ??= new Promise((resolve) => (this.#open = resolve));
    return this.#opened;
  }

  open() {
    this.#open();
    this.#opened = undefined;
  }
}
