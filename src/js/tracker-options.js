import { KinesisError } from './error.js';

/**
 * @typedef {{
 *   producer: any, collectorUrl: URL | undefined, appId: string | undefined, autoTrack: import('./tracker-auto.js').Chosen | undefined, sessionTimeoutMs: number,
 *   requireConsent: boolean, respectPrivacySignals: boolean, dropBots: boolean, sampleRate: number,
 *   beforeSend: import('./tracker.js').TrackerOptions['beforeSend'], persist: boolean, onError: ((error: KinesisError) => void) | undefined,
 * }} Options
 */

/**
 * The options with their defaults.
 * @param {any} given
 * @returns {Options}
 */
export function readTrackerOptions(given) {
  const { producer, collectorUrl, appId, autoTrack, sessionTimeoutMinutes = 30, sampleRate = 1, beforeSend, onError } = given ?? {};
  need(!producer !== !collectorUrl, 'options must have a producer or a collectorUrl, and not both');
  need(!producer || typeof producer.put === 'function', 'producer must be a Producer');
  need(isOptional(appId, 'string'), 'appId must be a string');
  need(sessionTimeoutMinutes > 0, 'sessionTimeoutMinutes must be a number greater than 0');
  need(sampleRate >= 0 && sampleRate <= 1, 'sampleRate must be a number from 0 to 1');
  need(isOptional(beforeSend, 'function'), 'beforeSend must be a function');
  need(isOptional(onError, 'function'), 'onError must be a function');
  return {
    producer,
    collectorUrl: collectorUrl && url(collectorUrl),
    appId,
    autoTrack: autoTrack === false ? undefined : chosen(autoTrack ?? {}),
    sessionTimeoutMs: sessionTimeoutMinutes * 60_000,
    requireConsent: flag(given, 'requireConsent', false),
    respectPrivacySignals: flag(given, 'respectPrivacySignals', true),
    dropBots: flag(given, 'dropBots', true),
    sampleRate,
    beforeSend,
    persist: flag(given, 'persist', true),
    onError,
  };
}

/** @param {any} given */
function chosen(given) {
  need(typeof given === 'object', 'autoTrack must be false or an object');
  const all = /** @type {any} */ ({ ...AUTO });
  for (const [name, value] of Object.entries(given)) {
    need(name in AUTO, `autoTrack.${name} is not known: there are ${Object.keys(AUTO).join(', ')}`);
    need(isOptional(value, 'boolean') || (name === 'webVitals' && typeof value === 'function'), `autoTrack.${name} must be true or false`);
    all[name] = value ?? all[name];
  }
  return all;
}

/** @param {unknown} value */
function url(value) {
  try {
    const parsed = new URL(/** @type {string} */ (value), location.href);
    need(/^https?:$/.test(parsed.protocol), '');
    return parsed;
  } catch {
    throw KinesisError.invalid('collectorUrl must be an http(s) URL, absolute or of this page');
  }
}

/**
 * @param {any} given
 * @param {string} name
 * @param {boolean} fallback
 */
function flag(given, name, fallback) {
  need(isOptional(given[name], 'boolean'), `${name} must be true or false`);
  return given[name] ?? fallback;
}

/**
 * @param {unknown} value
 * @param {string} type
 */
function isOptional(value, type) {
  return value === undefined || value === null || typeof value === type;
}

/**
 * @param {unknown} isGood
 * @param {string} message
 */
function need(isGood, message) {
  if (!isGood) throw KinesisError.invalid(message);
}

const AUTO = { pageViews: true, clicks: true, forms: false, scroll: true, engagement: true, errors: false, webVitals: false };
