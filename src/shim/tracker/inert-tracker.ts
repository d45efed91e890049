import { type Logger, log } from '../core/logger.js';
import type { Tracker, TrackerOptions } from './types.js';

/** Whether there is a page: not while a server renders, and not in a worker. */
export function hasPage(): boolean {
  return typeof document === 'object' && typeof location === 'object' && typeof addEventListener === 'function';
}

/** A tracker where there is no page. It tracks nothing, and with `debug` the first one says so. */
export class InertTracker implements Tracker {
  constructor(options: TrackerOptions | undefined) {
    if (hasSaid || !options?.debug) return;
    hasSaid = true;
    log(options.logger ?? (console as Logger), 'info', 'createTracker tracks nothing here: there is no page');
  }

  page(): void {}

  track(): void {}

  identify(): void {}

  setGlobalProperties(): void {}

  consent(): void {}

  reset(): void {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

let hasSaid = false;
