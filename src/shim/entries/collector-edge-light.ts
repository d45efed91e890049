// kinesis-edge/collector for Vercel's edge runtime: imports the module as `edge-light.ts` does.
import module from './kinesis-edge.wasm?module';
import { useEnvironment } from '../core/environment.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './collector.js';

wholeModule.loadNow(module);
useEnvironment(processEnvironment);
