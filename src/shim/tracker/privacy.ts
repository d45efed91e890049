/** Global Privacy Control (https://w3c.github.io/gpc/) or Do Not Track. */
export function isOptedOut() {
  const { globalPrivacyControl, doNotTrack } = /** @type {any} */ (navigator);
  return globalPrivacyControl === true || doNotTrack === '1' || /** @type {any} */ (window).doNotTrack === '1';
}

export function isBot() {
  return navigator.webdriver === true || BOTS.test(navigator.userAgent);
}

/**
 * Whether a visitor is among those tracked: the same answer for the same visitor, whatever page asks.
 * @param {string} anonymousId whose last digits are random
 * @param {number} sampleRate
 */
export function isSampled(anonymousId, sampleRate) {
  return Number.parseInt(anonymousId.slice(-8), 16) / 2 ** 32 < sampleRate;
}

const BOTS = /bot\b|bot[/_-]|crawl|spider|slurp|headless|lighthouse|pagespeed|externalhit|pingdom|uptime/i;
