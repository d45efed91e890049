// kinesis-edge for Node, Deno and Bun: carries the module within the script, so that it needs no file, no permission
// and no step of a bundler, and is ready as soon as it is imported.
import { moduleBytes } from '../core/text-bytes.js';
import { useEnvironment } from '../core/environment.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './index.js';

wholeModule.loadNow(moduleBytes());
useEnvironment(processEnvironment);
