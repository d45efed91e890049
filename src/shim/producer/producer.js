import { now } from '../core/alarm.js';
import { putRecord } from '../client/client.js';
import { FLUSH, HAS_ROOM, PUT_TEXTS, WANTS_POLL, run } from '../core/core.js';
import { toBytes, toHashKey, toOptionalText } from '../core/data.js';
import { Delivery } from './delivery.js';
import { Driver } from './driver.js';
import { Early } from './early.js';
import { KinesisError, errorFrom, errorOf, isRefusal, report } from '../core/error.js';
import { Gate } from '../core/gate.js';
import { forget, takeDefaults } from '../core/hand-over.js';
import { isLoaded, whenLoaded } from '../core/load.js';
import { readOptions } from '../core/options.js';
import { Storing } from '../outbox/outbox.js';
import { toPayload } from './payload.js';
import { statsOf } from './core.js';
import { readProducerOptions, withoutUndefined } from './options.js';
import { Register } from '../core/register.js';
import { Restoring } from '../outbox/restoring.js';
import { Texts, isShort, textBytesMax } from '../core/texts.js';
import { uuidv7 } from '../core/uuid.js';
import { writableOf } from './writable.js';

/**
 * @typedef {import('../types/types.js').PutOptions} PutOptions
 * @typedef {import('../types/types.js').PutResult} PutResult
 * @typedef {{ delivered: number, failed: number }} FlushCounts
 * @typedef {{ data: string | Uint8Array, partitionKey: string | undefined, explicitHashKey: string | undefined, outboxId: string | undefined }} Taken
 * @typedef {{ resolve: (result: PutResult) => void, reject: (error: KinesisError) => void, partitionKey?: string | undefined, outboxId?: string | undefined }} Waiting
 */

/** Put and forget, or put and know: batching, retries, order and back-pressure are its business. */
export class Producer {
  #given;
  #options;
  #driver;
  #pump = () => this.#driver.pump();
  #guard = (/** @type {() => void} */ work) => this.#driver.guard(work);
  #recover = (/** @type {unknown} */ error) => this.#driver.recover(error);
  #closed = false;
  #isUsed = false;
  /** Until the module is loaded. @type {Early<Taken & { waiting: Waiting }>} */
  #early;
  /** Records on their way, by the core's names. @type {Register<Waiting>} */
  #waiting = new Register();
  /** Records that the core has not seen yet: it is given all of this turn together. @type {Texts<Waiting>} */
  #texts = new Texts();
  #isHandingOver = false;
  /** @type {Map<number, (counts: FlushCounts) => void>} */
  #flushes = new Map();
  #room = new Gate();
  /** @type {Storing | undefined} */
  #storing;
  /** @type {Restoring | undefined} */
  #restoring;
  /** @type {WritableStream<unknown> | undefined} */
  #writable;

  /** @param {import('../types/types.js').ProducerOptions} options */
  constructor(options) {
    this.#driver = new Driver(readOptions(options), (report) => this.#settle(report), (error) => this.#abandon(error));
    this.#given = options;
    this.#options = readProducerOptions(options);
    this.#early = new Early(this.#options);
    if (isLoaded()) this.#driver.start(this.#options);
    else this.#startLater();
    this.#driver.listen();
    this.#store();
  }

  /**
   * @param {unknown} data
   * @param {PutOptions} [options]
   * @returns {Promise<PutResult>}
   */
  put(data, options) {
    const delivery = new Delivery();
    const refusal = this.#tryPut(data, options, delivery);
    // Whoever ignores it is told by `onError`, not by an unhandled rejection: there is no promise until somebody looks.
    if (refusal) delivery.reject(refusal);
    return delivery;
  }

