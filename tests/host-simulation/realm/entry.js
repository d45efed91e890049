// What is in each realm: the entries of the package, what `xtask/build.mjs` adds to make the module trap, and the programs that use them.
export * from 'shim/entries/index.ts';
export { createTracker } from 'shim/entries/tracker.ts';
export { createCollector } from 'shim/entries/collector.ts';
export { fetchModule } from 'shim/core/fetch-module.ts';
export { wholeModule } from 'shim/core/whole-module.ts';
export { buildName, trapAfter } from '../generated/whole-module.js';
export { describeError } from './errors.js';
export { ProducerProgram } from './producer-program.js';
export { TrackerProgram } from './tracker-program.js';
export { CollectorProgram, promiseOf } from './collector-program.js';
