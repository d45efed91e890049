// Node, Deno and Bun: the module is read from beside this file, at once.
import { readFileSync } from 'node:fs';
import { loadNow } from '../core/load.js';

export * from './collector.js';

loadNow(readFileSync(new URL('./kinesis-edge.wasm', import.meta.url)));
