import * as glue from '../generated/whole-module.js';
import { CoreModule, type WholeGlue } from './module.js';
import { importedModules } from './shared-module.js';

/** The one module of Node, Workers and pages without a bundler. Their entry says where its bytes come from. */
export const wholeModule = new CoreModule<WholeGlue>(glue);
importedModules.producer = wholeModule;

export function signerModule(): CoreModule<WholeGlue> {
  return wholeModule;
}

export function clientModule(): CoreModule<WholeGlue> {
  return wholeModule;
}

export function producerModule(): CoreModule<WholeGlue> {
  return wholeModule;
}