  /**
   * Many at once, without a promise for each, which costs as much as all the rest.
   * @param {{ data: string | Uint8Array, partitionKey: string | undefined }[]} records
   * @param {(error: KinesisError | undefined) => void} settle called once for each
   */
  putAll(records, settle) {
    const resolve = () => settle(undefined);
    const isPlain = this.#core && !this.#closed && !this.#storing;
    this.#isUsed = true;
    /** One for all of a key: there is nothing to tell them apart by. @type {Waiting | undefined} */
    let waiting;
    for (const record of records) {
      const { data, partitionKey } = record;
      if (isPlain && partitionKey) {
        if (waiting?.partitionKey !== partitionKey) waiting = { resolve, reject: settle, partitionKey };
        if (this.#collect(record, waiting)) continue;
      }
      const refusal = this.#tryPut(data, record, { resolve, reject: settle });
      if (refusal) settle(refusal);
    }
  }

  /**
   * Whether all of so many records, of so many bytes together, would be taken.
   * @param {number} records
   * @param {number} bytes
   */
  hasRoomFor(records, bytes) {
    this.#handOver();
    return this.#core ? run(HAS_ROOM, this.#core, records, bytes) > 0 : this.#early.hasRoom(bytes, records);
  }

  /** @returns {Promise<void>} */
  get ready() {
    return this.#hasRoom() ? Promise.resolve() : this.#room.wait();
  }

  /** @returns {WritableStream<unknown>} */
  get writable() {
    // What is taken settles later, and its loss is for `onError`.
    this.#writable ??= writableOf(this, (data, options) => this.#tryPut(data, options, { resolve: () => {}, reject: () => {} }));
    return this.#writable;
  }

  /**
   * @param {{ keepalive?: boolean }} [options]
   * @returns {Promise<FlushCounts>}
   */
  flush({ keepalive = false } = {}) {
    if (!this.#core) {
      if (keepalive) this.#storing?.hurry();
      return whenLoaded().then(() => this.flush());
    }
    return this.attend(() => {
      this.#handOver();
      /** @type {Promise<FlushCounts>} */
      const counts = new Promise((resolve) => this.#beginFlush(resolve));
      if (keepalive) {
        this.#storing?.hurry();
        this.#driver.sendKeepalive();
      }
      this.#pump();
      return counts;
    });
  }

  /**
   * For whoever waits for records without a flush, which would send them at once.
   * @template T
   * @param {() => Promise<T>} work
   */
  attend(work) {
    return this.#driver.attend(() => {
      const done = work();
      // In the name of whoever waits for it, not of a later turn.
      this.#handOver();
      return done;
    });
  }

  /** @returns {Promise<void>} */
  async close() {
    this.#closed = true;
    try {
      await this.flush();
      await this.#storing?.settled();
    } finally {
      this.#storing?.close();
      this.#driver.close();
    }
  }

  /** @returns {Promise<void>} */
  [Symbol.asyncDispose]() {
    return this.close();
  }

