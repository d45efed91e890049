import type { ClientGlue, CoreModule } from './module.js';

/** The client's module can do all that the signer's can: a page that imports both loads only the client's. */
export const importedModules: { client?: CoreModule<ClientGlue> } = {};
