import { isPrerendering } from './context.js';
import { listen, documentMember } from './dom.js';

export interface LifecycleCallbacks {
  /** The page is hidden or left. */
  leave: () => void;
  /** The page is visible again. `isRestored` says that it comes from the back/forward cache. */
  resume: (isRestored: boolean) => void;
}

/** Calls `events` until `signal` aborts. */
export function watchLifecycle({ leave, resume }: LifecycleCallbacks, signal: AbortSignal): void {
  // Listeners of the capturing phase run before the outbox's listener, which releases its locks for the back/forward
  // cache.
  const capture = { capture: true, signal };
  addEventListener('pagehide', leave, capture);
  addEventListener('pageshow', ({ persisted }) => resume(persisted), capture);
  listen(document, 'visibilitychange', () => (documentMember('hidden') ? leave() : resume(false)), capture);
}

/** Calls `start` when the page is not prerendered any more: such a page may never be visible. */
export function whenActivated(start: () => void, signal: AbortSignal): void {
  if (isPrerendering()) listen(document, 'prerenderingchange', start, { signal });
  else start();
}
