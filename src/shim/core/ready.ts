import { clientModule } from './client-module.js';

/** Resolves when the WebAssembly module is loaded: before the synchronous functions a page in a browser awaits it. */
export const ready: Promise<void> = Promise.resolve().then(() => clientModule().firstAttempt);
ready.catch(() => {});
