// Node, Deno and Bun: the module is read from beside this file, at once.
import { readFileSync } from 'node:fs';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadNow(readFileSync(new URL('./kinesis-edge.wasm', import.meta.url)));
