import { KinesisError, messageOf } from '../core/error.js';
import { KEEPALIVE_BYTES_MAX } from '../core/limits.js';
import { now, timerMs } from '../core/time.js';
import { TimedRequest } from '../core/timed-request.js';
import { OutboxWriter } from '../outbox/writer.js';
import type { IndexedDBOutbox, OutboxEvent } from '../outbox/types.js';
import { BACKOFF_MS_MAX, Backoff, type FailedRequest, isTransient } from './backoff.js';
import { BODY_BYTES_MAX, type QueuedEvent, nextBatch, toQueuedEvent } from './event-queue.js';
import { FAILED_REMEDY, LOST_REMEDY, REMEDIES, optionAt } from './remedies.js';
import type { Reporter } from './reporter.js';
import type { ServerClock } from './server-clock.js';
import { type CollectorAnswer, describeUnexpected, isElsewhere, isNotFound, isPage } from './unexpected-response.js';
import { readStoredEvent, toStoredData } from './stored-event.js';
import {
  type OutgoingEvent,
  type Transport,
  type TransportOptions,
  openOutbox,
  outboxName,
  toLine,
} from './transport.js';

/**
 * Sends events to a collector, without keys: one request at a time, with retries. An event is given up where the
 * collector refuses it, or where `QUEUE_BYTES_MAX` bytes of events wait already; other failures delay it.
 */
