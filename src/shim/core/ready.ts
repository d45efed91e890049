import { importedModules } from './shared-module.js';

/**
 * Resolves when the WebAssembly modules of all that the page imports are loaded. A page in a browser awaits it before
 * it calls a synchronous function.
 * @example
 * await ready;
 * const key = hashKey('visitor-1');
 */
export const ready: Promise<void> = Promise.resolve().then(async () => {
  const { producer, client, signer } = importedModules;
  await Promise.all([producer?.firstAttempt, (client ?? signer)?.firstAttempt]);
});
ready.catch(() => {});
