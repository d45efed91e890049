import { KinesisError } from '../core/error.js';

/** How a call went, as the AWS SDK has it. */
export interface ResponseMetadata {
  /** The HTTP status of the last response. */
  httpStatusCode?: number;
  /** AWS's id of the last request that was answered. */
  requestId?: string;
  /** How many times the request was sent. */
  attempts: number;
  /** Milliseconds that the call has waited between its attempts. */
  totalRetryDelay: number;
}

/** Counts the attempts and the waits of one call. */
export class CallMetadata {
  /** How many records the request puts. */
  readonly records: number;
  /** Of the last request. */
  operation = '';
  readonly #metadata: ResponseMetadata = { attempts: 0, totalRetryDelay: 0 };

  constructor(records: number) {
    this.records = records;
  }

  get attempts(): number {
    return this.#metadata.attempts;
  }

  /** @returns how many attempts there are with this one */
  countAttempt(): number {
    return (this.#metadata.attempts += 1);
  }

  /** @returns the delay */
  countDelay(ms: number): number {
    this.#metadata.totalRetryDelay += ms;
    return ms;
  }

  noteResponse({ status, amznRequestId }: { status: number | undefined; amznRequestId?: string | undefined }): void {
    if (status !== undefined) this.#metadata.httpStatusCode = status;
    if (amznRequestId !== undefined) this.#metadata.requestId = amznRequestId;
  }

  /** Gives a result, or the error of a call, its `$metadata`. It is not enumerable: results compare by their data. */
  addTo(outcome: unknown): void {
    if (typeof outcome !== 'object' || outcome === null) return;
    if (outcome instanceof Error && !(outcome instanceof KinesisError)) return;
    Object.defineProperty(outcome, '$metadata', { value: this.#metadata, configurable: true, writable: true });
  }
}
