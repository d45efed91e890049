// Browsers: the module is fetched in the background from beside this file.
import { load } from '../core/load.js';

export * from './index.js';

load(() => fetch(new URL('./kinesis-edge.wasm', import.meta.url))).catch(() => {});
