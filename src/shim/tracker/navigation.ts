/**
 * Calls `check` after each change of the page's address without a load. It is also called where only the history's
 * state has changed.
 */
export function watchAddress(check: () => void, signal: AbortSignal): void {
  addEventListener('popstate', check, { signal });
  // Missing in older browsers.
  const { navigation } = globalThis as { navigation?: Navigation };
  if (navigation) {
    navigation.addEventListener('currententrychange', check, { signal });
    return;
  }
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (...args) {
      original.apply(this, args);
      if (!signal.aborted) check();
    };
  }
}

/** The page's address, without a fragment that only scrolls. */
export function currentAddress(): string {
  const { href, hash } = location;
  return /^#[!/]/.test(hash) ? href : href.replace(/#.*/, '');
}
