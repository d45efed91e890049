import type { ClientGlue, CoreModule, Glue, SignerGlue } from './module.js';

/** The modules that a page has imported. */
export interface ImportedModules {
  producer?: CoreModule<Glue>;
  client?: CoreModule<ClientGlue>;
  signer?: CoreModule<SignerGlue>;
}

/** The client's module can do all that the signer's can: a page that imports both loads only the client's. */
export const importedModules: ImportedModules = {};
