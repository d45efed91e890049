// kinesis-edge/browser, for pages without a bundler; the build makes dist/browser.js of it. It fetches the whole module
// from beside that file in the background, or imports the script that carries it.
import { fetchModule } from '../core/fetch-module.js';
import { wholeModule } from '../core/whole-module.js';
import { buildName } from '../generated/whole-module.js';

export * from './index.js';

const source = () =>
  fetchModule(
    buildName,
    () => new URL('./kinesis-edge.wasm', import.meta.url),
    () => import('../core/whole-bytes.js'),
  );
wholeModule.loadFrom(source).catch(() => {});
