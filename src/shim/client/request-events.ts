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

/** Tells an observer of a request. Returns what tells it of the response, or that there is none. */
export function tellSent(observer: Observer, { init, ...facts }: SentRequest): (outcome: Outcome) => void {
  // The core makes it a plain object.
  const target = (init.headers as Record<string, string>)['x-amz-target'] ?? '';
  const request = { requestId: observer.nextRequestId(), operation: target.slice(target.indexOf('.') + 1), ...facts };
  observer.emit({ type: 'sent', ...request });
  return (outcome) => {
    const isLost = 'failure' in outcome;
    const status = isLost ? outcome.failure.status : outcome.head.status;
    const bytes = isLost ? 0 : outcome.body.length;
    observer.emit({ type: 'answered', ...request, bytes, ...(status !== undefined && { status }) });
  };
}