export class CollectorTransport implements Transport {
  readonly #url: URL;
  readonly #clock: ServerClock;
  readonly #reporter: Reporter;
  /** Events by `messageId`, in the order in which they were put. */
  readonly #queue = new Map<string, QueuedEvent>();
  #queueBytes = 0;
  #outbox: IndexedDBOutbox | undefined;
  #writer: OutboxWriter | undefined;
  /** The number of calls of `dropEvents` that have not ended. */
  #clearings = 0;
  readonly #requests = new Set<TimedRequest>();
  #isSending = false;
  /** The page is in the back/forward cache: another page may take over the events. */
  #isSuspended = false;
  /** Bytes of the bodies of all requests with `keepalive` that are in flight. */
  #keepaliveBytes = 0;
  /**
   * Most events of one request. Halved when the collector refuses a body with 413 or 400, one more after each success.
   */
  #countMax = COUNT_MAX;
  readonly #backoff: Backoff;
  /** HTML pages that have come in place of a collector's response, since a collector has last responded. */
  #htmlResponses = 0;
  /** Something other than a collector has answered since the last answer of a collector. */
  #hasUnexpected = false;
  /** When the next batch is due, in milliseconds by the page's clock. */
  #sendAt = Infinity;
  /** Since when the browser reports that it is offline. */
  #offlineAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #sendAgain = () => {
    this.#backoff.retryAt = 0;
    this.#sendWhenDue();
  };

  constructor(url: URL, { persist, reporter }: TransportOptions, clock: ServerClock) {
    this.#url = url;
    this.#clock = clock;
    this.#reporter = reporter;
    this.#backoff = new Backoff(url, reporter);
    addEventListener('online', this.#sendAgain);
    if (!persist) return;
    this.#outbox = openOutbox(outboxName(url));
    this.#writer = new OutboxWriter(this.#outbox, (event) => this.#handleOutbox(event));
    void this.#restore();
  }

  put(event: OutgoingEvent): void {
    const data = toStoredData(event, this.#clock.offsetMs);
    if (this.#queueBytes + data.length > QUEUE_BYTES_MAX) {
      this.#fail(event.id, new KinesisError('ERR_BUFFER_FULL', `${QUEUE_BYTES_MAX} bytes of events wait already`));
      return;
    }
    this.#writer?.add({ ...event, data });
    this.#enqueue(event, data);
  }

  flush({ keepalive = false, isLeaving = false } = {}): Promise<unknown> {
    this.#writer?.writeNow();
    if (isLeaving) this.#backoff.ignoreFailures();
    if (keepalive && !this.#backoff.isWaiting) this.#sendKeepalive();
    this.#sendAt = 0;
    this.#sendWhenDue();
    return Promise.all([...this.#queue.values()].map(({ settled }) => settled));
  }

  async dropEvents(): Promise<void> {
    this.#clearings += 1;
    try {
      this.#drop();
      await this.#writer?.written();
      await this.#outbox?.clear();
    } finally {
      this.#clearings -= 1;
    }
  }

  close(): void {
    removeEventListener('online', this.#sendAgain);
    this.#writer?.close();
    clearTimeout(this.#timer);
  }

  // ── the queue and the outbox ──

  #enqueue(event: OutgoingEvent, data: Uint8Array): void {
    const queued = toQueuedEvent(event, data.length + TIMESTAMP_BYTES);
    this.#queue.set(event.id, queued);
    this.#queueBytes += queued.bytes;
    this.#sendAt = Math.min(this.#sendAt, this.#queueBytes > BODY_BYTES_MAX / 2 ? 0 : now() + LINGER_MS);
    this.#sendWhenDue();
  }

  /** Takes over what earlier pages have stored, unless it is being deleted. */
  async #restore(): Promise<void> {
    const records = (await this.#writer?.takeOrphaned()) ?? [];
    if (this.#clearings > 0) return this.#writer?.leaveToOthers(records.map(({ id }) => id));
    for (const record of records) {
      try {
        this.#enqueue(readStoredEvent(record), record.data);
      } catch (cause) {
        this.#writer?.remove([record.id]);
        this.#reporter.report(new KinesisError('ERR_OUTBOX', 'an event of an earlier page is unreadable', { cause }));
      }
    }
  }

  #handleOutbox(event: OutboxEvent): void {
    if (event.kind === 'error') this.#reporter.report(event.error);
    else if (event.kind === 'orphaned') void this.#restore();
    else if (event.kind === 'suspended') this.#isSuspended = true;
    else {
      this.#isSuspended = false;
      this.#writer?.leaveToOthers(event.takenOver);
      this.#settleAll(event.takenOver);
      this.#sendWhenDue();
    }
  }

  #drop(): void {
    for (const id of this.#queue.keys()) this.#reporter.logOutcome('dropped: consent is withdrawn', id);
    this.#remove([...this.#queue.keys()]);
    for (const request of this.#requests) request.abort();
    this.#requests.clear();
  }

  #remove(ids: string[]): void {
    this.#writer?.remove(ids);
    this.#settleAll(ids);
  }

  #settleAll(ids: string[]): void {
    for (const id of ids) {
      const event = this.#queue.get(id);
      if (!event) continue;
      this.#queue.delete(id);
      this.#queueBytes -= event.bytes;
      event.settle();
    }
  }

  #nextBatch(bytesMax = Infinity): QueuedEvent[] {
    return nextBatch(this.#queue.values(), this.#countMax, bytesMax);
  }

  // ── requests ──

  /** Sends the next batch when it is due. */
  #sendWhenDue(): void {
    if (this.#isSending || this.#isSuspended) return;
    const batch = this.#nextBatch();
    if (batch.length === 0) {
      this.#sendAt = Infinity;
      return;
    }
    const waitMs = Math.max(this.#sendAt, this.#backoff.retryAt, this.#probeAt()) - now();
    clearTimeout(this.#timer);
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#sendWhenDue(), timerMs(Math.min(waitMs, BACKOFF_MS_MAX)));
      return;
    }
    this.#isSending = true;
    void this.#send(batch).then(() => {
      this.#isSending = false;
      this.#sendWhenDue();
    });
  }

  /**
   * The earliest time of a request while the browser reports that it is offline; some WebViews always report that.
   * `Backoff` sets the wait after a failure, and the event `online` ends it.
   */
  #probeAt(): number {
    if (navigator.onLine !== false) this.#offlineAt = undefined;
    else this.#offlineAt ??= now();
    return this.#offlineAt === undefined ? 0 : this.#offlineAt + PROBE_MS;
  }

  /** Sends everything at once, as far as it fits into the bytes of `keepalive`. */
  #sendKeepalive(): void {
    for (let batch; (batch = this.#nextBatch(KEEPALIVE_BYTES_MAX - this.#keepaliveBytes))[0];)
      void this.#send(batch).then(() => this.#sendWhenDue());
  }

  async #send(batch: QueuedEvent[]): Promise<void> {
    let bytes = 0;
    for (const event of batch) {
      bytes += event.bytes;
      event.isInFlight = true;
    }
    // Every request that is small enough outlives the page, also one that is in flight when the page is closed.
    const keepalive = this.#keepaliveBytes + bytes <= KEEPALIVE_BYTES_MAX;
    if (keepalive) this.#keepaliveBytes += bytes;
    const request = new TimedRequest(TIMEOUT_MS);
    const sentAt = now();
    this.#requests.add(request);
    try {
      const response = await request.unlessAborted(this.#post(batch, keepalive, request.signal));
      await this.#settle(batch, response, { request, sentAt });
    } catch (error) {
      // No response, most likely because the device is offline; or `#drop` has aborted the request.
      if (this.#requests.has(request)) this.#backOff({ reason: messageOf(error), remedy: LOST_REMEDY, sentAt });
    } finally {
      request.end();
      this.#requests.delete(request);
      if (keepalive) this.#keepaliveBytes -= bytes;
      for (const event of batch) event.isInFlight = false;
    }
  }

  #post(batch: QueuedEvent[], keepalive: boolean, signal: AbortSignal): Promise<Response> {
    const url = new URL(this.#url);
    // The collector corrects all timestamps of a request by `sentAt`. A batch that is correct is sent without it.
    if (!batch[0]?.isCorrected) url.searchParams.set('sentAt', String(Math.round(this.#clock.at())));
    const body = batch.map((event) => toLine(event, this.#clock)).join('');
    // This content type needs no preflight, which would delay the last request of a page.
    const headers = { 'content-type': 'text/plain' };
    return fetch(url, { method: 'POST', headers, body, keepalive, credentials: 'omit', signal });
  }

  // ── responses ──

  async #settle(batch: QueuedEvent[], response: Response, sent: SentRequest): Promise<void> {
    const { status } = response;
    const { sentAt } = sent;
    if (isTransient(status)) {
      const retryAfter = response.headers.get('retry-after');
      this.#backOff({ reason: `HTTP ${status}`, remedy: FAILED_REMEDY, sentAt, retryAfter });
    } else if (isElsewhere(response)) {
      this.#handleUnexpected(response);
    } else if ((status === 413 || status === 400) && batch.length > 1) {
      this.#countMax = Math.ceil(batch.length / 2);
      this.#sendAt = 0;
    } else if (isNotFound(status) || (isPage(response) && (response.ok || this.#htmlResponses < PAGES_MAX))) {
      this.#handleUnexpected(response);
    } else if (response.ok) {
      await this.#accept(batch, response, sent);
    } else {
      const remedy = REMEDIES[status] ?? optionAt(this.#url);
      const message = `the collector answered with HTTP ${status}; look at ${remedy}`;
      for (const event of batch) this.#refuse(event, message, status);
      this.#noteCollectorResponded();
      this.#finish(batch);
    }
  }

  async #accept(batch: QueuedEvent[], response: Response, { request, sentAt }: SentRequest): Promise<void> {
    // The events are accepted, even if the body of the response is lost.
    const answer: CollectorAnswer = (await request.unlessAborted(response.json()).catch(() => undefined)) ?? {};
    // An aborted request has events that were dropped meanwhile.
    if (this.#requests.has(request) && isElsewhere(response, answer)) return this.#handleUnexpected(response);
    const serverMs = Date.parse(`${answer.serverTime}`);
    this.#clock.adjust(serverMs, serverMs, sentAt, now());
    this.#backoff.handleSuccess();
    this.#noteCollectorResponded();
    this.#countMax = Math.min(this.#countMax + 1, COUNT_MAX);
    const delivered = new Set<QueuedEvent | undefined>(batch);
    for (const refusal of Array.isArray(answer.refused) ? answer.refused : []) {
      const { index, reason } = refusal ?? {};
      this.#refuse(batch[index], `the collector refused an event: ${reason}`, response.status);
      delivered.delete(batch[index]);
    }
    for (const event of delivered) this.#reporter.logOutcome('delivered: accepted by the collector', event?.id);
    this.#finish(batch);
  }

  /** The events are kept. The first such answer is reported. */
  #handleUnexpected(response: Response): void {
    const { status } = response;
    const isHtml = isPage(response);
    const remedy = optionAt(this.#url);
    this.#backOff({ reason: isHtml ? 'a page of HTML' : `HTTP ${status}`, remedy, sentAt: now() });
    if (isHtml) this.#htmlResponses += 1;
    if (this.#hasUnexpected) return;
    this.#hasUnexpected = true;
    this.#reporter.report(new KinesisError('ERR_SERVICE', describeUnexpected(response, isHtml, remedy), { status }));
  }

  #noteCollectorResponded(): void {
    this.#htmlResponses = 0;
    this.#hasUnexpected = false;
  }

  #finish(batch: QueuedEvent[]): void {
    // Events that were dropped meanwhile are not in the queue any more.
    this.#remove(batch.filter((event) => this.#queue.get(event.id) === event).map(({ id }) => id));
  }

  #refuse(event: QueuedEvent | undefined, message: string, status: number): void {
    this.#fail(event?.id, new KinesisError('ERR_SERVICE', message, { status, partitionKey: event?.partitionKey }));
  }

  #fail(id: string | undefined, error: KinesisError): void {
    this.#reporter.logOutcome(`dropped: ${error.message}`, id);
    this.#reporter.report(error);
  }

  #backOff(failed: FailedRequest): void {
    this.#sendAt = 0;
    this.#backoff.handleFailure(failed, this.#queue.size);
  }
}

interface SentRequest {
  request: TimedRequest;
  sentAt: number;
}

/** Most events of one request. */
const COUNT_MAX = 250;
/** Most bytes of events that wait in memory. */
const QUEUE_BYTES_MAX = 8 * 1024 * 1024;
/** `{"timestamp":"…",` and the newline are added when an event is sent. */
const TIMESTAMP_BYTES = 42;
/** Longest time that an event waits for others. */
const LINGER_MS = 1000;
const TIMEOUT_MS = 10_000;
/** Milliseconds after which a request is tried although the browser reports that it is offline. */
const PROBE_MS = 5000;
/** So many HTML pages with a 4xx status are retried: a firewall may have sent them. The next one is a refusal. */
const PAGES_MAX = 5;
