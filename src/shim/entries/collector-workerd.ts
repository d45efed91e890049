// kinesis-edge/collector for Cloudflare Workers: imports the module, which is uploaded with the Worker and is compiled
// already.
import module from './kinesis-edge.wasm';
import { useEnvironment } from '../core/environment.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './collector.js';

wholeModule.loadNow(module);
useEnvironment(processEnvironment);
