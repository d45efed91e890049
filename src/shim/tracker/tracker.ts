import { KinesisError, errorFrom, report } from '../core/error.js';
import { now } from '../core/time.js';
import { uuidSource } from '../core/uuid.js';
import { type AutoTracker, type AutoTrackerEvents, startAutoTracker } from './auto-tracker.js';
import { CollectorTransport } from './collector-transport.js';
import { browserContext, currentCampaign, currentPage, isPrerendering } from './context.js';
import { toClickstreamEvent, toOutgoingEvent } from './event.js';
import { type Options, readTrackerOptions } from './options.js';
import type { CompleteEvent, LazyEvent, PendingEvent, Properties } from './pending-event.js';
import { checkName, completeEvent, mergeProperties } from './pending-event.js';
import { isBot, isOptedOut, isSampled } from './privacy.js';
import { ProducerTransport } from './producer-transport.js';
import { ServerClock } from './server-clock.js';
import type { Transport } from './transport.js';
import type { Tracker, TrackerOptions } from './types.js';
import { KEY, Visitor } from './visitor.js';

/**
 * Makes a tracker of this page. Throws a `KinesisError` with the code `ERR_INVALID_ARGUMENT` where an option is
 * invalid.
 */
export function createTracker(options: TrackerOptions): Tracker {
  return new PageTracker(readTrackerOptions(options));
}

/**
 * Collects the events of a page. An event waits for the end of its task, for consent and for the server's time; then it
 * gets visitor, session and context, passes `beforeSend` and goes to the transport.
 */
class PageTracker implements Tracker {
  readonly #options: Options;
  readonly #clock = new ServerClock();
  readonly #newMessageId = uuidSource();
  readonly #visitor: Visitor;
  #transport: Transport | undefined;
  #autoTracker: AutoTracker | undefined;
  /** Closed, or not to be started: see `respectPrivacySignals` and `dropBots`. */
  #isOff: boolean;
  #hasConsent: boolean;
  /** The page is hidden, or about to be closed. */
  #isLeaving = false;
  #isReleasing = false;
  #isFlushPlanned = false;
  /** While a server is asked for the time. */
  #synchronizing: Promise<void> | undefined;
  /** Events that were tracked and not sent yet. They are in memory only. */
  #pending: PendingEvent[] = [];
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** It goes to the session of the next event. */
  #campaign = currentCampaign();
  #referrer = document.referrer;
  #globalProperties: Properties = {};
  /** The user of `identify`, until it may be stored. */
  #userId: string | undefined;
  readonly #controller = new AbortController();
  readonly #report = (error: KinesisError) => report(this.#options.onError, error);

