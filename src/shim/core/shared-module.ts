import type { ClientGlue, CoreModule, ProducerGlue, SignerGlue } from './module.js';

/** The modules that a page has imported. */
export interface ImportedModules {
  producer?: CoreModule<ProducerGlue>;
  client?: CoreModule<ClientGlue>;
  signer?: CoreModule<SignerGlue>;
}

/**
 * The producer's module can do all that the client's can, and the client's all that the signer's can: a page that
 * imports several of them loads only the largest.
 */
export const importedModules: ImportedModules = {};
