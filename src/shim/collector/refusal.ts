/** A request that is not taken, and why. The words are the collector's own: nothing of the request is repeated in them. */
export class Refusal {
  /**
   * @param {number} status
   * @param {string} reason
   * @param {Record<string, string>} [headers]
   */
  constructor(status, reason, headers = {}) {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/** @param {string} what */
export function full(what) {
  return new Refusal(503, `${what}: send the same again later`, { 'retry-after': '5' });
}

/**
 * @param {number} status
 * @param {object} body
 * @param {Record<string, string>} [headers]
 */
export function answer(status, body, headers) {
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_HEADERS, ...headers } });
}

/**
 * One transparent pixel. Pages that isolate themselves show it too.
 * @param {Record<string, string>} headers
 */
export function pixel(headers) {
  return new Response(GIF, { headers: { ...headers, 'content-type': 'image/gif', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'cross-origin' } });
}

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const GIF = Uint8Array.from(atob('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'), (character) => character.charCodeAt(0));
