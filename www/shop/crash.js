/**
 * A page that crashes says no farewell. Once `window.crashed` is set, nobody in this page hears that it is going: this runs
 * before anything else here listens, and in the capture phase, so it is the first to be reported and the last.
 */
for (const type of ['pagehide', 'visibilitychange', 'freeze', 'beforeunload', 'unload']) {
  addEventListener(type, (event) => globalThis.crashed && event.stopImmediatePropagation(), { capture: true });
}
