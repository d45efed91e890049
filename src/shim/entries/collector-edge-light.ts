// kinesis-edge/collector for Vercel's edge runtime: imports the module as `edge-light.ts` does.
import module from './kinesis-edge.wasm?module';
import { useEnvironment } from '../core/environment.js';
import { ofThisRealm } from '../core/own-realm.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './collector.js';

wholeModule.loadNow(ofThisRealm(module));
useEnvironment(processEnvironment);
