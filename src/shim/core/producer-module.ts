import * as glue from '../generated/producer-module.js';
import { fetchModule } from './fetch-module.js';
import { CoreModule, type ProducerGlue } from './module.js';
import { readyAfter } from './ready.js';

/**
 * The module that has the producer, and nothing that only a client needs: in browsers a file of its own.
 *
 * For hosts that load the whole module anyway (Node, Workers, a page without a bundler), the build puts
 * `whole-module.ts` in place of this file.
 */
export function producerModule(): CoreModule<ProducerGlue> {
  return own;
}

const own = new CoreModule<ProducerGlue>(glue, () =>
  fetchModule(
    glue.buildName,
    () => new URL('./kinesis-edge-producer.wasm', import.meta.url),
    import.meta.env?.PROD ? undefined : () => import('./producer-bytes.js'),
  ),
);
readyAfter(() => own.loaded);
queueMicrotask(() => own.load().catch(() => {}));
