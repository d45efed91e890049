// kinesis-edge/collector for Cloudflare Workers: imports the module, which is uploaded with the Worker and is compiled
// already.
import module from './kinesis-edge.wasm';
import { wholeModule } from '../core/whole-module.js';

export * from './collector.js';

wholeModule.loadNow(module);
