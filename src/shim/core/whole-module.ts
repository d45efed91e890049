import * as glue from '../generated/producer-module.js';
import { CoreModule, type ProducerGlue } from './module.js';
import { importedModules } from './shared-module.js';

/** The one module of Node, Workers and pages without a bundler. Their entry says where its bytes come from. */
export const wholeModule = new CoreModule<ProducerGlue>(glue);
importedModules.producer = wholeModule;

export function signerModule(): CoreModule<ProducerGlue> {
  return wholeModule;
}

export function clientModule(): CoreModule<ProducerGlue> {
  return wholeModule;
}

export function producerModule(): CoreModule<ProducerGlue> {
  return wholeModule;
}
