/**
 * The state of every event by its messageId. A state only moves forward. An event is put once, delivered when Kinesis
 * has acknowledged it, lost when it is given up, and read when it was found in the stream. A collector accepts an event
 * before it is in the stream, so an accepted event is delivered only when it is read.
 */

const PUT = 1;
const DELIVERED = 2;
const LOST = 4;
const READ = 8;
const ACCEPTED = 16;
const EVENTS_MAX = 200_000;

export class EventStates {
  /** @type {Map<string, number>} */
  #states = new Map();
  /** The events that were waiting when their page was killed. @type {Set<string>} */
  #orphans = new Set();
  #counts = { put: 0, delivered: 0, accepted: 0, lost: 0, read: 0, found: 0, twice: 0 };
  #left = 0;

  /**
   * `accepted` are with a collector and not yet in the stream: they wait too. `found` are the delivered ones that were
   * read, `twice` what was read more than once.
   */
  get counts() {
    const { put, delivered, lost } = this.#counts;
    return { ...this.#counts, waiting: put - delivered - lost };
  }

  /** How many events a killed page left undelivered, and how many of them are still missing. */
  get abandoned() {
    return { left: this.#left, missing: this.#orphans.size };
  }

  /** @param {string} id */
  put(id) {
    this.#mark(id, PUT);
  }

  /** The event is sent. One that was not put since this page was opened comes from an outbox. @param {string} id */
  sent(id) {
    this.#mark(id, PUT);
    this.#orphans.delete(id);
  }

  /** @param {string} id */
  delivered(id) {
    this.#mark(id, PUT | DELIVERED);
    this.#orphans.delete(id);
  }

  /** A collector holds it, in its memory or in its queue. @param {string} id */
  accepted(id) {
    this.#mark(id, PUT | ACCEPTED);
    this.#orphans.delete(id);
    if (this.#state(id) & READ) this.delivered(id);
  }

  /** @param {string} id */
  isAccepted(id) {
    return Boolean(this.#state(id) & ACCEPTED);
  }

  /** @param {string} id */
  isDelivered(id) {
    return Boolean(this.#state(id) & DELIVERED);
  }

  /** @param {string} id */
  lost(id) {
    if (!(this.#state(id) & (DELIVERED | ACCEPTED))) this.#mark(id, PUT | LOST);
  }

  /** @param {string} id @returns {boolean} whether it is one of these events, and read for the first time */
  read(id) {
    const state = this.#state(id);
    if (state & READ && state & PUT) this.#counts.twice++;
    this.#mark(id, READ);
    // A collector reports no delivery, and the answer to a killed page is lost: the event in the stream proves it.
    if (state & ACCEPTED || this.#orphans.has(id)) this.delivered(id);
    return !(state & READ) && Boolean(state & PUT);
  }

  /**
   * The page that put them was killed: the events that wait in it have to come from its outbox.
   * @returns {string[]} those that were read already, which are delivered now: their answers were lost
   */
  orphan() {
    const found = [];
    this.#orphans.clear();
    for (const [id, state] of this.#states) {
      if (!isWaiting(state)) continue;
      if (state & READ) found.push(id);
      else this.#orphans.add(id);
    }
    for (const id of found) this.delivered(id);
    this.#left = this.#orphans.size;
    return found;
  }

  /** What has not come back by now is in no outbox and not in the stream. */
  countAbandoned() {
    for (const id of this.#orphans) this.lost(id);
    this.#orphans.clear();
  }

  #state(id) {
    return this.#states.get(id) ?? 0;
  }

  #mark(id, bits) {
    const before = this.#state(id);
    // An event that was given up and yet acknowledged, by the answer to another try, is not lost.
    const after = bits & (DELIVERED | ACCEPTED) ? (before | bits) & ~LOST : before | bits;
    if (after === before) return;
    this.#states.set(id, after);
    this.#count(before, after);
    if (this.#states.size > EVENTS_MAX) this.#forget();
  }

  #count(before, after) {
    const change = (isSo) => Number(isSo(after)) - Number(isSo(before));
    this.#counts.put += change((state) => !!(state & PUT));
    this.#counts.delivered += change((state) => !!(state & DELIVERED));
    this.#counts.accepted += change(isAccepted);
    this.#counts.lost += change((state) => !!(state & LOST));
    this.#counts.read += change((state) => !!(state & PUT && state & READ));
    this.#counts.found += change((state) => !!(state & DELIVERED && state & READ));
  }

  /** The oldest that nothing more is expected of. The counts stay. */
  #forget() {
    for (const [id, state] of this.#states) {
      if (state & READ && !isWaiting(state)) return this.#states.delete(id);
    }
  }
}

/** @param {number} state */
function isWaiting(state) {
  return (state & (PUT | DELIVERED | ACCEPTED | LOST)) === PUT;
}

/** @param {number} state */
function isAccepted(state) {
  return (state & (ACCEPTED | DELIVERED)) === ACCEPTED;
}
