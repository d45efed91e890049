import * as glue from '../generated/whole-module.js';
import { type ClientGlue, CoreModule, type ProducerGlue, type SignerGlue, type WholeGlue } from './module.js';
import { readyAfter } from './ready.js';

/** The one module of Node, Workers and pages without a bundler. Their entry says where its bytes come from. */
export const wholeModule = new CoreModule<WholeGlue>(glue);
readyAfter(() => wholeModule.loaded);

export function signerModule(): CoreModule<SignerGlue> {
  return wholeModule;
}

export function clientModule(): CoreModule<ClientGlue> {
  return wholeModule;
}

export function producerModule(): CoreModule<ProducerGlue> {
  return wholeModule;
}
