// A page without a bundler: the whole module is fetched in the background from beside this file.
import { fetchModule } from '../core/fetch-module.js';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadFrom(() => fetchModule(new URL('./kinesis-edge.wasm', import.meta.url))).catch(() => {});
