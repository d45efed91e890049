import { withoutSecrets } from '../core/secrets.js';
import { unlessAborted } from '../core/abort.js';
import { kindOf } from '../core/data.js';
import { messageOf } from '../core/error.js';
import type { RequestFailure, ResponseHead } from '../generated/client-module.js';

/** A response, read to its end. */
export interface FullResponse {
  head: ResponseHead;
  body: Uint8Array<ArrayBuffer>;
}

/** The response to a request, or why there is none. */
export type Outcome = FullResponse | { failure: RequestFailure };

/** One request from its start to its response: its time limit, and the caller's way to abort it. */
export class Attempt {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly abort = () => this.#controller.abort();
  readonly #abortSignal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  #isTimeout = false;
  #head: ResponseHead | undefined;

  constructor(timeoutMs: number, abortSignal: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => {
      this.#isTimeout = true;
      this.abort();
    }, timeoutMs);
    this.#abortSignal = abortSignal;
    if (abortSignal?.aborted) this.abort();
    abortSignal?.addEventListener('abort', this.abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the response and reads it to its end. Never rejects. */
  async outcome(sent: Promise<Response>): Promise<Outcome> {
    try {
      // A `fetch` that the user brought may not look at its signal.
      return await unlessAborted(this.#read(sent), this.signal);
    } catch (error) {
      const { status, amznRequestId } = this.#head ?? {};
      return { failure: { message: this.#problem(error), isTimeout: this.#isTimeout, status, amznRequestId } };
    } finally {
      this.end();
    }
  }

  /** Stops the timer of the time limit, and stops listening to the caller's signal. */
  end(): void {
    clearTimeout(this.#timer);
    this.#abortSignal?.removeEventListener('abort', this.abort);
  }

  #problem(error: unknown): string {
    if (this.#isTimeout) return `no complete response within ${this.#timeoutMs} ms (requestTimeoutMs)`;
    const what =
      this.#head === undefined
        ? 'the request or its response was lost'
        : `the response (HTTP ${this.#head.status}) broke off`;
    // The message of a `fetch` may contain its arguments.
    return withoutSecrets(`${what}: ${messageOf(error)}`);
  }

  async #read(sent: Promise<Response>): Promise<FullResponse> {
    const response = await sent;
    // A browser hides the status, the headers and the body of a redirect.
    if (response?.type === 'opaqueredirect') throw new TypeError('a redirect, which is not followed');
    // A `fetch` that the user brought may resolve to anything.
    if (typeof response?.arrayBuffer !== 'function' || !(response.status >= 100)) {
      throw new TypeError(`fetch must resolve to a Response, not to ${kindOf(response)}`);
    }
    const head = (this.#head = headOf(response));
    return { head, body: new Uint8Array(await response.arrayBuffer()) };
  }
}

/** A `Response` of the user may return anything. The core gets a number and texts: what cannot be one throws here. */
function headOf({ status, headers }: Response): ResponseHead {
  const get = (name: string) => {
    const value: unknown = headers.get(name);
    return value === null || value === undefined ? undefined : String(value);
  };
  return {
    status: Number(status),
    amznRequestId: get('x-amzn-requestid'),
    errorType: get('x-amzn-errortype'),
    date: get('date'),
    retryAfterMs: get('x-amz-retry-after'),
  };
}
