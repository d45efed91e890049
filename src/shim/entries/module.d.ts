// What `import module from 'kinesis-edge/kinesis-edge.wasm'` gives in Workers: a compiled module. Bundlers of pages may
// give its address instead.
import type {} from './host.js';

declare const module: WebAssembly.Module;
export default module;
