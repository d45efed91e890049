import * as glue from '../generated/client-module.js';
import { fetchModule } from './fetch-module.js';
import { CoreModule, type ClientGlue } from './module.js';
import { importedModules } from './shared-module.js';

/**
 * The module for a client: in browsers a smaller file of its own. A page that has a producer needs no second
 * one.
 *
 * For hosts that load the whole module anyway (Node, Workers, a page without a bundler), the build puts
 * `whole-module.ts` in place of this file.
 */
export function clientModule(): CoreModule<ClientGlue> {
  chosen ??= importedModules.producer ?? own;
  return chosen;
}

const own = new CoreModule<ClientGlue>(glue, () =>
  fetchModule(
    glue.buildName,
    () => new URL('./kinesis-edge-client.wasm', import.meta.url),
    import.meta.env?.PROD ? undefined : () => import('./client-bytes.js'),
  ),
);
let chosen: CoreModule<ClientGlue> | undefined;
importedModules.client = own;
// In the background, once all modules that are imported together have been evaluated.
queueMicrotask(() =>
  clientModule()
    .load()
    .catch(() => {}),
);
