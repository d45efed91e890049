import { documentMember } from './dom.js';
import type { Redactor } from './redactor.js';
import { type Campaign, readCampaign } from './campaign.js';

export interface PageContext {
  url: string;
  title: string;
  referrer: string;
}

/**
 * The page as it is now. It is read when an event happens, not when the event is sent, because a page may change its
 * address and title right after a click.
 */
export function currentPage(referrer: string, url: string = documentMember('URL')): PageContext {
  // `location.href` takes four times as long.
  return { url, title: documentMember('title'), referrer };
}

export function isPrerendering(): boolean | undefined {
  // Not in TypeScript's DOM types.
  return documentMember('prerendering' as keyof Document) as boolean | undefined;
}

/** The members of an event's context that describe the browser. */
export function browserContext() {
  // Making a formatter takes longer than everything else here.
  timezone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  // A page may have variables of these names, or have replaced them.
  const { screen, innerWidth, innerHeight, devicePixelRatio: density } = globalThis;
  return {
    locale: navigator.language,
    timezone,
    screen: { width: screen?.width, height: screen?.height, innerWidth, innerHeight, density },
    userAgent: navigator.userAgent,
    userAgentData: clientHints(),
    library: { name: 'kinesis-edge', version: '0.1.0' },
  };
}

/**
 * Reads the context once, ahead of the first event: the first call takes 20 ms of a fast processor, and Chromium ends
 * the scripts of a tab 500 ms after it was closed.
 */
export function warmUpContext(): void {
  setTimeout(browserContext);
}

let timezone: string | undefined;

/** The campaign that has led the visitor here, from the parameters of the page's address. */
export function currentCampaign(redactor: Redactor): Campaign | undefined {
  const campaign = readCampaign(new URLSearchParams(location.search));
  return campaign && redactor.cleanAll(campaign);
}

/** The client hints that a browser sends to every site: https://wicg.github.io/ua-client-hints/ */
function clientHints(): ClientHints | undefined {
  const { brands, mobile, platform } = (navigator as { userAgentData?: ClientHints }).userAgentData ?? {};
  return brands && { brands, mobile, platform };
}

/** Not in TypeScript's DOM types. */
interface ClientHints {
  brands: { brand: string; version: string }[];
  mobile: boolean | undefined;
  platform: string | undefined;
}
