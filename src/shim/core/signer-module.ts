import * as glue from '../generated/signer-module.js';
import { fetchModule } from './fetch-module.js';
import { CoreModule, type SignerGlue } from './module.js';
import { readyAfter } from './ready.js';
import { importedModules } from './shared-module.js';

/**
 * The module that signs and does no more: in browsers a smaller file of its own. A page that has a client needs no
 * second one.
 *
 * For hosts that load the whole module anyway (Node, Workers, a page without a bundler), the build puts
 * `whole-module.ts` in place of this file.
 */
export function signerModule(): CoreModule<SignerGlue> {
  chosen ??= importedModules.client ?? own;
  return chosen;
}

const own = new CoreModule<SignerGlue>(glue, () =>
  fetchModule(
    glue.buildName,
    () => new URL('./kinesis-edge-signer.wasm', import.meta.url),
    import.meta.env?.PROD ? undefined : () => import('./signer-bytes.js'),
  ),
);
let chosen: CoreModule<SignerGlue> | undefined;
// In the background, once all modules that are imported together have been evaluated.
readyAfter(() => signerModule().loaded);
queueMicrotask(() =>
  signerModule()
    .load()
    .catch(() => {}),
);
