/**
 * Calls `check` after each change of the page's address without a load. It is also called where only the history's
 * state has changed.
 */
export function watchAddress(check: () => void, signal: AbortSignal): void {
  addEventListener('popstate', check, { signal });
  // Missing in older browsers.
  const { navigation } = globalThis as { navigation?: Navigation };
  if (navigation) navigation.addEventListener('currententrychange', check, { signal });
  else for (const name of ['pushState', 'replaceState'] as const) patch(name, { check }, signal);
}

/** Calls `watcher.check` after each call of a method of the history. */
function patch(name: 'pushState' | 'replaceState', watcher: { check?: () => void }, signal: AbortSignal): void {
  const original = history[name];
  const patched: typeof original = function (this: History, ...args) {
    original.apply(this, args);
    watcher.check?.();
  };
  // A page may have made its history read-only.
  if (!Reflect.set(history, name, patched)) return;
  signal.addEventListener('abort', () => {
    // A library that has patched the same method later goes on calling `patched`. Without `check`, `patched` does not
    // keep the tracker in memory.
    delete watcher.check;
    if (history[name] === patched) Reflect.set(history, name, original);
  });
}

/** The page's address, without a fragment that only scrolls. */
export function currentAddress(): string {
  const { href, hash } = location;
  return /^#[!/]/.test(hash) ? href : href.replace(/#.*/, '');
}
