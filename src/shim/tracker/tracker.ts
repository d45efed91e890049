import { KinesisError, messageOf, report } from '../core/error.js';
import { Auto } from './auto.js';
import { Clock } from './clock.js';
import { Collector } from './collector.js';
import { browserOf, campaignOf, pageOf } from './context.js';
import { Direct } from './direct.js';
import { readTrackerOptions } from './options.js';
import { isBot, isOptedOut, isSampled } from './privacy.js';
import { KEY, Visitor } from './visitor.js';
import { uuidSource } from '../core/uuid.js';

/**
 * @param {import('../types/tracker.js').TrackerOptions} options
 * @returns {import('../types/tracker.js').Tracker}
 */
export function createTracker(options) {
  return /** @type {any} */ (new Tracker(readTrackerOptions(options)));
}

/**
 * @typedef {{ type: 'page' | 'track' | 'identify', event?: string | undefined, properties?: Record<string, unknown> | undefined, traits?: Record<string, unknown> | undefined,
 *   tell?: Tell | undefined, page?: ReturnType<typeof pageOf>, isWhole?: boolean }} Draft an event before it is known who sends it, and when by the server's clock
 * @typedef {() => [event: string, properties: Record<string, unknown>]} Tell what happened in the page: asked for in the task after, where no visitor waits for it
 * @typedef {[draft: Draft, at: number, messageId?: string]} Held
 */
class Tracker {
  #options;
  #clock = new Clock();
  #newId = uuidSource();
  #visitor;
  /** @type {Direct | Collector | undefined} */
  #way;
  /** @type {Auto | undefined} */
  #auto;
  #isOff;
  #isAllowed;
  #isLeaving = false;
  #isFlushing = false;
  /** Asking a server for the time. @type {Promise<void> | undefined} */
  #asking;
  /** Events that wait for the end of the task that they are of, for consent or for the time, in memory only. @type {Held[]} */
  #held = [];
  #isReleasing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  #campaign = campaignOf();
  #referrer = document.referrer;
  /** @type {Record<string, unknown>} */
  #global = {};
  /** Before anything may be stored. @type {string | undefined} */
  #userId;
  #controller = new AbortController();

