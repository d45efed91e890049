// kinesis-edge/tracker: page views, clicks and custom events as lines of JSON, to Kinesis or to a collector. The
// WebAssembly module is not loaded here: an application that sends to Kinesis directly passes a producer.
export { KinesisError } from '../core/error.js';
export { replay } from '../tracker/replay.js';
export { createTracker } from '../tracker/create-tracker.js';
export type {
  AnyEvents,
  AutoTrackOptions,
  ClickstreamEvent,
  EventTypes,
  Moment,
  QueuedCall,
  RedactOptions,
  Tracker,
  TrackerOptions,
} from '../tracker/types.js';
