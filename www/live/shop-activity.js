/** What the shop says and what is read from the stream, entered into the books and shown on the ring. */

const ESTATE_MS = 10_000;
/** The longest pause between two tries, and some. */
const CALM_MS = 25_000;
const MESSAGE_ID = /"messageId":"([0-9a-f-]{36})"/;

export class News {
  /** Of the producer, where there is one. */
  stats = { clockOffsetMs: 0, recordsBuffered: 0 };
  #ledger;
  #rates;
  #traffic;
  #ring;
  #happenings;
  #on;
  #estateTimer;

  /**
   * @param {{ ledger: import('./ledger.js').Ledger, rates: import('./rates.js').Rates, traffic: import('./traffic.js').Traffic, ring: import('./ring.js').LiveRing, happenings: import('./happenings.js').Happenings }} places
   * @param {{ stored(shardId: string): void, error(error: any): void, isBroken(): boolean }} on `isBroken`: whether something is made to go wrong just now
   */
  constructor({ ledger, rates, traffic, ring, happenings }, on) {
    this.#ledger = ledger;
    this.#rates = rates;
    this.#traffic = traffic;
    this.#ring = ring;
    this.#happenings = happenings;
    this.#on = on;
  }

  /** @param {any} message of the shop's watch */
  heard(message) {
    const hear = { opened: this.#opened, put: this.#put, sent: this.#sent, answered: this.#answered, delivered: this.#delivered, lost: this.#lost, stats: this.#reported, error: this.#on.error }[message.type];
    hear?.call(this, message);
  }

  /** @param {import('../shard-reader.js').StreamRecord[]} records */
  read(records) {
    const decoder = new TextDecoder();
    for (const { data, shardId } of records) {
      const id = MESSAGE_ID.exec(decoder.decode(data))?.[1];
      if (!id || !this.#ledger.read(id)) continue;
      this.#ring.count(shardId);
      this.#happenings.found(id, shardId);
    }
  }

  /** The shop is gone, and with it whoever waited for answers. */
  killed() {
    this.#traffic.dropped();
    this.#ring.scatter();
    clearTimeout(this.#estateTimer);
  }

  /** A new shop is to bring back what the one before left. */
  #opened() {
    this.stats = { clockOffsetMs: 0, recordsBuffered: 0 };
    this.#ledger.orphan();
    this.#traffic.dropped();
    clearTimeout(this.#estateTimer);
    this.#estateTimer = setTimeout(() => this.#closeEstate(), ESTATE_MS);
  }

  /** Its outbox has reported all that it had; but while requests fail, or are made to, that takes longer. */
  #closeEstate() {
    const hasTold = !this.#on.isBroken() && this.stats.recordsBuffered === 0 && this.#traffic.calmMs > CALM_MS;
    if (hasTold) this.#ledger.closeEstate();
    else this.#estateTimer = setTimeout(() => this.#closeEstate(), ESTATE_MS);
  }

  #put({ id, key, own }) {
    this.#ledger.put(id);
    this.#rates.add('put');
    this.#ring.put({ id, key, own });
    if (own) this.#happenings.put(id, own);
  }

  #sent({ request, events }) {
    this.#traffic.sent(request, events.length);
    for (const { id } of events) {
      this.#ledger.sent(id);
      this.#happenings.sent(id);
    }
    this.#ring.send(events);
  }

  #answered({ request, ms, stored, failed, problem, lost = [] }) {
    this.#traffic.answered(request, problem);
    if (problem !== 'no answer') this.#rates.latency(ms);
    for (const { ids, shardId } of stored) this.#arrived(ids, shardId);
    if (failed.length) this.#rates.add('retried', failed.length);
    for (const id of failed) this.#happenings.failed(id, problem);
    this.#ring.fail(failed);
    for (const id of lost) this.#lost({ id });
  }

  #delivered({ ids, shardId }) {
    this.#arrived(ids, shardId);
  }

  /** The answer and the promise both tell of it; the first counts. */
  #arrived(ids, shardId) {
    const fresh = ids.filter((id) => !this.#ledger.isDelivered(id));
    for (const id of fresh) {
      this.#ledger.delivered(id);
      this.#happenings.stored(id, shardId);
    }
    if (fresh.length === 0) return;
    this.#rates.add('stored', fresh.length);
    this.#ring.land(fresh);
    if (shardId) this.#on.stored(shardId);
  }

  #lost({ id }) {
    this.#ledger.lost(id);
    this.#happenings.lost(id);
  }

  #reported({ stats }) {
    this.stats = stats;
  }
}
