// The cases in a page: the runner calls `run`, or `produce` for one round against the embedded Kinesis.
import { runCase } from '../cases/index.js';
import { amplify } from '../peers/amplify.js';
import { produce } from '../produce/contestants.js';

// The runner brings the clock where it has one.
globalThis.run = (name, timing) => runCase(name, { amplify, processorTime: globalThis.processorTime }, timing);
globalThis.produce = produce;
