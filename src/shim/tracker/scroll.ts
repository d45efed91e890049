import { documentMember } from './dom.js';
import type { LazyEvent } from './pending-event.js';

/**
 * Tracks how far a page was scrolled, in steps of 25 per cent.
 * @returns a function that resets the depth, for another page
 */
export function watchScroll(track: (event: LazyEvent) => void, signal: AbortSignal): () => void {
  let trackedDepth = 0;
  const scrolled = () => {
    const { scrollHeight, clientHeight } = documentMember('documentElement');
    const seen = ((scrollY + clientHeight) / scrollHeight) * 100;
    // Half a per cent more, because rounded pixels keep the last bit of a page out of reach.
    const depth = Math.floor((seen + 0.5) / STEP) * STEP;
    if (scrollHeight <= clientHeight || depth <= trackedDepth) return;
    trackedDepth = depth;
    track(() => ['scroll', { depth }]);
  };
  addEventListener('scroll', scrolled, { capture: true, passive: true, signal });
  return () => (trackedDepth = 0);
}

const STEP = 25;
