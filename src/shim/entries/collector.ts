// kinesis-edge/collector without a module: the entry of each platform loads one.
export { createCollector } from '../collector/create-collector.js';
export type * from '../collector/types.js';
