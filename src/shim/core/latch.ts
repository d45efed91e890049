/** Closed until somebody opens it, and closed again for whoever waits then. All who wait share one promise. */
export class Latch {
  #opened: Promise<void> | undefined;
  #open = () => {};

  wait(): Promise<void> {
    this.#opened ??= new Promise((resolve) => (this.#open = resolve));
    return this.#opened;
  }

  open(): void {
    this.#open();
    this.#opened = undefined;
  }
}
