// Cloudflare Workers: the module is part of the upload, compiled already.
import module from './kinesis-edge.wasm';
import { loadNow } from '../core/load.js';

export * from './collector.js';

loadNow(module);
