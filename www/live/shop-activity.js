/** What the shop says and what is read from the stream, entered into the books and shown on the ring. */

const ABANDONED_MS = 10_000;
/** The longest pause between two tries, and some. */
const QUIET_MS = 25_000;
const MESSAGE_ID = /"messageId":"([0-9a-f-]{36})"/;

export class ShopActivity {
  /** Of the producer, where there is one. */
  stats = { clockOffsetMs: 0, recordsBuffered: 0 };
  #eventStates;
  #rates;
  #traffic;
  #ring;
  #eventList;
  #on;
  #abandonedTimer;

  /**
   * @param {{ eventStates: import('./event-states.js').EventStates, rates: import('./rates.js').Rates, traffic: import('./traffic.js').Traffic, ring: import('./ring.js').LiveRing, eventList: import('./event-list.js').EventList }} places
   * @param {{ stored(shardId: string): void, rush(message: { secondsLeft: number }): void, error(error: any): void, isBroken(): boolean }} on `isBroken`: whether something is made to go wrong just now
   */
  constructor({ eventStates, rates, traffic, ring, eventList }, on) {
    this.#eventStates = eventStates;
    this.#rates = rates;
    this.#traffic = traffic;
    this.#ring = ring;
    this.#eventList = eventList;
    this.#on = on;
  }

  /** @param {any} message of the shop's watch */
  handle(message) {
    const handle = {
      opened: this.#opened,
      put: this.#put,
      sent: this.#sent,
      answered: this.#answered,
      delivered: this.#delivered,
      lost: this.#lost,
      stats: this.#reported,
      rush: this.#on.rush,
      error: this.#on.error,
    }[message.type];
    handle?.call(this, message);
  }

  /** @param {import('../shard-reader.js').StreamRecord[]} records */
  read(records) {
    const decoder = new TextDecoder();
    for (const { data, shardId } of records) {
      const id = MESSAGE_ID.exec(decoder.decode(data))?.[1];
      if (!id) continue;
      const wasDelivered = this.#eventStates.isDelivered(id);
      if (!this.#eventStates.read(id)) continue;
      this.#ring.count(shardId);
      this.#eventList.found(id, shardId);
      if (!wasDelivered && this.#eventStates.isDelivered(id)) this.#showStored([id], shardId);
    }
  }

  /** The page of the shop was killed: the answers to its requests are lost. */
  killed() {
    this.#traffic.dropped();
    this.#ring.scatter();
    clearTimeout(this.#abandonedTimer);
  }

  /** A new shop is to bring back what the one before left. */
  #opened() {
    this.stats = { clockOffsetMs: 0, recordsBuffered: 0 };
    const found = this.#eventStates.orphan();
    if (found.length > 0) this.#showStored(found);
    this.#traffic.dropped();
    clearTimeout(this.#abandonedTimer);
    this.#abandonedTimer = setTimeout(() => this.#countAbandoned(), ABANDONED_MS);
  }

  /** Its outbox has reported all that it had; but while requests fail, or are made to, that takes longer. */
  #countAbandoned() {
    const hasReported = !this.#on.isBroken() && this.stats.recordsBuffered === 0 && this.#traffic.quietMs > QUIET_MS;
    if (hasReported) this.#eventStates.countAbandoned();
    else this.#abandonedTimer = setTimeout(() => this.#countAbandoned(), ABANDONED_MS);
  }

  #put({ id, key, own }) {
    this.#eventStates.put(id);
    this.#rates.add('put');
    this.#ring.put({ id, key, own });
    if (own) this.#eventList.put(id, own);
  }

  #sent({ request, events }) {
    this.#traffic.sent(request, events.length);
    for (const { id } of events) {
      this.#eventStates.sent(id);
      this.#eventList.sent(id);
    }
    this.#ring.send(events);
  }

  #answered({ request, ms, stored, accepted = [], acceptedBy, failed, problem, lost = [] }) {
    this.#traffic.answered(request, problem);
    if (problem !== 'no answer') this.#rates.latency(ms);
    for (const { ids, shardId } of stored) this.#arrived(ids, shardId);
    this.#accepted(accepted, acceptedBy);
    if (failed.length) this.#rates.add('retried', failed.length);
    for (const id of failed) this.#eventList.failed(id, problem);
    this.#ring.fail(failed);
    for (const id of lost) this.#lost({ id });
  }

  #delivered({ ids, shardId }) {
    this.#arrived(ids, shardId);
  }

  /** The answer and the promise both tell of it; the first counts. */
  #arrived(ids, shardId) {
    const fresh = ids.filter((id) => !this.#eventStates.isDelivered(id));
    for (const id of fresh) this.#eventStates.delivered(id);
    if (fresh.length > 0) this.#showStored(fresh, shardId);
    if (fresh.length > 0 && shardId) this.#on.stored(shardId);
  }

  /** A collector has them, and none was stored yet, unless it was read before this answer came. */
  #accepted(ids, holder) {
    const fresh = ids.filter((id) => !this.#eventStates.isDelivered(id) && !this.#eventStates.isAccepted(id));
    for (const id of fresh) {
      this.#eventStates.accepted(id);
      this.#eventList.accepted(id, holder);
    }
    this.#ring.accept(fresh);
    const found = fresh.filter((id) => this.#eventStates.isDelivered(id));
    if (found.length > 0) this.#showStored(found);
  }

  /** @param {string[]} ids @param {string} [shardId] */
  #showStored(ids, shardId) {
    for (const id of ids) this.#eventList.stored(id, shardId);
    this.#rates.add('stored', ids.length);
    this.#ring.land(ids);
  }

  #lost({ id }) {
    this.#eventStates.lost(id);
    this.#eventList.lost(id);
  }

  #reported({ stats }) {
    this.stats = stats;
  }
}
