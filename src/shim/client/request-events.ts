import type { KinesisError } from '../core/error.js';
import type { Observer } from '../core/observer.js';
import type { Outcome } from './attempt.js';

/** A request that is about to be sent. */
export interface SentRequest {
  init: RequestInit;
  /** User records in it. */
  records: number;
  /** Of its body. */
  bytes: number;
  attempt: number;
}

/** Why records are sent again, and when. */
export interface RetryFacts {
  records: number;
  reason: KinesisError;
  waitMs: number;
}

/** Emits `sent` for a request. Returns the function that emits `answered` for its outcome. */
export function emitSent(observer: Observer, { init, ...facts }: SentRequest): (outcome: Outcome) => void {
  const request = { requestId: observer.nextRequestId(), operation: operationOf(init), ...facts };
  observer.emit({ type: 'sent', ...request });
  return (outcome) => {
    const isLost = 'failure' in outcome;
    // A response that breaks off after its status is lost as well.
    const status = isLost ? undefined : outcome.head.status;
    const bytes = isLost ? 0 : outcome.body.length;
    observer.emit({ type: 'answered', ...request, bytes, ...(status !== undefined && { status }) });
  };
}

/** Emits `retry`, and `throttled` before it, for a request that is sent again. */
export function emitRetry(observer: Observer | undefined, isThrottle: boolean, facts: RetryFacts): void {
  if (isThrottle) observer?.emit({ type: 'throttled', ...facts });
  observer?.emit({ type: 'retry', ...facts });
}

/** The operation of a request, such as `PutRecords`. */
export function operationOf({ headers }: RequestInit): string {
  // The core makes it a plain object.
  const target = (headers as Record<string, string>)['x-amz-target'] ?? '';
  return target.slice(target.indexOf('.') + 1);
}
