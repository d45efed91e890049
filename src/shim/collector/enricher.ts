import { parseUserAgent } from './agent.js';
import { isObject } from './json.js';
import { problemOf } from './shape.js';
import { truncated } from './ip.js';

/** @typedef {import('../types/collector.js').ClickstreamEvent} ClickstreamEvent */

/** Makes lines of a request's events: checked, their clock corrected, with what the request tells. */
export class Stamp {
  #options;
  #facts;
  #aheadMs;
  #serverTime;

  /**
   * @param {Request} request
   * @param {import('./options.js').CollectorSettings} options
   * @param {string | null} sentAt
   */
  constructor(request, options, sentAt) {
    const now = Date.now();
    this.#options = options;
    this.#serverTime = new Date(now).toISOString();
    this.#aheadMs = aheadMs(sentAt, now);
    this.#facts = options.enrich ? factsOf(request) : undefined;
  }

  get serverTime() {
    return this.#serverTime;
  }

  /**
   * @param {Record<string, unknown>} event
   * @returns {{ data: string, partitionKey: string | undefined } | string} or why it is refused
   */
  take(event) {
    const problem = problemOf(event) ?? this.#judge(event);
    if (problem !== undefined) return problem;
    let stamped = this.#stamp(event);
    let line = JSON.stringify(stamped);
    if (line.includes(HALF) || line.includes(PROTO)) {
      stamped = clean(stamped);
      line = JSON.stringify(stamped);
    }
    if (this.#isTooLarge(event, line)) return `it is larger than ${this.#options.eventBytesMax} bytes`;
    return { data: `${line}\n`, partitionKey: /** @type {string | undefined} */ (stamped.anonymousId ?? undefined) };
  }

  /** @param {Record<string, unknown>} event */
  #judge(event) {
    const { validate } = this.#options;
    if (!validate) return undefined;
    try {
      const verdict = validate(/** @type {any} */ (event));
      if (verdict === true) return undefined;
      return typeof verdict === 'string' && verdict !== '' ? verdict : REFUSED;
    } catch {
      return REFUSED;
    }
  }

  /**
   * A new object: what a client calls its fields never reaches a setter.
   * @param {Record<string, unknown>} event
   */
  #stamp(event) {
    /** @type {Record<string, unknown>} */
    const stamped = { ...event };
    stamped.messageId ??= crypto.randomUUID();
    stamped.timestamp = this.#timestamp(/** @type {string | null | undefined} */ (event.timestamp));
    if (this.#facts) {
      stamped.receivedAt = this.#serverTime;
      /** @type {Record<string, unknown>} */
      const context = (stamped.context = { .../** @type {object | null | undefined} */ (event.context) });
      for (const name in this.#facts) context[name] = this.#facts[name];
    }
    for (const path of this.#options.dropFields) drop(stamped, path);
    return stamped;
  }

  /** @param {string | null | undefined} given */
  #timestamp(given) {
    if (given === undefined || given === null) return this.#serverTime;
    if (this.#aheadMs === 0) return given;
    const corrected = new Date(Date.parse(given) - this.#aheadMs);
    return Number.isNaN(corrected.getTime()) ? given : corrected.toISOString();
  }

  /**
   * The event alone counts, as JSON without white space. Its line is longer than that by what was added.
   * @param {Record<string, unknown>} event
   * @param {string} line
   */
  #isTooLarge(event, line) {
    const { eventBytesMax } = this.#options;
    return line.length * 3 > eventBytesMax && new TextEncoder().encode(JSON.stringify(event)).length > eventBytesMax;
  }
}

/**
 * How far the client's clock is ahead. Small differences are the way that the request took.
 * @param {string | null} sentAt
 * @param {number} now
 */
function aheadMs(sentAt, now) {
  if (sentAt === null || !/^\d{1,15}$/.test(sentAt)) return 0;
  const ahead = Number(sentAt) - now;
  return Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

/** @param {Request} request */
function factsOf(request) {
  const { country, city, colo, asn } = /** @type {{ cf?: Record<string, unknown> }} */ (request).cf ?? {};
  const userAgent = request.headers.get('user-agent');
  const ip = request.headers.get('cf-connecting-ip');
  /** @type {Record<string, unknown>} */
  const found = { country, city, colo, asn, ip: ip ? truncated(ip) : undefined, userAgent: userAgent ? agentOf(userAgent) : undefined };
  // What is not known covers nothing that the client says.
  /** @type {Record<string, unknown>} */
  const facts = {};
  for (const name in found) if (found[name] !== undefined && found[name] !== null) facts[name] = found[name];
  return facts;
}

/**
 * Many requests have the same few headers.
 * @param {string} header
 */
function agentOf(header) {
  const known = AGENTS.get(header);
  if (known) return known;
  if (AGENTS.size >= AGENTS_MAX) AGENTS.clear();
  const agent = parseUserAgent(header);
  AGENTS.set(header, agent);
  return agent;
}

/**
 * Removes a field, without changing what the event shares with others.
 * @param {Record<string, unknown>} object
 * @param {string[]} path
 */
function drop(object, path) {
  let inner = object;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(inner, name) ? inner[name] : undefined;
    if (!isObject(next)) return;
    inner = inner[name] = { ...next };
  }
  delete inner[/** @type {string} */ (path.at(-1))];
}

/**
 * What other readers of the stream could stumble over: half a surrogate pair, which many parsers refuse, becomes U+FFFD, and
 * fields called `__proto__`, which a careless copy would take for a prototype, are left out.
 * @template T
 * @param {T} value
 * @returns {T}
 */
function clean(value) {
  return /** @type {any} */ (cleaned(value));
}

/**
 * @param {unknown} value
 * @returns {unknown}
 */
function cleaned(value) {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(fields.map(([name, inner]) => [wellFormed(name), cleaned(inner)]));
}

/** @param {string} text */
function wellFormed(text) {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

// In JSON text a lone surrogate is always escaped, in small letters. The name may as well be in a value, which costs time and changes
// nothing: to look for its quotes would cost it every event, because a search goes by its first character.
const PROTO = '__proto__';
const HALF = '\\ud';
const LONE_SURROGATE = /\p{Surrogate}/gu;
const CLOCK_TOLERANCE_MS = 2000;
/** @type {Map<string, ReturnType<typeof parseUserAgent>>} */
const AGENTS = new Map();
const AGENTS_MAX = 100;
const REFUSED = 'it does not pass the collector’s own check';
