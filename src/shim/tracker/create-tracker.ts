import { InertTracker, hasPage } from './inert-tracker.js';
import { readTrackerOptions } from './options.js';
import { PageTracker } from './tracker.js';
import type { AnyEvents, EventTypes, Tracker, TrackerOptions } from './types.js';

/**
 * Makes a tracker of this page. Throws a `KinesisError` with the code `ERR_INVALID_ARGUMENT` for an invalid option.
 * Where there is no page, as on a server, the tracker does nothing.
 * @example
 * const tracker = createTracker({ collectorUrl: 'https://events.example.com/collect', onError: console.error });
 */
export function createTracker<Events extends EventTypes<Events> = AnyEvents>(options: TrackerOptions): Tracker<Events> {
  const tracker: Tracker = hasPage() ? new PageTracker(readTrackerOptions(options)) : new InertTracker(options);
  return tracker as Tracker<Events>; // it takes any event
}
