// kinesis-edge/collector for Node, Deno and Bun: carries the module within the script, and shares it with kinesis-edge.
import { moduleBytes } from '../core/producer-bytes.js';
import { wholeModule } from '../core/whole-module.js';

export * from './collector.js';

wholeModule.loadNow(moduleBytes());
