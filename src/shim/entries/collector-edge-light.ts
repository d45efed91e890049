// kinesis-edge/collector for Vercel's edge runtime: imports the module as `edge-light.ts` does.
import module from './kinesis-edge.wasm?module';
import { wholeModule } from '../core/whole-module.js';

export * from './collector.js';

wholeModule.loadNow(module);