  /** @returns {import('../types/types.js').ProducerStats} */
  get stats() {
    this.#handOver();
    return statsOf(this.#core, this.#early);
  }

  /**
   * @param {Partial<import('../types/types.js').ProducerOptions>} defaults
   * @param {(stream: string) => import('../types/types.js').Outbox | undefined} [makeOutbox]
   */
  [takeDefaults](defaults, makeOutbox) {
    if (this.#isUsed) return false;
    const { streamARN, streamName, outbox = makeOutbox?.(`${streamARN ?? streamName}`) } = this.#options;
    this.#options = readProducerOptions({ ...defaults, ...withoutUndefined(this.#given), outbox });
    if (this.#core) this.#driver.start(this.#options);
    if (!this.#storing) this.#store();
    return true;
  }

  /** @param {string} partitionKey */
  async [forget](partitionKey) {
    this.#handOver();
    const all = [...this.#early.all.map(({ waiting }) => waiting), ...this.#waiting.values()];
    const mine = all.filter((waiting) => waiting.partitionKey === partitionKey);
    const gone = mine.flatMap(({ outboxId }) => outboxId ?? []);
    this.#storing?.remove(gone);
    // Without an outbox nobody but the core has the data of the others: then they all go out.
    if (mine.length > 0 && (this.#storing || mine.length === all.length)) await this.#restart(new Set(gone));
    await this.#storing?.settled();
  }

  // ── taking records ──

  /**
   * @param {unknown} data
   * @param {PutOptions} [options]
   * @returns {Taken}
   */
  #take(data, options) {
    this.#isUsed = true;
    if (this.#closed) throw new KinesisError('ERR_CLOSED', 'the producer is closed: it takes no more records');
    const { partitionKey: fallback } = this.#options;
    const given = options?.partitionKey ?? (typeof fallback === 'function' ? fallback(data) : fallback);
    const partitionKey = toOptionalText(given, 'partitionKey') ?? (this.#storing ? uuidv7() : undefined);
    // The core gives a random one where there is none.
    if (partitionKey === '') throw KinesisError.invalid('partitionKey must have 1 to 256 characters, not 0');
    const explicitHashKey = toHashKey(options?.explicitHashKey, 'explicitHashKey') || undefined;
    return { data: toPayload(data), partitionKey, explicitHashKey, outboxId: this.#storing && uuidv7() };
  }

  /**
   * @param {unknown} data
   * @param {PutOptions | undefined} options
   * @param {Waiting} waiting
   * @returns {KinesisError | undefined} why it was not taken
   */
  #tryPut(data, options, waiting) {
    try {
      const taken = this.#take(data, options);
      waiting.partitionKey = taken.partitionKey;
      waiting.outboxId = taken.outboxId;
      this.#accept(taken, waiting);
      return undefined;
    } catch (error) {
      if (!(error instanceof KinesisError || isRefusal(error))) this.#recover(error);
      return errorFrom(error);
    }
  }

  /**
   * @param {Taken} taken
   * @param {Waiting} waiting
   */
  #accept(taken, waiting) {
    const { data, partitionKey, explicitHashKey, outboxId } = taken;
    if (!this.#core) this.#early.add({ ...taken, waiting });
    else if (!this.#collect(taken, waiting)) this.#enter(taken, waiting);
    if (outboxId !== undefined && partitionKey !== undefined) {
      const bytes = typeof data === 'string' ? toBytes(data) : data.slice();
      this.#storing?.add({ id: outboxId, partitionKey, explicitHashKey, data: bytes, putAt: Date.now() });
    }
  }

  /**
   * Keeps a short text for the end of this turn, where the core will certainly take it.
   * @param {{ data: string | Uint8Array, partitionKey?: string | undefined, explicitHashKey?: string | undefined }} taken
   * @param {Waiting} waiting
   */
  #collect({ data, partitionKey = '', explicitHashKey }, waiting) {
    const texts = this.#texts;
    if (typeof data !== 'string' || explicitHashKey !== undefined || !isShort(data, partitionKey, this.#options.recordBytesMax)) return false;
    if (!run(HAS_ROOM, this.#core, texts.count + 1, texts.bytesMax + textBytesMax(data, partitionKey))) return false;
    texts.add(data, partitionKey, waiting);
    if (texts.isFull) this.#handOver();
    else if (!this.#isHandingOver) {
      this.#isHandingOver = true;
      queueMicrotask(() => {
        this.#isHandingOver = false;
        this.#handOver();
      });
    }
    return true;
  }

  /** Gives the core what was collected. */
  #handOver() {
    if (this.#texts.count === 0) return;
    const { parts, companions, text, length, lengths } = this.#texts.take();
    let entered = 0;
    this.#guard(() => {
      const first = run(PUT_TEXTS, this.#core, now(), length, 0, 0, text, lengths);
      for (const waiting of companions) {
        if (first >= 0) this.#waiting.add(first + entered, waiting);
        else this.#enter({ data: /** @type {string} */ (parts[entered * 2]), partitionKey: parts[entered * 2 + 1] }, waiting);
        entered += 1;
      }
      if (run(WANTS_POLL, this.#core, now())) this.#pump();
    });
    for (const waiting of companions.slice(entered)) this.#lose(waiting, new KinesisError('ERR_CORE', 'the WebAssembly core failed before it had the record'));
  }

  /**
   * Gives a record to the core.
   * @param {{ data: string | Uint8Array, partitionKey?: string | undefined, explicitHashKey?: string | undefined }} taken
   * @param {Waiting} waiting
   */
  #enter({ data, partitionKey = '', explicitHashKey = '' }, waiting) {
    this.#handOver();
    const id = putRecord(/** @type {import('../core/core.js').Handle} */ (this.#core), now(), data, partitionKey, explicitHashKey);
    this.#waiting.add(id < 0 ? -1 - id : id, waiting);
    if (id < 0) this.#pump();
  }

  // ── the outbox ──

  #store() {
    const { outbox } = this.#options;
    if (!outbox) return;
    this.#storing = new Storing(outbox, (news) => this.#hear(news));
    this.#restoring = new Restoring(this.#storing, {
      enter: (record, waiting) => {
        this.#isUsed = true;
        this.#enter(record, waiting);
        this.#pump();
      },
      lose: (waiting, error) => this.#lose(waiting, error),
      ready: () => this.ready,
    });
    this.#restoring.putLeft();
  }

  /** @param {import('../types/types.js').OutboxNews} news */
  #hear(news) {
    if (news.kind === 'error') report(this.#options.onError, /** @type {KinesisError} */ (news.error));
    else if (news.kind === 'left') this.#restoring?.putLeft();
    else if (news.kind === 'away') this.#driver.isAway = true;
    else this.#comeBack(news.gone);
  }

  /**
   * From the back/forward cache: what another page has taken over meanwhile is that one's to deliver.
   * @param {string[]} gone
   */
  async #comeBack(gone) {
    this.#storing?.release(gone);
    this.#driver.isAway = false;
    if (gone.length > 0) await this.#restart(new Set(gone));
    this.#pump();
  }

  /**
   * The core forgets nothing by itself: a fresh one is given what the outbox still has for it.
   * @param {Set<string>} gone outbox ids of records that are not to be sent
   */
  async #restart(gone) {
    /** @param {{ outboxId?: string | undefined }} record */
    const isGone = ({ outboxId }) => outboxId === undefined || gone.has(outboxId);
    if (!this.#core) {
      this.#early.keep((taken) => !isGone(taken));
      return;
    }
    this.#handOver();
    const { waiting, flushes } = this.#replace();
    for (const one of waiting.filter(isGone)) one.reject(released(one.partitionKey));
    await this.#restoring?.putBack(waiting.filter((one) => !isGone(one)));
    for (const resolve of flushes.values()) this.#beginFlush(resolve);
    this.#pump();
  }

  // ── what has become of them ──

  /** @param {[any[], number[]]} report flat, as the core writes it */
  #settle([settled, flushes]) {
    /** @type {string[]} */
    const done = [];
    for (let at = 0; at < settled.length; ) {
      const first = at + 1;
      at = first + settled[at];
      const [attempts, outcome, sequenceNumber] = [settled[at], settled[at + 1], settled[at + 2]];
      for (let index = first; index < at; index += 1) this.#settleOne(settled[index], attempts, outcome, sequenceNumber, done);
      at += 3;
    }
    if (done.length > 0) this.#storing?.remove(done);
    for (let at = 0; at < flushes.length; at += 3) {
      const [id, delivered, failed] = /** @type {[number, number, number]} */ (flushes.slice(at, at + 3));
      this.#flushes.get(id)?.({ delivered, failed });
      this.#flushes.delete(id);
    }
    this.#tellRoom();
  }

  /**
   * @param {number} id
   * @param {number} attempts
   * @param {any} outcome the shard, or an error
   * @param {string} sequenceNumber
   * @param {string[]} done names in the outbox
   */
  #settleOne(id, attempts, outcome, sequenceNumber, done) {
    const waiting = this.#waiting.take(id);
    if (!waiting) return;
    // What fails for want of keys waits for the next visit.
    if (waiting.outboxId !== undefined && outcome.code !== 'ERR_CREDENTIALS') done.push(waiting.outboxId);
    if (typeof outcome === 'string') waiting.resolve({ shardId: outcome, sequenceNumber, attempts });
    else this.#lose(waiting, errorOf({ ...outcome, attempts, partitionKey: waiting.partitionKey }));
  }

  #tellRoom() {
    if (this.#hasRoom()) this.#room.open();
  }

  /**
   * @param {Waiting} waiting
   * @param {KinesisError} error
   */
  #lose(waiting, error) {
    waiting.reject(error);
    report(this.#options.onError, error);
  }

  // ── the core ──

  get #core() {
    return this.#driver.core;
  }

  /** @param {(counts: FlushCounts) => void} resolve */
  #beginFlush(resolve) {
    this.#guard(() => this.#flushes.set(run(FLUSH, this.#core), resolve));
  }

  async #startLater() {
    try {
      await whenLoaded();
      this.#driver.start(this.#options);
    } catch (error) {
      const failure = errorFrom(error);
      // What is in the outbox stays there.
      for (const { waiting } of this.#early.take()) this.#lose(waiting, failure);
      return;
    }
    for (const { waiting, ...taken } of this.#early.take()) {
      const { outboxId } = taken;
      try {
        this.#enter(taken, waiting);
      } catch (error) {
        if (outboxId !== undefined) this.#storing?.remove([outboxId]);
        this.#lose(waiting, errorFrom(error));
      }
    }
    this.#tellRoom();
    this.#pump();
  }

  /** @param {KinesisError} error */
  #abandon(error) {
    const { waiting, flushes } = this.#replace();
    for (const one of waiting) this.#lose(one, error);
    for (const resolve of flushes.values()) resolve({ delivered: 0, failed: waiting.length });
    this.#tellRoom();
  }

  /** A fresh core in place of the one that is: returns what was in that. */
  #replace() {
    const old = { waiting: this.#waiting.values(), flushes: this.#flushes };
    this.#waiting = new Register();
    this.#flushes = new Map();
    this.#driver.start(this.#options);
    return old;
  }

  /** For a record of any size that is allowed. */
  #hasRoom() {
    return this.hasRoomFor(1, this.#options.recordBytesMax);
  }
}

/** @param {string | undefined} partitionKey */
function released(partitionKey) {
  return new KinesisError('ERR_ABORTED', 'the record is no longer this page\'s to send', { partitionKey });
}
