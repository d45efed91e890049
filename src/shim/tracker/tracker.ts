import { KinesisError, errorFrom } from '../core/error.js';
import { tagOf } from '../core/lost-content.js';
import { uuidSource } from '../core/uuid.js';
import { type AutoTracker, type AutoTrackerCallbacks, startAutoTracker } from './auto-tracker.js';
import { passBeforeSend } from './before-send.js';
import type { Campaign } from './campaign.js';
import { announceWithdrawal, deleteStored, watchConsent } from './consent.js';
import { currentCampaign, currentPage, isPrerendering, warmUpContext } from './context.js';
import { documentMember } from './dom.js';
import { toClickstreamEvent, toOutgoingEvent } from './event.js';
import { watchLifecycle, whenActivated } from './lifecycle.js';
import { readMoment } from './moment.js';
import type { Options } from './options.js';
import type { CompleteEvent, LazyEvent, PendingEvent, Properties, TrackingOptions } from './pending-event.js';
import { checkName, completeEvent, mergeProperties } from './pending-event.js';
import { PENDING_MAX, PendingEvents } from './pending-events.js';
import { disabledReason, isOptedOut, isSampled } from './privacy.js';
import { openTransport } from './open-transport.js';
import { Redactor } from './redactor.js';
import { Reporter } from './reporter.js';
import { clearViews, isRepeatedView } from './repeated-views.js';
import { ServerClock } from './server-clock.js';
import type { Transport } from './transport.js';
import type { Moment, Tracker } from './types.js';
import { Visitor } from './visitor.js';

/**
 * Collects the events of a page. An event waits for the end of its task, for consent and for the server's time; then it
 * gets visitor, session and context, passes `beforeSend` and goes to the transport.
 */
export class PageTracker implements Tracker {
  readonly #options: Options;
  readonly #clock: ServerClock;
  readonly #redactor: Redactor;
  readonly #newMessageId = uuidSource();
  readonly #visitor: Visitor;
  #transport: Transport | undefined;
  #autoTracker: AutoTracker | undefined;
  /** Why nothing is tracked: a privacy signal of the browser, `dropBots` or `close`. Empty while events are tracked. */
  #disabledReason: string;
  #consent: 'waiting' | 'granted' | 'refused';
  /** Settles when the stored data are deleted. Set while they are being deleted. */
  #erasing: Promise<void> | undefined;
  #isLeaving = false; // the page is hidden, or about to be closed
  #closeReason = ''; // why no event is added any more: set by `close`, empty before
  #isReleasing = false;
  #isFlushPlanned = false;
  /** Settles when the server's time is known. Set while a server is asked for it. */
  #synchronizing: Promise<void> | undefined;
  readonly #pending: PendingEvents;
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** The campaign that the next event's session gets. */
  #campaign: Campaign | undefined;
  #referrer = documentMember('referrer');
  #globalProperties: Properties = {};
  /** The user of the last `identify`, until `reset` or a withdrawal. */
  #userId: string | undefined;
  readonly #controller = new AbortController();
  readonly #closed = new AbortController(); // until then consent may be withdrawn
  readonly #reporter: Reporter;

