import { now } from '../core/time.js';
import type { LazyEvent } from './pending-event.js';

export interface Engagement {
  /** Tracks the active time since the last call. Less than 1 s is added to that of the next call. */
  trackActiveTime: () => void;
  /** The page is visible again: the time since it was hidden does not count. */
  skipHiddenTime: () => void;
}

/**
 * Measures the time that a visitor is active on a page. A pause between two inputs counts as active for 30 s at most.
 */
export function watchEngagement(track: (event: LazyEvent) => void, signal: AbortSignal): Engagement {
  let activeMs = 0;
  let activeAt = now();
  const skipHiddenTime = () => {
    activeAt = now();
  };
  const count = () => {
    activeMs += Math.min(now() - activeAt, IDLE_MS);
    skipHiddenTime();
  };
  const trackActiveTime = () => {
    count();
    const engagedMs = Math.round(activeMs);
    if (engagedMs < ENGAGED_MS_MIN) return;
    activeMs = 0;
    track(() => ['engagement', { engagedMs }]);
  };
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'scroll', 'focus']) {
    addEventListener(type, count, { capture: true, passive: true, signal });
  }
  return { trackActiveTime, skipHiddenTime };
}

/** Milliseconds without input after which a visitor counts as idle. */
const IDLE_MS = 30_000;
const ENGAGED_MS_MIN = 1000;
