import { KinesisError } from '../core/error.js';

/**
 * @typedef {{
 *   producer: any, collectorUrl: URL | undefined, appId: string | undefined, autoTrack: import('./auto.js').Chosen | undefined, sessionTimeoutMinutes: number,
 *   requireConsent: boolean, respectPrivacySignals: boolean, dropBots: boolean, sampleRate: number,
 *   beforeSend: import('../types/tracker.js').TrackerOptions['beforeSend'], persist: boolean, onError: ((error: KinesisError) => void) | undefined,
 * }} Options
 */

/**
 * The options with their defaults.
 * @param {any} given
 * @returns {Options}
 */
export function readTrackerOptions(given) {
  const options = withDefaults(DEFAULTS, given ?? {});
  const { producer, collectorUrl, autoTrack, sessionTimeoutMinutes, sampleRate } = options;
  need(!producer !== !collectorUrl, 'options must have a producer or a collectorUrl, and not both');
  need(!producer || producer.put, 'producer must be a Producer');
  for (const [name, like] of Object.entries(LIKE)) need(options[name] === undefined || typeof options[name] === typeof like, `${name} must be a ${typeof like}`);
  need(sessionTimeoutMinutes > 0, 'sessionTimeoutMinutes must be a number greater than 0');
  need(sampleRate >= 0 && sampleRate <= 1, 'sampleRate must be a number from 0 to 1');
  return { ...options, collectorUrl: collectorUrl && url(collectorUrl), autoTrack: autoTrack && chosen(autoTrack) };
}

/** @param {any} given */
function chosen(given) {
  for (const [name, value] of Object.entries(given)) {
    need(name in AUTO, `autoTrack.${name} is not known`);
    need(typeof (value ?? true) === 'boolean' || (name === 'webVitals' && typeof value === 'function'), `autoTrack.${name} must be a boolean`);
  }
  return withDefaults(AUTO, given);
}

/** @param {unknown} value */
function url(value) {
  try {
    const parsed = new URL(/** @type {string} */ (value), location.href);
    need(/^https?:$/.test(parsed.protocol), '');
    return parsed;
  } catch {
    throw KinesisError.invalid('collectorUrl must be an http(s) URL');
  }
}

/**
 * @param {any} defaults
 * @param {any} given
 */
function withDefaults(defaults, given) {
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => (value ?? undefined) !== undefined)) };
}

/**
 * @param {unknown} isGood
 * @param {string} message
 */
function need(isGood, message) {
  if (!isGood) throw KinesisError.invalid(message);
}

const SWITCHES = { requireConsent: false, respectPrivacySignals: true, dropBots: true, persist: true };
const DEFAULTS = { ...SWITCHES, autoTrack: {}, sessionTimeoutMinutes: 30, sampleRate: 1 };
/** Of the same types as what may be given. */
const LIKE = { ...SWITCHES, appId: '', beforeSend: need, onError: need };
const AUTO = { pageViews: true, clicks: true, forms: false, scroll: true, engagement: true, errors: false, webVitals: false };
