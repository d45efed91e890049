const waits: (() => Promise<void>)[] = [];

/**
 * Resolves when the WebAssembly modules of all that the page has imported are loaded, and rejects where one of them
 * cannot be: once it is there after all, this is another promise. A page in a browser awaits it before it calls a
 * synchronous function. A script that is imported later may bring another module: then too this is another promise.
 * @example
 * await ready;
 * const key = hashKey('visitor-1');
 */
export let ready: Promise<void> = whenAllLoaded();
// If nobody awaits it, the first call that needs a module rejects with the same error.
ready.catch(() => {});

/** Lets `ready` wait for a module as well. @param loaded returns a promise that settles as the load does */
export function readyAfter(loaded: () => Promise<void>): void {
  waits.push(loaded);
  renewReady();
}

/** Makes `ready` another promise: a module was added, or has come after it had failed. */
export function renewReady(): void {
  ready = whenAllLoaded();
  ready.catch(() => {});
}

async function whenAllLoaded(): Promise<void> {
  // A bundler may evaluate a script that reads `ready` before those that bring the modules.
  await undefined;
  for (let count = 0; count < waits.length;) {
    count = waits.length;
    await Promise.all(waits.map((loaded) => loaded()));
  }
}
