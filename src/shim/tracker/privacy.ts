/** Whether the browser sends Global Privacy Control (https://w3c.github.io/gpc/) or Do Not Track. */
export function isOptedOut(): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as PrivacySignals;
  return globalPrivacyControl === true || doNotTrack === '1' || (window as PrivacySignals).doNotTrack === '1';
}

export function isBot(): boolean {
  return navigator.webdriver === true || BOTS.test(navigator.userAgent);
}

/**
 * Whether a visitor is tracked. The result is the same for a visitor on every page.
 * @param anonymousId its last 8 digits are random
 * @param sampleRate share of visitors, from 0 to 1
 */
export function isSampled(anonymousId: string, sampleRate: number): boolean {
  return Number.parseInt(anonymousId.slice(-8), 16) / 2 ** 32 < sampleRate;
}

/** Not in TypeScript's DOM types. */
interface PrivacySignals {
  globalPrivacyControl?: boolean;
  doNotTrack?: string | null;
}

const BOTS = /bot\b|bot[/_-]|crawl|spider|slurp|headless|lighthouse|pagespeed|externalhit|pingdom|uptime/i;
