/**
 * Calls `fetch` at once; one that throws has failed like one that rejects.
 * @param {typeof globalThis.fetch | undefined} ownFetch
 * @param {AbortSignal} signal
 * @param {string} head a line each: URL, content type, target, date, authorization and, if any, the security token
 * @param {Uint8Array<ArrayBuffer>} body a view of wasm memory: `fetch` copies it before it returns, and one that the user brought may not
 * @param {boolean} keepalive
 */
export async function post(ownFetch, signal, head, body, keepalive) {
  const [url, type, target, date, authorization, token] = head.split('\n');
  const headers = { 'content-type': type, 'x-amz-target': target, 'x-amz-date': date, ...(token && { 'x-amz-security-token': token }), authorization };
  /** @type {RequestInit} */
  const init = { method: 'POST', headers: /** @type {Record<string, string>} */ (headers), body: ownFetch ? body.slice() : body, signal };
  // Not every host knows the option.
  if (keepalive) init.keepalive = true;
  return (ownFetch ?? fetch).call(globalThis, /** @type {string} */ (url), init);
}

/**
 * The SHA-256 of a body in hexadecimal, where the host is quicker at it: at once in Node, Deno and Bun, later elsewhere. Nothing of an empty
 * one: the core shows no small ones.
 * @param {Uint8Array<ArrayBuffer>} body a view of wasm memory
 * @param {boolean} mayWait
 * @returns {string | Promise<string> | undefined}
 */
export function digest(body, mayWait) {
  if (body.length === 0) return undefined;
  // Asked for when there is something to hash: Node takes longer to load it than for all of this package.
  createHash ??= globalThis.process?.getBuiltinModule?.('node:crypto')?.createHash ?? false;
  if (createHash) return createHash('sha256').update(body).digest('hex');
  // Pages without https have no `crypto.subtle`.
  if (!mayWait || body.length < SUBTLE_BYTES_MIN || !globalThis.crypto?.subtle) return undefined;
  return crypto.subtle.digest('SHA-256', body).then(toHex);
}

/** @param {ArrayBuffer} digest */
function toHex(digest) {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @type {typeof import('node:crypto').createHash | false | undefined} */
let createHash;
/** Below it the wait costs more than the module needs. */
const SUBTLE_BYTES_MIN = 32 * 1024;