  /** @param {import('./options.js').Options} options */
  constructor(options) {
    this.#options = options;
    this.#visitor = new Visitor(options.sessionTimeoutMinutes * 60_000);
    this.#isOff = (options.respectPrivacySignals && isOptedOut()) || (options.dropBots && isBot());
    this.#isAllowed = !options.requireConsent;
    if (this.#isOff) return;
    const { signal } = this.#controller;
    // Before the outbox hears that the page goes to rest.
    addEventListener('pagehide', () => this.#leave(), { capture: true, signal });
    addEventListener('pageshow', () => this.#return(), { signal });
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#leave() : this.#return()), { capture: true, signal });
    addEventListener('storage', (event) => event.key === KEY && this.#isAllowed && this.#hear(event), { signal });
    // A page that is prepared ahead may never be seen.
    if (/** @type {any} */ (document).prerendering) document.addEventListener('prerenderingchange', () => this.#begin(), { once: true, signal });
    else this.#begin();
  }

  /**
   * @param {string} [name]
   * @param {Record<string, unknown>} [properties]
   */
  page(name, properties) {
    this.#take({ type: 'page', event: name, properties });
  }

  /**
   * @param {string} event
   * @param {Record<string, unknown>} [properties]
   */
  track(event, properties) {
    this.#take({ type: 'track', event, properties });
  }

  /**
   * @param {string} userId
   * @param {Record<string, unknown>} [traits]
   */
  identify(userId, traits) {
    checkName(userId, 'userId');
    // What was tracked before is of whoever it was then.
    this.#release();
    this.#userId = userId;
    if (this.#isAllowed && !this.#isOff) this.#visitor.identify(userId);
    this.#take({ type: 'identify', traits: traits ?? {} });
  }

  /** @param {Record<string, unknown>} properties */
  setGlobalProperties(properties) {
    // A click of this task has what was set before it.
    this.#release();
    this.#global = copy({ ...this.#global, ...checkObject(properties, 'properties') }, 'properties');
  }

  /** @param {boolean} given */
  consent(given) {
    if (typeof given !== 'boolean') throw KinesisError.invalid('given must be true or false');
    if (this.#isOff || given === this.#isAllowed) {
      if (!given) this.#held = [];
      return;
    }
    this.#isAllowed = given;
    if (given) {
      if (this.#userId !== undefined) this.#visitor.identify(this.#userId);
      this.#release();
    } else this.#erase();
  }

  reset() {
    this.#release();
    this.#userId = undefined;
    this.#global = {};
    if (this.#isAllowed && !this.#isOff) this.#visitor.reset();
  }

  /** @returns {Promise<void>} */
  async flush() {
    this.#release();
    await this.#asking;
    await this.#way?.flush();
  }

  /** @returns {Promise<void>} */
  async close() {
    if (this.#isOff) return;
    this.#auto?.leave();
    this.#auto?.stop();
    this.#controller.abort();
    await this.flush();
    this.#isOff = true;
    this.#way?.close();
  }

  // ── events ──

  #begin() {
    const { autoTrack } = this.#options;
    const hooks = {
      page: () => this.page(),
      track: (/** @type {Tell} */ tell) => this.#take({ type: 'track', tell }),
      moved: (/** @type {string} */ referrer) => {
        this.#release();
        this.#referrer = referrer;
        this.#campaign = campaignOf() ?? this.#campaign;
      },
      report: (/** @type {string} */ message, /** @type {unknown} */ cause) => {
        this.#report(KinesisError.invalid(`${message}: ${messageOf(cause)}`, { cause }));
      },
    };
    // What an earlier page has left goes out, also where this one tracks nothing by itself.
    if (this.#isAllowed) this.#release();
    if (autoTrack) this.#auto = new Auto(hooks, autoTrack);
  }

  /** @param {Draft} draft */
  #take(draft) {
    // Before anything else, because Firefox ends a script that still runs when a tab is closed. The next listener goes on from there.
    const isFull = this.#held.push([draft, this.#clock.now()]) > HELD_MAX;
    let isKept = false;
    try {
      draft.page = pageOf(this.#referrer);
      if (!draft.tell) this.#fill(draft);
      isKept = !this.#isOff && !isFull;
    } finally {
      if (!isKept) this.#held.pop();
    }
    if (isKept) {
      if (this.#isLeaving) this.#release();
      else this.#releaseSoon();
    } else if (isFull) this.#report(new KinesisError('ERR_BUFFER_FULL', `${HELD_MAX} events wait already`));
  }

  /** Checks what was given. What is changed of it later does not change what was tracked. @param {Draft} draft */
  #fill(draft) {
    if (draft.tell) [draft.event, draft.properties] = draft.tell();
    const { type, event, properties, traits } = draft;
    const isPage = type === 'page';
    if (type === 'track' || (isPage && event !== undefined)) checkName(event, isPage ? 'name' : 'event');
    checkObject(traits, 'traits');
    const all = { ...this.#global, ...(isPage && { name: event }), ...checkObject(properties, 'properties') };
    Object.assign(draft, copy({ properties: all, traits }, 'properties'), { tell: undefined, isWhole: true });
  }

  /** In a task of its own: a visitor does not wait for it at a click. */
  #releaseSoon() {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#release();
    });
  }

  /** Lets go of what waits, as soon as it may be sent and the time is known. */
  #release() {
    for (const [draft] of this.#held) if (draft.tell) this.#fill(draft);
    if (!this.#isAllowed || this.#isOff || /** @type {any} */ (document).prerendering) return;
    this.#way ??= this.#open();
    if (this.#isReleasing || (!this.#isLeaving && this.#mustAsk())) return;
    this.#isReleasing = true;
    // One by one, for the same reason.
    for (let held; (held = this.#held[0]); ) {
      this.#send(held);
      this.#held.shift();
      if (this.#isLeaving) this.#flushLater();
    }
    this.#isReleasing = false;
  }

  /** @param {StorageEvent} event of another tab; without a value where that one has taken consent back */
  #hear({ newValue }) {
    if (newValue) this.#visitor.load();
    else this.consent(false);
  }

  #open() {
    this.#visitor.load();
    const { producer, collectorUrl } = this.#options;
    const onError = (/** @type {KinesisError} */ error) => this.#report(error);
    const options = { persist: this.#options.persist, onError };
    return producer ? new Direct(producer, options, this.#clock) : new Collector(/** @type {URL} */ (collectorUrl), options, this.#clock);
  }

  /** A collector corrects what it gets, or tells the time; Kinesis gets what was written when it was put. */
  #mustAsk() {
    if (!this.#options.producer || this.#held.length === 0) return false;
    if (this.#asking) return true;
    if (this.#clock.isSure) return false;
    this.#asking = Promise.race([this.#clock.ask(), new Promise((resolve) => setTimeout(resolve, ASK_MS))]).then(() => {
      this.#asking = undefined;
      this.#clock.settle();
      this.#release();
    });
    return true;
  }

  /** @param {Held} held */
  #send(held) {
    const [draft, at] = held;
    const { beforeSend, appId, sampleRate } = this.#options;
    const { anonymousId, sessionId, userId, campaign } = this.#visitor.touch(this.#campaign);
    this.#campaign = undefined;
    if (!isSampled(anonymousId, sampleRate)) return;
    const time = this.#clock.at(at);
    const timestamp = new Date(time).toISOString();
    const messageId = (held[2] ??= this.#newId(time));
    try {
      if (!draft.isWhole) this.#fill(draft);
      const { type, event, properties, traits } = draft;
      const page = draft.page ?? pageOf(this.#referrer);
      const { pathname: path, search } = new URL(page.url);
      const whole = { type, event, messageId, anonymousId, userId, sessionId, timestamp, properties, traits, context: { appId, campaign, page: { ...page, path, search }, ...browserOf() } };
      const last = beforeSend ? beforeSend(/** @type {any} */ (whole)) : whole;
      if (!last) return;
      const { timestamp: own, ...rest } = last;
      this.#way?.put({
        messageId: `${last.messageId}`,
        partitionKey: `${last.anonymousId}`,
        at,
        timestamp: own === timestamp ? undefined : own,
        text: JSON.stringify(rest).slice(1),
      });
    } catch (error) {
      this.#report(error instanceof KinesisError ? error : KinesisError.invalid(`beforeSend failed: ${messageOf(error)}`));
    }
  }

  // ── coming and going ──

  #leave() {
    if (this.#isOff) return;
    this.#auto?.leave();
    this.#isLeaving = true;
    // What was cut off before.
    this.#isReleasing = this.#isFlushing = false;
    this.#release();
    this.#flushNow();
  }

  #return() {
    if (document.hidden) return;
    this.#isLeaving = false;
    this.#auto?.back();
  }

  /** A page that is left is hidden right after `pagehide`. */
  #flushNow() {
    if (document.hidden) this.#way?.flush({ keepalive: true });
  }

  /** An event in a page that is about to go: with those of the same turn. */
  #flushLater() {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flushNow();
    });
  }

  async #erase() {
    const { anonymousId } = this.#visitor.touch();
    this.#held = [];
    this.#userId = undefined;
    this.#global = {};
    this.#visitor.erase();
    this.#clock.erase();
    const way = this.#way;
    await way?.forget(anonymousId);
    // The answer to a request that was under way may have told the time.
    if (!this.#isAllowed) this.#clock.erase();
  }

  /** @param {unknown} error */
  #report(error) {
    report(this.#options.onError, /** @type {KinesisError} */ (error));
  }
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function checkName(value, argument) {
  if (typeof value !== 'string' || !value) throw KinesisError.invalid(`${argument} must be a string that is not empty`);
}

/**
 * @param {unknown} value
 * @param {string} argument
 * @returns {Record<string, unknown> | undefined}
 */
function checkObject(value, argument) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return /** @type {Record<string, unknown>} */ (value);
  throw KinesisError.invalid(`${argument} must be an object`);
}

/**
 * @template T
 * @param {T} value
 * @param {string} argument
 * @returns {T}
 */
function copy(value, argument) {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (error) {
    throw KinesisError.invalid(`${argument} must be a JSON value: ${messageOf(error)}`);
  }
}

const HELD_MAX = 500;
/** Longest time that events wait for the time. */
const ASK_MS = 1000;
