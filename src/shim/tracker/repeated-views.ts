// React's StrictMode sets up a component, tears it down and sets it up again in one task. Both page views are the same
// one, also where the second comes from another tracker.
import { toJson } from '../core/json.js';

/** Whether a page view with these values was made in this task already. */
export function isRepeatedView(...values: unknown[]): boolean {
  const view = toJson(values) as string;
  const isRepeated = views.has(view);
  if (views.size === 0) setTimeout(forgetViews);
  views.add(view);
  return isRepeated;
}

/** The next page views count, also where they are equal to earlier ones: those are not sent, or are another visitor's. */
export function forgetViews(): void {
  views.clear();
}

/** Page views of this task, as JSON. */
const views = new Set<string>();
