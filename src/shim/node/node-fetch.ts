import http from 'node:http';
import https from 'node:https';

/**
 * @param {import('../types/node-http.js').NodeFetchOptions} [options]
 * @returns {typeof fetch}
 */
export function createNodeFetch({ agent } = {}) {
  const agents = { http: agent ?? new http.Agent(AGENT), https: agent ?? new https.Agent(AGENT) };
  /** @type {(input: unknown, init?: RequestInit) => Promise<any>} */
  const fetchOverHttp = async (input, init = {}) => {
    init.signal?.throwIfAborted();
    const body = readBody(init.body);
    const request = open(readUrl(input), init, agents);
    // In one piece, so that its length is told. It is not copied: at 5 MiB that takes a millisecond.
    request.end(body);
    return answerTo(request, init.signal);
  };
  return fetchOverHttp;
}

/** As much of a `Response` as the package asks for: a real one costs a fifth of all that a request costs. */
class Answer {
  #bytes;

  /**
   * @param {http.IncomingMessage} message
   * @param {Promise<Uint8Array<ArrayBuffer>>} bytes
   */
  constructor(message, bytes) {
    this.#bytes = bytes;
    this.status = /** @type {number} */ (message.statusCode);
    this.statusText = message.statusMessage ?? '';
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = headersOf(message.rawHeaders);
  }

  async arrayBuffer() {
    return (await this.#bytes).buffer;
  }

  async text() {
    return new TextDecoder().decode(await this.#bytes);
  }

  async json() {
    return JSON.parse(await this.text());
  }
}

// ── the request ──

/**
 * @param {URL} url
 * @param {RequestInit} init
 * @param {{ http: http.Agent, https: http.Agent }} agents
 */
function open(url, { method = 'GET', headers = {} }, { http: plain, https: secure }) {
  const given = Symbol.iterator in headers ? Object.fromEntries(headers) : headers;
  if (url.protocol === 'https:') return https.request(url, { method, headers: given, agent: secure });
  return http.request(url, { method, headers: given, agent: plain });
}

/** @param {unknown} input */
function readUrl(input) {
  if (typeof input !== 'string' && !(input instanceof URL)) throw new TypeError('nodeFetch takes a string or a URL');
  const url = new URL(input);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`nodeFetch takes http: and https:, not ${url.protocol}`);
  if (url.username || url.password) throw new TypeError('nodeFetch takes no URL with a user name or a password');
  return url;
}

/**
 * @param {unknown} body
 * @returns {string | Uint8Array | undefined}
 */
function readBody(body) {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError('nodeFetch takes a string or a Uint8Array as body, not a stream or anything else');
}

// ── the answer ──

/**
 * A connection may end just as a request goes out on it. Node's documentation then has the request sent again, where the connection
 * was used before. Not here: the service may have taken it, and whoever asked for one try gets one. The package itself counts it as an
 * answer that was lost, and tries again as it does with those.
 * @param {http.ClientRequest} request
 * @param {AbortSignal | null | undefined} signal
 */
async function answerTo(request, signal) {
  const stop = () => request.destroy();
  signal?.addEventListener('abort', stop);
  request.once('close', () => signal?.removeEventListener('abort', stop));
  /** @param {string} what */
  const failed = (what) => (/** @type {any} */ cause) => {
    // A host with several addresses fails with an error for each, and no message.
    throw signal?.aborted ? signal.reason : new TypeError(what, { cause: cause.errors?.[0] ?? cause });
  };
  const message = await headOf(request).catch(failed('fetch failed'));
  const bytes = bytesOf(message).catch(failed('terminated'));
  // Nobody need read them.
  bytes.catch(() => {});
  return new Answer(message, bytes);
}

/**
 * @param {http.ClientRequest} request
 * @returns {Promise<http.IncomingMessage>}
 */
function headOf(request) {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
}

/**
 * Read to its end at once, which sets the connection free.
 * @param {http.IncomingMessage} message
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
function bytesOf(message) {
  return new Promise((resolve, reject) => {
    /** @type {Uint8Array[]} */
    const parts = [];
    message.on('data', (part) => parts.push(part));
    // Copied, as a short one would be part of a buffer that holds other things too.
    message.on('end', () => resolve(new Uint8Array(Buffer.concat(parts))));
    message.on('error', reject);
  });
}

/** @param {string[]} raw names and values in turn */
function headersOf(raw) {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(/** @type {string} */ (raw[at]), /** @type {string} */ (raw[at + 1]));
  return headers;
}

/** An idle connection is closed before servers do, as `fetch` has it in Node. One that says it closes earlier is heeded. */
const AGENT = { keepAlive: true, timeout: 4000 };

/** @type {typeof import('../types/node-http.js').nodeFetch} */
export const nodeFetch = createNodeFetch();
