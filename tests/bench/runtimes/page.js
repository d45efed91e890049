// The cases in a page: the runner calls `run`.
import { runCase } from '../cases/index.js';

globalThis.run = (name, timing) => runCase(name, {}, timing);