  constructor(options: Options) {
    this.#options = options;
    this.#visitor = new Visitor(options.sessionTimeoutMinutes * 60_000);
    this.#isOff = (options.respectPrivacySignals && isOptedOut()) || (options.dropBots && isBot());
    this.#hasConsent = !options.requireConsent;
    if (this.#isOff) return;
    // In the capturing phase, before the outbox handles that the page goes into the back/forward cache.
    const capture = { capture: true, signal: this.#controller.signal };
    addEventListener('pagehide', () => this.#leave(), capture);
    addEventListener('pageshow', () => this.#resume(), capture);
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#leave() : this.#resume()), capture);
    addEventListener(
      'storage',
      ({ key, newValue }) => {
        if (key !== KEY || !this.#hasConsent) return;
        // Another tab has changed the visitor. Without a value it has withdrawn consent.
        if (newValue) this.#visitor.load();
        else this.consent(false);
      },
      capture,
    );
    // A page that is prepared ahead may never be visible.
    if (isPrerendering()) document.addEventListener('prerenderingchange', () => this.#start(), capture);
    else this.#start();
  }

  page(name?: string, properties?: Properties): void {
    this.#add('page', () => [name, properties]);
  }

  track(event: string, properties?: Properties): void {
    this.#add('track', () => [event, properties]);
  }

  identify(userId: string, traits?: Properties): void {
    checkName(userId, 'userId');
    // Events that were tracked before do not get the new user.
    this.#release();
    this.#userId = userId;
    if (this.#hasConsent && !this.#isOff) this.#visitor.identify(userId);
    this.#add('identify', () => [undefined, undefined, traits ?? {}]);
  }

  setGlobalProperties(properties: Properties): void {
    // Events that were tracked before do not get the new properties.
    this.#release();
    this.#globalProperties = mergeProperties(this.#globalProperties, properties);
  }

  consent(isGranted: boolean): void {
    if (typeof isGranted !== 'boolean') throw KinesisError.invalid('isGranted must be true or false');
    if (this.#isOff || isGranted === this.#hasConsent) {
      if (!isGranted) this.#pending = [];
      return;
    }
    this.#hasConsent = isGranted;
    if (isGranted) {
      if (this.#userId !== undefined) this.#visitor.identify(this.#userId);
      this.#release();
    } else void this.#erase();
  }

  reset(): void {
    this.#release();
    this.#userId = undefined;
    this.#globalProperties = {};
    if (this.#hasConsent && !this.#isOff) this.#visitor.reset();
  }

  async flush(): Promise<void> {
    this.#release();
    await this.#synchronizing;
    await this.#transport?.flush();
  }

  async close(): Promise<void> {
    if (this.#isOff) return;
    this.#autoTracker?.suspend();
    this.#controller.abort();
    await this.flush();
    this.#isOff = true;
    this.#transport?.close();
  }

  // ── from a call to the transport ──

  #add(type: PendingEvent['type'], lazyEvent: LazyEvent, isLazy = false): void {
    const event: PendingEvent = { type, at: now(), lazyEvent };
    // Before anything else, because Firefox ends a script that still runs when a tab is closed. The next listener
    // completes the event.
    const isFull = this.#pending.push(event) > PENDING_MAX;
    let isKept = false;
    try {
      event.page = currentPage(this.#referrer);
      if (!isLazy) completeEvent(event, this.#globalProperties);
      isKept = !this.#isOff && !isFull;
    } finally {
      if (!isKept) this.#pending.pop();
    }
    if (isKept && this.#isLeaving) this.#release();
    else if (isKept) this.#releaseSoon();
    else if (isFull) this.#report(new KinesisError('ERR_BUFFER_FULL', `${PENDING_MAX} events wait already`));
  }

  /** In a later task, so that a visitor does not wait for it at a click. */
  #releaseSoon(): void {
    this.#releaseTimer ??= setTimeout(() => {
      this.#releaseTimer = undefined;
      this.#release();
    });
  }

  /** Sends what is pending, as soon as it may be sent and the time is known. */
  #release(): void {
    for (const event of this.#pending) completeEvent(event, this.#globalProperties);
    if (!this.#hasConsent || this.#isOff || isPrerendering()) return;
    this.#transport ??= this.#openTransport();
    if (this.#isReleasing || (!this.#isLeaving && this.#mustSynchronize())) return;
    this.#isReleasing = true;
    // An event is removed after it was sent: where Firefox ends the script, it is sent again with the same `messageId`.
    for (let event; (event = this.#pending[0]);) {
      this.#send(event);
      this.#pending.shift();
      if (this.#isLeaving) this.#flushSoon();
    }
    this.#isReleasing = false;
  }

  #openTransport(): Transport {
    this.#visitor.load();
    const { producer, collectorUrl, persist } = this.#options;
    const options = { persist, onError: this.#report };
    if (producer) return new ProducerTransport(producer, options, this.#clock);
    // The options have one of the two.
    return new CollectorTransport(collectorUrl as URL, options, this.#clock);
  }

  /** A collector corrects timestamps, or sends its time; Kinesis stores the timestamp that is written at `put`. */
  #mustSynchronize(): boolean {
    if (!this.#options.producer || this.#pending.length === 0) return false;
    if (!this.#synchronizing && this.#clock.isSynced) return false;
    this.#synchronizing ??= this.#clock.sync().then(() => {
      this.#synchronizing = undefined;
      this.#release();
    });
    return true;
  }

  #send(pending: PendingEvent): void {
    const options = this.#options;
    const visitor = this.#visitor.session(this.#campaign);
    this.#campaign = undefined;
    if (!isSampled(visitor.anonymousId, options.sampleRate)) return;
    const { at } = pending;
    const timestamp = this.#clock.iso(at);
    pending.messageId ??= this.#newMessageId(Date.parse(timestamp));
    pending.page ??= currentPage(this.#referrer);
    try {
      completeEvent(pending, this.#globalProperties);
      const event = toClickstreamEvent(pending as CompleteEvent, visitor, timestamp, options.appId);
      const changed = options.beforeSend ? options.beforeSend(event) : event;
      if (changed) this.#transport?.put(toOutgoingEvent(changed, at, timestamp));
    } catch (error) {
      this.#report(errorFrom(error, 'beforeSend failed'));
    }
  }

  // ── the page ──

  #start(): void {
    // What an earlier page has stored is sent, also where this page tracks nothing by itself.
    if (this.#hasConsent) this.#release();
    // The first call takes 20 ms of a fast processor. Chromium ends the scripts of a tab 500 ms after it was closed.
    setTimeout(browserContext);
    const { autoTrack } = this.#options;
    if (!autoTrack) return;
    const events: AutoTrackerEvents = {
      page: () => this.page(),
      track: (lazyEvent) => this.#add('track', lazyEvent, true),
      navigate: (referrer) => {
        this.#release();
        this.#referrer = referrer;
        this.#campaign = currentCampaign() ?? this.#campaign;
      },
      onError: this.#report,
    };
    this.#autoTracker = startAutoTracker(events, autoTrack, this.#controller.signal);
  }

  #leave(): void {
    if (this.#isOff) return;
    this.#autoTracker?.suspend();
    this.#isLeaving = true;
    // A script that Firefox ended may have left them set.
    this.#isReleasing = this.#isFlushPlanned = false;
    this.#release();
    this.#flushIfHidden();
  }

  #resume(): void {
    if (document.hidden) return;
    this.#isLeaving = false;
    this.#autoTracker?.resume();
  }

  /** A page is hidden right after `pagehide`. */
  #flushIfHidden(): void {
    if (document.hidden) void this.#transport?.flush({ keepalive: true });
  }

  /** Events of one turn of a page that is left go out together. */
  #flushSoon(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      this.#flushIfHidden();
    });
  }

  // ── consent ──

  async #erase(): Promise<void> {
    const { anonymousId } = this.#visitor.session();
    this.#pending = [];
    this.#userId = undefined;
    this.#globalProperties = {};
    this.#visitor.erase();
    this.#clock.erase();
    await this.#transport?.forget(anonymousId);
    // The response to a request that was in flight may have set the clock.
    if (!this.#hasConsent) this.#clock.erase();
  }
}

/** Most events that wait in memory. */
const PENDING_MAX = 500;
