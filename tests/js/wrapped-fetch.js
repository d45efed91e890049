/**
 * Replaces `globalThis.fetch` with a function that waits for a few microtasks and a timer before it calls the real one with the same
 * arguments. Monitoring libraries, service workers' test doubles and proxies wrap it like this. The function refers to nothing outside
 * itself, because Playwright sends its source to a page.
 */
export function wrapFetch() {
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    for (let turn = 0; turn < 3; turn += 1) await undefined;
    await new Promise((resolve) => setTimeout(resolve, 1));
    return realFetch(...args);
  };
}
