/**
 * Resolves when the WebAssembly modules of all that the page has imported are loaded. A page in a browser awaits it
 * before it calls a synchronous function. A script that is imported later may bring another module: then this is
 * another promise.
 * @example
 * await ready;
 * const key = hashKey('visitor-1');
 */
export let ready: Promise<void> = Promise.resolve();

/** Lets `ready` wait for a module as well. */
export function readyAfter(loaded: Promise<void>): void {
  ready = Promise.all([ready, loaded]).then(() => {});
  // If nobody awaits it, the first call that needs the module rejects with the same error.
  ready.catch(() => {});
}
