// kinesis-edge/browser, for a page without a bundler: fetches the whole module from beside this file, in the
// background, or imports the script that carries it.
import { fetchModule } from '../core/fetch-module.js';
import { wholeModule } from '../core/whole-module.js';
import { buildName } from '../generated/producer-module.js';

export * from './index.js';

const source = () =>
  fetchModule(
    buildName,
    () => new URL('./kinesis-edge.wasm', import.meta.url),
    () => import('../core/producer-bytes.js'),
  );
wholeModule.loadFrom(source).catch(() => {});
