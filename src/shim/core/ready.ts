import { importedModules } from './shared-module.js';

/**
 * Resolves when the WebAssembly module is loaded: before the synchronous functions a page in a browser awaits it.
 * @example
 * await ready;
 * const key = hashKey('visitor-1');
 */
export const ready: Promise<void> = Promise.resolve().then(() => {
  const { producer, client, signer } = importedModules;
  return (producer ?? client ?? signer)?.firstAttempt;
});
ready.catch(() => {});
