// kinesis-edge/tracker: page views, clicks and events of one's own, as lines of JSON, to Kinesis or to a collector. Nothing here
// loads the WebAssembly module: whoever goes straight to Kinesis brings a producer.
export { KinesisError } from '../core/error.js';
export { createTracker } from '../tracker/tracker.js';
