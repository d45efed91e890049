// kinesis-edge/collector for Node, Deno and Bun: reads the module from beside this file while it is imported.
import { readFileSync } from 'node:fs';
import { wholeModule } from '../core/whole-module.js';

export * from './collector.js';

wholeModule.loadNow(readFileSync(new URL('./kinesis-edge.wasm', import.meta.url)));
