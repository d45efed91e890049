// kinesis-edge for Vercel's edge runtime, as in Next.js: its bundler compiles what is imported as a module, and no code
// may compile bytes there.
import module from './kinesis-edge.wasm?module';
import { useEnvironment } from '../core/environment.js';
import { ofThisRealm } from '../core/own-realm.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './index.js';

wholeModule.loadNow(ofThisRealm(module));
useEnvironment(processEnvironment);
