/** Which stream, where, and with whose keys: the settings' form, and nothing that outlives it. */
import { KinesisClient } from './kinesis-edge/browser.js';

/**
 * @typedef {object} Settings
 * @property {string} region
 * @property {string} streamName
 * @property {string} endpoint
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} sessionToken
 * @property {'TRIM_HORIZON' | 'LATEST'} start
 */

/** Fills the form with what the server offers; all of it may be missing. @param {HTMLFormElement} form */
export async function prefill(form) {
  const { credentials, ...settings } = await configuration();
  for (const [name, value] of Object.entries({ ...settings, ...credentials })) {
    const field = form.elements.namedItem(name);
    if (field && value) field.value = value;
  }
}

/** @param {HTMLFormElement} form @returns {Settings} */
export function settingsIn(form) {
  return Object.fromEntries(Array.from(new FormData(form), ([name, value]) => [name, String(value).trim()]));
}

/** @param {Settings} settings */
export function clientFor({ region, endpoint, accessKeyId, secretAccessKey, sessionToken }) {
  return new KinesisClient({
    region,
    endpoint: endpoint || undefined,
    credentials: { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined },
  });
}

/** @param {Settings} settings */
export function summary({ region, streamName, endpoint }) {
  return [streamName, region, endpoint.replace(/^https?:\/\//, '')].filter(Boolean).join(' · ');
}

/**
 * An endpoint that the page's Content-Security-Policy does not name looks to `fetch` like a network that is down. Only this
 * event shows the difference.
 * @param {(origin: string) => void} onBlocked
 */
export function watchBlocked(onBlocked) {
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    if (effectiveDirective === 'connect-src') onBlocked(URL.parse(blockedURI)?.origin ?? blockedURI);
  });
}

/** A page served without the Worker has no configuration: it starts empty. */
export async function configuration() {
  const response = await fetch('config.json').catch(() => undefined);
  return response?.ok ? response.json().catch(() => ({})) : {};
}
