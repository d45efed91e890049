import { type KinesisError, errorFrom } from '../core/error.js';
import { watchClicks } from './clicks.js';
import { documentMember } from './dom.js';
import { watchEngagement } from './engagement.js';
import { watchErrors } from './errors.js';
import { watchForms } from './forms.js';
import { currentAddress, watchAddress } from './navigation.js';
import type { LazyEvent } from './pending-event.js';
import { watchScroll } from './scroll.js';
import { awaitTitle } from './title.js';
import type { AutoTrackOptions } from './types.js';
import { watchWebVitals } from './web-vitals.js';

export interface AutoTracker {
  /** Tracks the active time until now, because the page is about to be hidden or closed. */
  trackActiveTime: () => void;
  /** The page is visible again. A page from the back/forward cache (`isRestored`) is a new view. */
  handleVisible: (isRestored: boolean) => void;
}

/** What an `AutoTracker` calls. */
export interface AutoTrackerCallbacks {
  /** A page view. With `awaitsTitle` the page may still set its title: `titled` follows. */
  page: (awaitsTitle: boolean) => void;
  /** The page has set its title, or has had the time for it. */
  titled: () => void;
  /** @param url where it has happened, in place of the page's address */
  track: (event: LazyEvent, url?: string) => void;
  /** The address of the page has changed. `referrer` is the address before. */
  navigate: (referrer: string) => void;
  onError: (error: KinesisError) => void;
}

/**
 * Tracks what `autoTrack` names. A change of the address begins a new page: everything else is counted per page.
 * @param signal ends the tracking: call `trackActiveTime` before
 */
export function startAutoTracker(
  { page, titled, track, navigate, onError }: AutoTrackerCallbacks,
  options: Required<AutoTrackOptions>,
  signal: AbortSignal,
): AutoTracker {
  let address = currentAddress();
  let url = documentMember('URL');
  let stopWaiting: (() => void) | undefined;
  signal.addEventListener('abort', () => stopWaiting?.());
  const trackActiveTime = () => {
    if (engagement) engagement.trackActiveTime();
  };
  const checkAddress = () => {
    const [referrer, lastUrl] = [address, url];
    address = currentAddress();
    url = documentMember('URL');
    if (address === referrer) return;
    if (engagement) engagement.trackActiveTime(lastUrl);
    for (const reset of resets) if (reset) reset();
    navigate(referrer);
    if (!options.pageViews) return;
    stopWaiting?.();
    page(true);
    stopWaiting = awaitTitle(titled);
  };
  // A page may have replaced what one of them needs: the others go on.
  const attempt = <T>(start: () => T): T | undefined => {
    try {
      return start();
    } catch (error) {
      onError(errorFrom(error, 'a part of autoTrack could not start'));
      return undefined;
    }
  };
  const { clicks, forms, webVitals, scroll, errors } = options;
  attempt(() => watchAddress(checkAddress, signal));
  attempt(() => clicks && watchClicks(track, signal));
  attempt(() => forms && watchForms(track, signal));
  if (webVitals) watchWebVitals(webVitals, track, signal).catch((error) => onError(errorFrom(error, NO_WEB_VITALS)));
  const engagement = attempt(() => options.engagement && watchEngagement(track, signal));
  const resets = [
    attempt(() => scroll && watchScroll(track, signal)),
    attempt(() => errors && watchErrors(track, signal)),
  ];
  if (options.pageViews) page(false);
  const handleVisible = (isRestored: boolean) => {
    if (engagement) engagement.skipHiddenTime(isRestored);
    if (!isRestored) return;
    for (const reset of resets) if (reset) reset();
    if (options.pageViews) page(false);
  };
  return { trackActiveTime, handleVisible };
}

const NO_WEB_VITALS =
  'autoTrack.webVitals found no web-vitals by the import map: with a bundler pass () => import("web-vitals")';
