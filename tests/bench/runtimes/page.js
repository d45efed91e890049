// The cases in a page: the runner calls `run`, or `produce` for one round against the embedded Kinesis.
import { runCase } from '../cases/index.js';
import { amplify } from '../peers/amplify.js';
import { produce } from '../produce/contestants.js';

globalThis.run = (name, timing) => runCase(name, { amplify }, timing);
globalThis.produce = produce;
