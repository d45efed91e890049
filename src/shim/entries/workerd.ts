// Cloudflare Workers: the module is part of the upload, compiled already.
import module from './kinesis-edge.wasm';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadNow(module);
