import { now } from '../core/time.js';
import { documentMember } from './dom.js';
import type { LazyEvent } from './pending-event.js';

export interface Engagement {
  /**
   * Tracks the active time since the last call. Less than 1 s is added to that of the next call.
   * @param url of the page whose time it is, if its address has changed since
   */
  trackActiveTime: (url?: string) => void;
  /** The page is visible again: the time since it was hidden does not count. */
  skipHiddenTime: (isRestored: boolean) => void;
}

/**
 * Measures the time that a visitor is active on a page. A pause between two inputs counts as active for 30 s at most.
 */
export function watchEngagement(track: (event: LazyEvent, url?: string) => void, signal: AbortSignal): Engagement {
  let activeMs = 0;
  let activeAt = now();
  let isVisible = !documentMember('hidden');
  const skipHiddenTime = (isRestored: boolean) => {
    if (isRestored || !isVisible) activeAt = now();
    isVisible = true;
  };
  const count = () => {
    if (isVisible) activeMs += Math.min(now() - activeAt, IDLE_MS);
    activeAt = now();
  };
  const trackActiveTime = (url?: string) => {
    count();
    isVisible = !documentMember('hidden');
    const engagedMs = Math.round(activeMs);
    if (engagedMs < ENGAGED_MS_MIN) return;
    activeMs = 0;
    track(() => ['engagement', { engagedMs }], url);
  };
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'scroll', 'focus']) {
    addEventListener(type, count, { capture: true, passive: true, signal });
  }
  return { trackActiveTime, skipHiddenTime };
}

/** Milliseconds without input after which a visitor counts as idle. */
const IDLE_MS = 30_000;
const ENGAGED_MS_MIN = 1000;
