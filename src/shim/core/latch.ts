/** Callers wait until it is opened; those that wait afterwards wait for the next opening. All share one promise. */
export class Latch {
  #opened: Promise<void> | undefined;
  #open = () => {};

  /** Whether a caller waits. */
  get isAwaited(): boolean {
    return this.#opened !== undefined;
  }

  wait(): Promise<void> {
    this.#opened ??= new Promise((resolve) => (this.#open = resolve));
    return this.#opened;
  }

  open(): void {
    this.#open();
    this.#opened = undefined;
  }
}
