/**
 * Ends a request after its time limit, or when it is aborted, even if `fetch` ignores its signal: a page may have
 * replaced `fetch`.
 */
export class TimedRequest {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #aborted: Promise<never>;
  #reject!: (reason: Error) => void;

  constructor(ms: number) {
    this.#aborted = new Promise((_, reject) => (this.#reject = reject));
    // Where nothing waits for it.
    this.#aborted.catch(() => {});
    this.#timer = setTimeout(() => this.abort(`no response within ${ms} ms`), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles with the promise, or rejects as soon as the request is aborted. */
  unlessAborted<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#aborted]);
  }

  abort(reason = 'aborted'): void {
    this.#reject(new Error(reason));
    this.#controller.abort();
  }

  /** There is nothing more to wait for. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
