/**
 * A page that crashes runs no listeners at its end. Once `window.crashed` is set, these listeners stop such events before any
 * other of this page gets them: they are added first, and for the capturing phase.
 */
for (const type of ['pagehide', 'visibilitychange', 'freeze', 'beforeunload', 'unload']) {
  addEventListener(type, (event) => globalThis.crashed && event.stopImmediatePropagation(), { capture: true });
}
