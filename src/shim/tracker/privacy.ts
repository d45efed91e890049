interface PrivacyOptions {
  respectPrivacySignals: boolean;
  dropBots: boolean;
}

/**
 * Whether Global Privacy Control (https://w3c.github.io/gpc/) or Do Not Track is respected, and the browser sends it.
 */
export function isOptedOut({ respectPrivacySignals }: Pick<PrivacyOptions, 'respectPrivacySignals'>): boolean {
  if (!respectPrivacySignals) return false;
  const { globalPrivacyControl, doNotTrack } = navigator as PrivacySignals;
  return globalPrivacyControl === true || doNotTrack === '1' || (window as PrivacySignals).doNotTrack === '1';
}

/** Why nothing is tracked in this browser, or an empty text if events are tracked. */
export function disabledReason(options: PrivacyOptions): string {
  if (isOptedOut(options)) return 'the browser sends Global Privacy Control or Do Not Track';
  const isBot = navigator.webdriver === true || BOTS.test(navigator.userAgent);
  return options.dropBots && isBot ? 'the browser is a bot, or automated (dropBots)' : '';
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
