import * as glue from '../generated/producer-module.js';
import { CoreModule, type ProducerGlue } from './module.js';

/** The one module of hosts that have it at hand. Their entry says where it comes from. */
export const wholeModule = new CoreModule<ProducerGlue>(glue);

export function clientModule(): CoreModule<ProducerGlue> {
  return wholeModule;
}

export function producerModule(): CoreModule<ProducerGlue> {
  return wholeModule;
}
