// kinesis-edge/browser, for a page without a bundler: fetches the whole module from beside this file, in the
// background.
import { fetchModule } from '../core/fetch-module.js';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadFrom(() => fetchModule(new URL('./kinesis-edge.wasm', import.meta.url))).catch(() => {});
