import { Refusal } from './answer.js';

/**
 * Who gets in. A browser names its page's origin, which no script can change; whoever is not a browser has a key. An origin
 * that is not allowed stays out even with the key.
 */
export class Access {
  #origins;
  #writeKey;

  /** @param {{ origins: Set<string> | undefined, writeKey: Uint8Array | undefined }} options no origins: all of them */
  constructor({ origins, writeKey }) {
    this.#origins = origins;
    this.#writeKey = writeKey;
  }

  /**
   * What lets a page read the answer. Without an allowed origin there is nothing to read it.
   * @param {Request} request
   * @returns {Record<string, string>}
   */
  headers(request) {
    const origin = request.headers.get('origin');
    if (origin === null || !this.#allows(origin)) return { vary: 'Origin' };
    if (!this.#origins) return { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after', vary: 'Origin' };
    // `sendBeacon` always asks with credentials. There are none to give away: no cookie is read here.
    return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', 'access-control-expose-headers': 'retry-after', vary: 'Origin' };
  }

  /**
   * @param {Request} request
   * @param {URLSearchParams | undefined} query
   */
  admit(request, query) {
    const origin = request.headers.get('origin');
    if (origin !== null && !this.#allows(origin)) throw new Refusal(403, 'the origin is not allowed');
    const key = request.headers.get('x-write-key') ?? query?.get('k') ?? null;
    if (key !== null && this.#writeKey) {
      if (!isSame(key, this.#writeKey)) throw new Refusal(403, 'the write key is wrong');
      return;
    }
    if (origin === null && (this.#origins || this.#writeKey)) throw new Refusal(403, 'an allowed origin or a write key is needed');
  }

  /**
   * An image is asked for without an origin, from a mail without a referrer either.
   * @param {Request} request
   */
  admitPixel(request) {
    const from = request.headers.get('origin') ?? originOf(request.headers.get('referer'));
    if (from !== undefined && !this.#allows(from)) throw new Refusal(403, 'the origin is not allowed');
  }

  /**
   * @param {Request} request
   * @param {Record<string, string>} headers
   */
  preflight(request, headers) {
    const origin = request.headers.get('origin');
    if (origin === null || !this.#allows(origin)) throw new Refusal(403, 'the origin is not allowed');
    return new Response(null, { status: 204, headers: { ...headers, ...PREFLIGHT } });
  }

  /** @param {string} origin */
  #allows(origin) {
    return !this.#origins || this.#origins.has(origin);
  }
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'content-type, content-encoding, x-write-key',
  // Chromium keeps it for two hours at most, Firefox for a day.
  'access-control-max-age': '86400',
};

/**
 * How long this takes tells nothing of what is wrong in the key, but for its length.
 * @param {string} given
 * @param {Uint8Array} wanted
 */
function isSame(given, wanted) {
  const bytes = new TextEncoder().encode(given);
  if (bytes.length !== wanted.length) return false;
  const { timingSafeEqual } = /** @type {any} */ (crypto.subtle);
  if (timingSafeEqual) return timingSafeEqual.call(crypto.subtle, bytes, wanted);
  let difference = 0;
  for (let at = 0; at < bytes.length; at += 1) difference |= /** @type {number} */ (bytes[at]) ^ /** @type {number} */ (wanted[at]);
  return difference === 0;
}

/** @param {string | null} referrer */
function originOf(referrer) {
  return referrer !== null && URL.canParse(referrer) ? new URL(referrer).origin : undefined;
}
