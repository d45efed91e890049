import { describe } from '../core/describe.js';
import { KinesisError, errorFrom } from '../core/error.js';
import type { QueuedCall, Tracker } from './types.js';

/**
 * Calls the tracker as a page has queued it before the tracker was there, each call with its time and page; the queue
 * is empty then. A call that is pushed into it later is made at once. An entry that is not a call is an error in the
 * console, and the calls after it are made.
 * @param queue of the inline snippet in the documentation, which makes a `QueuedCall` of what is pushed into it. Calls
 * that a plain array has got, such as `['track', 'video started']`, have the time and the page of `replay`. Where the
 * snippet has not run, as a Content-Security-Policy may block it, there is no queue, and nothing to do.
 * @example
 * const tracker = createTracker({ collectorUrl: 'https://events.example.com/collect' });
 * replay(tracker, clicks);
 */
export function replay(tracker: Tracker, queue: (QueuedCall | Call)[] | undefined): void {
  if (!Array.isArray(queue)) return;
  queue.splice(0).forEach((queued) => callTracker(tracker, queued));
  const push = (...calls: Call[]) => calls.forEach((call) => callTracker(tracker, call));
  Object.assign(queue, { push });
}

function callTracker(tracker: Tracker, queued: Partial<QueuedCall> | Call): void {
  try {
    const { call, ...moment } = Array.isArray(queued) ? { call: queued } : queued;
    const [method, first, second] = call as Call;
    const isKnown = typeof tracker[method] === 'function';
    if (!isKnown) throw KinesisError.invalid(`the tracker has no method ${describe(method)}`);
    (tracker[method] as Method)(first, second, 'at' in moment ? moment : undefined);
  } catch (error) {
    console.error('kinesis-edge: a queued call was not made', errorFrom(error, 'it is not [method, ...arguments]'));
  }
}

type Call = QueuedCall['call'];

/** Methods take two arguments, and the moment where they track an event. */
type Method = (first: unknown, second: unknown, moment: unknown) => unknown;
