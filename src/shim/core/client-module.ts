import * as glue from '../generated/client-module.js';
import { fetchModule } from './fetch-module.js';
import { CoreModule, type ClientGlue } from './module.js';
import { readyAfter } from './ready.js';
import { importedModules } from './shared-module.js';

/**
 * The module that makes calls one by one: in browsers a file of its own.
 *
 * For hosts that load the whole module anyway (Node, Workers, a page without a bundler), the build puts
 * `whole-module.ts` in place of this file.
 */
export function clientModule(): CoreModule<ClientGlue> {
  return own;
}

const own = new CoreModule<ClientGlue>(glue, () =>
  fetchModule(
    glue.buildName,
    () => new URL('./kinesis-edge-client.wasm', import.meta.url),
    import.meta.env?.PROD ? undefined : () => import('./client-bytes.js'),
  ),
);
importedModules.client = own;
readyAfter(() => own.loaded);
queueMicrotask(() => own.load().catch(() => {}));