  constructor(options: Options) {
    this.#options = options;
    this.#reporter = new Reporter(options);
    this.#pending = new PendingEvents(this.#reporter);
    this.#visitor = new Visitor(options.sessionTimeoutMinutes * 60_000);
    this.#clock = new ServerClock(!options.requireConsent);
    this.#redactor = new Redactor(options.redact);
    this.#campaign = currentCampaign(this.#redactor);
    this.#consent = options.requireConsent ? 'waiting' : 'granted';
    this.#disabledReason = disabledReason(options);
    // The visitor has opted out since earlier pages stored something: it is deleted.
    if (isOptedOut(this.#options)) this.#withdraw();
    this.#reporter.logDisabled(this.#disabledReason);
    if (this.#disabledReason) return;
    const { signal } = this.#controller;
    watchLifecycle({ leave: () => this.#leave(), resume: (isRestored) => this.#resume(isRestored) }, signal);
    const load = () => this.#consent === 'granted' && this.#visitor.load();
    watchConsent({ withdraw: () => this.#withdraw(true), change: load }, this.#closed.signal);
    whenActivated(() => this.#start(), signal);
  }

  page(name?: string, properties?: Properties, moment?: Moment): void {
    this.#add('page', () => [name, properties], { moment });
  }

  track(event: string, properties?: Properties, moment?: Moment): void {
    this.#add('track', () => [event, properties], { moment });
  }

  identify(userId: string, traits?: Properties, moment?: Moment): void {
    this.#reporter.try(() => {
      checkName(userId, 'userId');
      this.#changeVisitor(userId);
      this.#add('identify', () => [undefined, undefined, traits ?? {}], { moment });
    });
  }

  setGlobalProperties(properties: Properties): void {
    this.#reporter.try(() => {
      // Events that were tracked before do not get the new properties.
      this.#release();
      this.#globalProperties = mergeProperties(this.#globalProperties, properties);
    });
  }

  consent(isGranted: boolean): void {
    this.#reporter.try(() => {
      if (typeof isGranted !== 'boolean')
        throw KinesisError.invalid(`isGranted must be true or false, not of type ${tagOf(isGranted)}`);
      if (isGranted) return this.#grant();
      this.#withdraw();
      announceWithdrawal();
    });
  }

  reset(): void {
    this.#changeVisitor(undefined);
    clearViews();
    this.#globalProperties = {};
  }

  async flush(): Promise<void> {
    if (this.#erasing) await this.#erasing;
    this.#release();
    await this.#synchronizing;
    await this.#transport?.flush();
  }

  async close(): Promise<void> {
    if (this.#disabledReason) return;
    this.#autoTracker?.trackActiveTime();
    // From now on no event is added, and the page is not watched. Until the flush has ended, a withdrawal of consent
    // still drops the events that wait.
    this.#closeReason = 'the tracker is closed';
    this.#controller.abort();
    // Events that wait for consent, or for the end of prerendering, are not sent any more.
    if (!this.#mayStore() || isPrerendering()) {
      clearViews();
      this.#pending.dropAll(this.#closeReason);
    }
    try {
      await this.flush();
    } finally {
      this.#closed.abort();
      this.#disabledReason = this.#closeReason;
      this.#transport?.close();
    }
  }

  // ── from a call to the transport ──

  #add(type: PendingEvent['type'], lazyEvent: LazyEvent, options: TrackingOptions = {}): void {
    const { isLazy, awaitsTitle = false, url, moment } = options;
    const event: PendingEvent = { type, at: this.#clock.now(), lazyEvent, awaitsTitle };
    // The event is added before it is read: Firefox may end this script when the tab is closed. The tracker's listener
    // of `pagehide` or `visibilitychange` runs all the same: it completes the event and sends it.
    const hasRoom = this.#pending.add(event);
    let dropped = 'it cannot be read';
    this.#reporter.try(() => {
      try {
        event.page = currentPage(this.#referrer, url);
        if (moment) Object.assign(event, readMoment(moment, event.page));
        if (!isLazy) completeEvent(event, this.#globalProperties);
        if (this.#disabledReason || this.#closeReason) dropped = this.#disabledReason || this.#closeReason;
        else if (this.#consent === 'refused') dropped = 'consent is refused';
        else if (!hasRoom) dropped = 'too many events wait';
        else dropped = isRepeatedView(event, this.#options, this.#userId, moment) ? 'it repeats a page view' : '';
      } finally {
        if (dropped) this.#pending.drop(event, dropped);
      }
    });
    if (!hasRoom) this.#reporter.report(new KinesisError('ERR_BUFFER_FULL', `${PENDING_MAX} events wait already`));
    else if (!dropped) this.#releaseSoon();
    if (!dropped && this.#consent === 'waiting') this.#reporter.logWaiting(event);
  }

  /** Calls `#release` in a later task, so that a visitor's click does not wait for it. */
  #releaseSoon(): void {
    if (this.#isLeaving) return this.#release();
    this.#releaseTimer ??= setTimeout(() => {
      this.#releaseTimer = undefined;
      this.#release(false);
    });
  }

  /**
   * Sends the pending events, if they may be sent and the time is known.
   * @param isAll also sends page views that wait for their title: they get the title that the page has now
   */
  #release(isAll = true): void {
    this.#pending.complete(this.#globalProperties, isAll);
    if (!this.#disabledReason && isOptedOut(this.#options)) {
      this.#disabledReason = disabledReason(this.#options);
      this.#reporter.logDisabled(this.#disabledReason);
      this.#controller.abort();
      this.#closed.abort();
      this.#withdraw();
    }
    if (!this.#mayStore() || isPrerendering()) return;
    // While the outbox is being deleted, events wait, unless the page is being left: it has no time for that.
    if (this.#erasing && !this.#isLeaving) return;
    this.#openTransport();
    if (this.#isReleasing || (!this.#isLeaving && this.#mustSynchronize())) return;
    this.#isReleasing = true;
    const hasMore = this.#pending.release((event) => this.#send(event), this.#visitor);
    this.#isReleasing = false;
    if (hasMore && !this.#isLeaving) this.#releaseSoon();
  }

  #openTransport(): void {
    if (this.#transport) return;
    this.#visitor.load();
    this.#transport = openTransport(this.#options, this.#clock, this.#reporter);
  }

  /** A collector corrects timestamps, or sends its time; Kinesis stores the timestamp that is written at `put`. */
  #mustSynchronize(): boolean {
    if (!this.#options.producer || this.#pending.isEmpty) return false;
    if (!this.#synchronizing && this.#clock.isSynced) return false;
    this.#synchronizing ??= this.#clock.sync().then(() => {
      this.#synchronizing = undefined;
      this.#release(false);
    });
    return true;
  }

  #send(pending: PendingEvent): void {
    const options = this.#options;
    try {
      const visitor = this.#visitor.session(this.#campaign);
      this.#campaign = undefined;
      if (!isSampled(visitor.anonymousId, options.sampleRate)) return this.#pending.drop(pending, 'sampleRate');
      const timestamp = this.#clock.iso(pending.at);
      pending.messageId ??= this.#newMessageId(Date.parse(timestamp));
      pending.page ??= currentPage(this.#referrer);
      completeEvent(pending, this.#globalProperties);
      const event = toClickstreamEvent(pending as CompleteEvent, visitor, timestamp, options.appId, this.#redactor);
      const changed = passBeforeSend(event, options.beforeSend);
      if (!changed) this.#reporter.logOutcome('dropped: beforeSend has returned null', event);
      // `beforeSend` may have withdrawn consent.
      if (!changed || !this.#mayStore()) return;
      this.#reporter.logOutcome('queued', changed);
      this.#transport?.put(toOutgoingEvent(changed, pending.at, timestamp));
    } catch (error) {
      const failure = errorFrom(error, 'the event could not be sent');
      this.#pending.drop(pending, failure.message);
      this.#reporter.report(failure);
    } finally {
      // Not before: if Firefox ends the script meanwhile, the event is sent again with its `messageId`.
      this.#pending.remove(pending);
      if (this.#isLeaving) this.#flushSoon();
    }
  }

  // ── the page ──

  #start(): void {
    // Sends what an earlier page has stored, even if this page tracks nothing automatically.
    if (this.#mayStore()) this.#release();
    warmUpContext();
    const { autoTrack } = this.#options;
    if (!autoTrack) return;
    const callbacks: AutoTrackerCallbacks = {
      page: (awaitsTitle) => this.#add('page', () => [undefined, undefined], { awaitsTitle }),
      titled: () => this.#release(),
      track: (lazyEvent, url) => this.#add('track', this.#redactor.cleanLater(lazyEvent), { isLazy: true, url }),
      navigate: (referrer) => {
        this.#release();
        this.#referrer = referrer;
        this.#campaign = currentCampaign(this.#redactor) ?? this.#campaign;
      },
      onError: this.#reporter.report,
    };
    this.#autoTracker = startAutoTracker(callbacks, autoTrack, this.#controller.signal);
  }

  #leave(): void {
    if (this.#disabledReason) return;
    this.#autoTracker?.trackActiveTime();
    this.#isLeaving = true;
    // They may still be set if Firefox has ended a script.
    this.#isReleasing = this.#isFlushPlanned = false;
    this.#release();
    this.#flushIfHidden(true);
  }

  /** @param isRestored the page comes from the back/forward cache */
  #resume(isRestored: boolean): void {
    // A page in the back/forward cache gets no event when another page withdraws consent or changes the visitor.
    if (isRestored && this.#consent === 'granted' && !this.#visitor.reload()) this.#withdraw();
    if (documentMember('hidden')) return;
    this.#isLeaving = false;
    this.#autoTracker?.handleVisible(isRestored);
  }

  /** After `pagehide` a page becomes hidden at once. */
  #flushIfHidden(isLeaving = false): void {
    if (documentMember('hidden')) void this.#transport?.flush({ keepalive: true, isLeaving });
  }

  /** Flushes in a microtask, so that the events of one turn of a page that is being left go out together. */
  #flushSoon(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      this.#flushIfHidden();
    });
  }

  // ── consent ──

  #grant(): void {
    if (this.#disabledReason || this.#closeReason || this.#consent === 'granted') return;
    this.#consent = 'granted';
    this.#clock.allow();
    this.#release();
  }

  /** Changes the visitor of later events; those that were tracked before and still wait do not get the change. */
  #changeVisitor(userId: string | undefined): void {
    if (this.#consent === 'refused') return;
    this.#userId = userId;
    this.#pending.changeVisitor(userId);
    this.#release();
  }

  #mayStore(): boolean {
    return this.#consent === 'granted' && !this.#disabledReason;
  }

  /** Drops what was not sent, and deletes what is stored. */
  #withdraw(isFromOtherPage = false): void {
    this.#consent = 'refused';
    this.#pending.dropAll('consent is refused');
    clearViews();
    this.#userId = undefined;
    this.#globalProperties = {};
    this.#visitor.erase(isFromOtherPage);
    this.#clock.erase();
    const erasing = deleteStored(this.#transport, this.#options, this.#reporter.report, this.#erasing).then(() => {
      if (this.#erasing !== erasing) return;
      this.#erasing = undefined;
      if (this.#disabledReason) this.#transport?.close();
      else this.#release();
    });
    this.#erasing = erasing;
  }
}
