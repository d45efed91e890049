import { uuidv7 } from '../core/uuid.js';

/**
 * Who visits, in this browser: kept in `localStorage`, which all tabs of an origin share, and in memory where that is forbidden.
 * @typedef {{ anonymousId: string, sessionId: string, seenAt: number, userId?: string, campaign?: Record<string, string> }} Visit
 */
export class Visitor {
  #timeoutMs;
  /** @type {Visit | undefined} */
  #visit;

  /** @param {number} timeoutMs without an event, after which a session is over */
  constructor(timeoutMs) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * The visit that an event belongs to: a new session begins after a while without events.
   * @param {Record<string, string> | undefined} [campaign] what has brought the visitor to this page
   * @returns {Visit}
   */
  touch(campaign) {
    const now = Date.now();
    const last = this.#visit ?? read();
    const ageMs = Math.abs(now - (last?.seenAt ?? 0));
    const { anonymousId, userId } = last ?? fresh();
    const visit = last && ageMs <= this.#timeoutMs ? { ...last, seenAt: now } : { ...fresh(), anonymousId, userId };
    if (campaign) visit.campaign = campaign;
    this.#visit = visit;
    if (campaign || visit.sessionId !== last?.sessionId) write(visit);
    // Later, because it waits for another process, and a tab that is closing has no time for that.
    else if (ageMs > STORE_EVERY_MS) setTimeout(() => this.#visit === visit && write(visit));
    return visit;
  }

  /** Takes what is stored, and what another tab has stored since. */
  load() {
    this.#visit = read() ?? this.#visit;
  }

  /** @param {string} userId */
  identify(userId) {
    const visit = { ...this.touch(), userId };
    this.#visit = visit;
    write(visit);
  }

  /** Somebody else from here on. */
  reset() {
    // Not removed, which other tabs take for consent taken back.
    write((this.#visit = fresh()));
  }

  /** Forgets them, in storage too. */
  erase() {
    this.#visit = undefined;
    write(undefined);
  }
}

/** @returns {Visit} */
function fresh() {
  return { anonymousId: uuidv7(), sessionId: uuidv7(), seenAt: Date.now() };
}

/** @returns {Visit | undefined} */
function read() {
  try {
    const visit = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return typeof visit?.anonymousId === 'string' && typeof visit.sessionId === 'string' ? visit : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Visit | undefined} visit */
function write(visit) {
  try {
    if (visit) localStorage.setItem(KEY, JSON.stringify(visit));
    else localStorage.removeItem(KEY);
  } catch {
    // Forbidden or full: memory has it.
  }
}

/** Where the visitor is kept. */
export const KEY = 'kinesis-edge.visitor';
/** A session's end need not be known more exactly. */
const STORE_EVERY_MS = 5000;
