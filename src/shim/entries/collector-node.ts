// kinesis-edge/collector for Node, Deno and Bun: carries the module within the script, and shares it with kinesis-edge.
import { moduleBytes } from '../core/text-bytes.js';
import { useEnvironment } from '../core/environment.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './collector.js';

wholeModule.loadNow(moduleBytes());
useEnvironment(processEnvironment);
