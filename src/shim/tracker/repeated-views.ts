// React's StrictMode sets up a component, tears it down and sets it up again in one task. The second of the two page
// views is a repetition, even if another tracker has made it.
import { toJson } from '../core/json.js';
import type { Options } from './options.js';
import type { PendingEvent } from './pending-event.js';
import { targetOf } from './transport.js';
import type { Moment } from './types.js';

/** Whether an event is a page view that was made in this task already. */
export function isRepeatedView(
  { type, page, event, properties }: PendingEvent,
  options: Options,
  userId: string | undefined,
  moment: Moment | undefined,
): boolean {
  if (type !== 'page') return false;
  const view = toJson([targetOf(options), options.appId, userId, moment, page?.url, event, properties]) as string;
  const isRepeated = views.has(view);
  if (views.size === 0) setTimeout(clearViews);
  views.add(view);
  return isRepeated;
}

/**
 * Clears the page views of this task, so that the next equal one is sent. Called when the earlier views are dropped or
 * belong to another visitor, and at the end of the task.
 */
export function clearViews(): void {
  views.clear();
}

/** Page views of this task, as JSON. */
const views = new Set<string>();
