import type { CoreModule, ProducerGlue } from './module.js';

// The producer's module can do all that the client's can. A page that imports both needs only the first.

let offered: CoreModule<ProducerGlue> | undefined;

export function offerProducerModule(module: CoreModule<ProducerGlue>): void {
  offered = module;
}

export function offeredProducerModule(): CoreModule<ProducerGlue> | undefined {
  return offered;
}
