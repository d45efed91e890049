import { KinesisError, messageOf } from '../core/error.js';

/**
 * What came of one request.
 * @typedef {{ status: number, headers: Headers, body: Uint8Array }} Answer
 * @typedef {{ problem: string, timedOut: boolean, status: number | undefined }} Failure
 */

/** One request on its way: its time limit, and the caller's way to call it off. */
export class Attempt {
  #controller = new AbortController();
  #timer;
  #timedOut = false;
  /** @type {number | undefined} */
  #status;
  #callOff = () => this.#controller.abort();
  #abortSignal;
  #timeoutMs;

  /**
   * @param {number} timeoutMs
   * @param {AbortSignal | undefined} abortSignal
   */
  constructor(timeoutMs, abortSignal) {
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => {
      this.#timedOut = true;
      this.#callOff();
    }, timeoutMs);
    this.#abortSignal = abortSignal;
    abortSignal?.addEventListener('abort', this.#callOff);
  }

  get signal() {
    return this.#controller.signal;
  }

  /**
   * Waits for the answer and reads it to its end. Never rejects.
   * @param {Promise<Response>} sent
   * @returns {Promise<Answer | Failure>}
   */
  async outcome(sent) {
    try {
      // A `fetch` that the user brought may not look at its signal.
      return await unlessAborted(this.#read(sent), this.signal);
    } catch (error) {
      return { problem: this.#problem(error), timedOut: this.#timedOut, status: this.#status };
    } finally {
      this.end();
    }
  }

  /** There is nothing to wait for any more. */
  end() {
    clearTimeout(this.#timer);
    this.#abortSignal?.removeEventListener('abort', this.#callOff);
  }

  /** @param {unknown} error */
  #problem(error) {
    if (this.#timedOut) return `no complete answer within ${this.#timeoutMs} ms (requestTimeoutMs)`;
    const what = this.#status === undefined ? 'the request or its answer was lost' : `the answer (HTTP ${this.#status}) broke off`;
    return `${what}: ${messageOf(error)}`;
  }

  /** @param {Promise<Response>} sent */
  async #read(sent) {
    const response = await sent;
    this.#status = response.status;
    const body = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body };
  }
}

/** @param {AbortSignal | undefined} signal */
export function throwIfAborted(signal) {
  if (signal?.aborted) throw aborted(signal);
}

/**
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 */
export async function pause(ms, signal) {
  let timer;
  try {
    await unlessAborted(new Promise((resolve) => (timer = setTimeout(resolve, ms))), signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Settles with the promise, or rejects as soon as the signal is aborted.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export async function unlessAborted(promise, signal) {
  if (!signal) return promise;
  /** @type {(() => void) | undefined} */
  let listener;
  const abort = new Promise((_, reject) => {
    listener = () => reject(aborted(signal));
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (abort)]);
  } finally {
    signal.removeEventListener('abort', /** @type {() => void} */ (listener));
  }
}

/** @param {AbortSignal} signal */
function aborted(signal) {
  // The name is what the AWS SDKs and fetch use.
  return new KinesisError('ERR_ABORTED', 'the call was aborted by its abortSignal', { name: 'AbortError', cause: signal.reason });
}
