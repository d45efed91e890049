// The whole package for a page without a bundler, in one file: kinesis-edge and kinesis-edge/tracker, with the module
// in it.
import { moduleBytes } from '../core/whole-bytes.js';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';
export { createTracker, replay } from './tracker.js';
export type { AutoTrackOptions, ClickstreamEvent, Tracker, TrackerOptions } from '../tracker/types.js';

wholeModule.loadFrom(moduleBytes).catch(() => {});
