import { describe } from '../core/describe.js';
import { KinesisError, errorFrom } from '../core/error.js';
import type { QueuedCall, Tracker } from './types.js';

/**
 * Calls the tracker as a page has queued it before the tracker was there, each call with its time and page; the queue
 * is empty then. What is pushed into it later calls the tracker at once. What is no call is shown in the console, and
 * the others go on.
 * @param queue of the inline snippet in the documentation, which makes a `QueuedCall` of what is pushed into it
 */
export function replay(tracker: Tracker, queue: QueuedCall[]): void {
  queue.splice(0).forEach((queued) => callTracker(tracker, queued));
  const push = (...calls: QueuedCall['call'][]) => calls.forEach((call) => callTracker(tracker, { call }));
  Object.assign(queue, { push });
}

function callTracker(tracker: Tracker, queued: Partial<QueuedCall>): void {
  try {
    const { call, ...moment } = queued;
    const [method, first, second] = call as QueuedCall['call'];
    const isKnown = typeof tracker[method] === 'function';
    if (!isKnown) throw KinesisError.invalid(`the tracker has no method ${describe(method)}`);
    (tracker[method] as Call)(first, second, 'at' in moment ? moment : undefined);
  } catch (error) {
    console.error('kinesis-edge: a queued call was not made', errorFrom(error, 'it is not [method, ...arguments]'));
  }
}

/** Methods take two arguments, and the moment where they track an event. */
type Call = (first: unknown, second: unknown, moment: unknown) => unknown;
