import { KinesisError } from '../core/error.js';
import { indexedDBOutbox } from '../outbox/indexeddb.js';
import { OutboxWriter } from '../outbox/writer.js';

/**
 * @typedef {import('./direct.js').Item & { offsetMs?: number | undefined, bytes: number, isFlying: boolean }} Item
 */

/**
 * To a collector, without keys: one request at a time, what failed again, each event settled by name. An event is given up only where
 * the collector says so: it waits through any number of faults.
 */
export class Collector {
  #url;
  #clock;
  #onError;
  /** @type {Map<string, Item>} */
  #queue = new Map();
  #queueBytes = 0;
  /** @type {import('../types/types.js').IndexedDBOutbox | undefined} */
  #outbox;
  /** @type {OutboxWriter | undefined} */
  #storing;
  #isBusy = false;
  #isAway = false;
  #keepaliveBytes = 0;
  /** Halved where the collector finds a body too large. */
  #countMax = COUNT_MAX;
  #failures = 0;
  #sendAt = Infinity;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {{ open: Set<string>, resolve: () => void }[]} */
  #flushes = [];
  #online = () => {
    this.#notBefore = 0;
    this.#pump();
  };

  /**
   * @param {URL} url
   * @param {{ persist: boolean, onError: (error: any) => void }} options
   * @param {import('./clock.js').Clock} clock
   */
  constructor(url, { persist, onError }, clock) {
    this.#url = url;
    this.#clock = clock;
    this.#onError = onError;
    addEventListener('online', this.#online);
    if (!persist) return;
    this.#outbox = indexedDBOutbox({ name: `kinesis-edge-tracker ${url.origin}${url.pathname}` });
    this.#storing = new OutboxWriter(this.#outbox, (news) => this.#hear(news));
    this.#takeLeft();
  }

  /** @param {import('./direct.js').Item} given */
  put(given) {
    const offsetMs = this.#clock.offsetMs;
    const data = new TextEncoder().encode(`${JSON.stringify([given.timestamp, offsetMs])}\n${given.text}`);
    if (this.#queueBytes + data.length > QUEUE_BYTES_MAX) {
      this.#onError(new KinesisError('ERR_BUFFER_FULL', `${QUEUE_BYTES_MAX} bytes of events wait already`));
      return;
    }
    this.#storing?.add({ id: given.messageId, partitionKey: given.partitionKey, data, putAt: given.at });
    this.#enter({ ...given, bytes: data.length + STAMP_BYTES, isFlying: false });
  }

  /** @param {{ keepalive?: boolean }} [options] */
  flush({ keepalive = false } = {}) {
    this.#storing?.hurry();
    const open = new Set(this.#queue.keys());
    const flushed = /** @type {Promise<void>} */ (new Promise((resolve) => this.#flushes.push({ open, resolve })));
    if (keepalive) {
      for (let batch; (batch = this.#next(KEEPALIVE_BYTES_MAX - this.#keepaliveBytes)).length > 0; ) this.#send(batch);
    }
    this.#sendAt = 0;
    this.#pump();
    this.#settle([]);
    return flushed;
  }

  async forget() {
    this.#storing?.remove([...this.#queue.keys()]);
    this.#settle([...this.#queue.keys()]);
    await this.#storing?.settled();
    await this.#outbox?.clear();
  }

  close() {
    removeEventListener('online', this.#online);
    this.#storing?.close();
    clearTimeout(this.#timer);
  }

  // ── the queue ──

  /** @param {Item} item */
  #enter(item) {
    this.#queue.set(item.messageId, item);
    this.#queueBytes += item.bytes;
    this.#sendAt = Math.min(this.#sendAt, this.#queueBytes > BODY_BYTES_MAX / 2 ? 0 : this.#clock.now() + LINGER_MS);
    this.#pump();
  }

  async #takeLeft() {
    for (const { id, data, partitionKey, putAt } of (await this.#storing?.left()) ?? []) {
      const text = new TextDecoder().decode(data);
      const end = text.indexOf('\n');
      const [timestamp, offsetMs] = JSON.parse(text.slice(0, end));
      this.#enter({ messageId: id, partitionKey, at: putAt, timestamp, offsetMs, text: text.slice(end + 1), bytes: data.length + STAMP_BYTES, isFlying: false });
    }
  }

  /** @param {import('../types/types.js').OutboxNews} news */
  #hear(news) {
    if (news.kind === 'error') this.#onError(news.error);
    else if (news.kind === 'left') this.#takeLeft();
    else if (news.kind === 'away') this.#isAway = true;
    else {
      this.#isAway = false;
      this.#storing?.release(news.gone);
      this.#settle(news.gone);
      this.#pump();
    }
  }

  /**
   * The oldest that are not under way, as many as go into one body; one at least where anything fits.
   * @param {number} room
   */
  #next(room) {
    const batch = [];
    let bytes = 0;
    for (const item of this.#queue.values()) {
      if (item.isFlying) continue;
      bytes += item.bytes;
      if (bytes > room || batch.length === this.#countMax || (batch.length > 0 && bytes > BODY_BYTES_MAX)) break;
      batch.push(item);
    }
    return batch;
  }

  #pump() {
    if (this.#isBusy || this.#isAway || !navigator.onLine) return;
    const batch = this.#next(Infinity);
    if (batch.length === 0) {
      this.#sendAt = Infinity;
      return;
    }
    const wait = Math.max(this.#sendAt, this.#notBefore) - this.#clock.now();
    clearTimeout(this.#timer);
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#pump(), Math.min(wait, BACKOFF_MS_MAX));
      return;
    }
    this.#isBusy = true;
    this.#send(batch).then(() => {
      this.#isBusy = false;
      this.#pump();
    });
  }

  // ── one request ──

  /** @param {Item[]} batch */
  async #send(batch) {
    const bytes = batch.reduce((sum, item) => sum + item.bytes, 0);
    for (const item of batch) item.isFlying = true;
    // Every request that may outlives the page: one that is under way when it closes too.
    const keepalive = this.#keepaliveBytes + bytes <= KEEPALIVE_BYTES_MAX;
    if (keepalive) this.#keepaliveBytes += bytes;
    try {
      await this.#read(batch, this.#post(batch, keepalive));
    } catch {
      // Offline, most likely, which is no try: the next one comes later, or when the browser says so.
      this.#failures += 1;
      this.#rest(0);
    } finally {
      if (keepalive) this.#keepaliveBytes -= bytes;
      for (const item of batch) item.isFlying = false;
    }
  }

  /**
   * @param {Item[]} batch
   * @param {boolean} keepalive
   */
  #post(batch, keepalive) {
    const url = new URL(this.#url);
    url.searchParams.set('sentAt', String(Math.round(this.#clock.at(this.#clock.now()))));
    const body = batch.map((item) => this.#line(item)).join('');
    // Without headers that need asking for, so that no preflight delays the last request of a page.
    const headers = { 'content-type': 'text/plain' };
    return fetch(url, { method: 'POST', headers, body, keepalive, credentials: 'omit', signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  /** @param {Item} item */
  #line({ at, timestamp, offsetMs, text }) {
    const time = timestamp ?? new Date(at + (offsetMs ?? this.#clock.offsetMs ?? 0)).toISOString();
    return `{"timestamp":"${time}",${text}\n`;
  }

  /**
   * @param {Item[]} batch
   * @param {Promise<Response>} sent
   */
  async #read(batch, sent) {
    const sentAt = this.#clock.now();
    const answer = await sent;
    const { status } = answer;
    if (answer.ok) {
      // What is lost of an answer that says so much is not worth a second delivery.
      const { refused = [], serverTime } = await answer.json().catch(() => ({}));
      const time = Date.parse(serverTime);
      this.#clock.learn(time, time, sentAt, this.#clock.now());
      this.#failures = 0;
      this.#countMax = Math.min(this.#countMax * 2, COUNT_MAX);
      for (const { index, reason } of refused) this.#refuse(batch[index], `the collector refused an event: ${reason}`, status);
      this.#end(batch);
      return;
    }
    if (status >= 500 || status === 429 || status === 408) {
      this.#failures += 1;
      this.#rest(Number(answer.headers.get('retry-after')) * 1000 || 0);
    } else if ((status === 413 || status === 400) && batch.length > 1) {
      this.#countMax = Math.ceil(batch.length / 2);
    } else {
      for (const item of batch) this.#refuse(item, `the collector answered with HTTP ${status}`, status);
      this.#end(batch);
    }
  }

  /**
   * Exponential backoff with full jitter.
   * @param {number} leastMs
   */
  #rest(leastMs) {
    const most = Math.min(BACKOFF_MS * 2 ** Math.min(this.#failures - 1, 10), BACKOFF_MS_MAX);
    this.#notBefore = this.#clock.now() + leastMs + Math.random() * most;
  }

  /**
   * @param {Item | undefined} item
   * @param {string} message
   * @param {number} status
   */
  #refuse(item, message, status) {
    this.#onError(new KinesisError('ERR_SERVICE', message, { status, partitionKey: item?.partitionKey }));
  }

  /** @param {Item[]} items */
  #end(items) {
    const ids = items.map((item) => item.messageId);
    this.#storing?.remove(ids);
    this.#settle(ids);
  }

  /** @param {string[]} ids */
  #settle(ids) {
    for (const id of ids) {
      this.#queueBytes -= this.#queue.get(id)?.bytes ?? 0;
      this.#queue.delete(id);
    }
    this.#flushes = this.#flushes.filter(({ open, resolve }) => {
      for (const id of ids) open.delete(id);
      if (open.size === 0) resolve();
      return open.size > 0;
    });
  }
}

const COUNT_MAX = 250;
/** Small enough for `keepalive`. */
const BODY_BYTES_MAX = 48 * 1024;
/** What all bodies of keepalive requests share: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch */
const KEEPALIVE_BYTES_MAX = 64 * 1024;
const QUEUE_BYTES_MAX = 8 * 1024 * 1024;
/** Of a time stamp, written when an event is sent. */
const STAMP_BYTES = 42;
const LINGER_MS = 1000;
const TIMEOUT_MS = 10_000;
const BACKOFF_MS = 1000;
const BACKOFF_MS_MAX = 20_000;
