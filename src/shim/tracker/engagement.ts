import { now } from '../core/time.js';
import type { LazyEvent } from './pending-event.js';

export interface Engagement {
  /** The page is hidden or left: tracks the active time since the last call. Less than 1 s waits for the next call. */
  suspend: () => void;
  /** The page is visible again: the time since it was hidden does not count. */
  resume: () => void;
}

/** Measures the time that a visitor is active on a page: pauses between two inputs count up to 30 s each. */
export function watchEngagement(track: (event: LazyEvent) => void, signal: AbortSignal): Engagement {
  let activeMs = 0;
  let activeAt = now();
  const resume = () => {
    activeAt = now();
  };
  const count = () => {
    activeMs += Math.min(now() - activeAt, IDLE_MS);
    resume();
  };
  const suspend = () => {
    count();
    const engagedMs = Math.round(activeMs);
    if (engagedMs < ENGAGED_MS_MIN) return;
    activeMs = 0;
    track(() => ['engagement', { engagedMs }]);
  };
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'scroll', 'focus']) {
    addEventListener(type, count, { capture: true, passive: true, signal });
  }
  return { suspend, resume };
}

/** A visitor without input for longer is idle. */
const IDLE_MS = 30_000;
const ENGAGED_MS_MIN = 1000;
