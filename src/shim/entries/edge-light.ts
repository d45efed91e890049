// kinesis-edge for Vercel's edge runtime, as in Next.js: its bundler compiles what is imported as a module, and no code may compile
// bytes there.
import module from './kinesis-edge.wasm?module';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadNow(module);
