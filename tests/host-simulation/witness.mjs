// Sees every put, request, stored entry and settlement, and says where a promise of the package is broken.
import { userRecordsOf } from './host/aggregate.mjs';
import { Violation } from './host/scheduler.mjs';

const CODES = new Set(['ERR_INVALID_ARGUMENT', 'ERR_RECORD_TOO_LARGE', 'ERR_BUFFER_FULL', 'ERR_EXPIRED', 'ERR_ATTEMPTS', 'ERR_CLOSED', 'ERR_OUTBOX', 'ERR_CREDENTIALS', 'ERR_SERVICE', 'ERR_NETWORK', 'ERR_TIMEOUT', 'ERR_ABORTED', 'ERR_CORE']);

export class Witness {
  records = new Map();
  #serialOf = new Map();
  #puts = 0;
  #world;
  /** Records of a key in the order of their first storage: serials. */
  firstStored = [];

  constructor(world) {
    this.#world = world;
  }

  /**
   * A record is about to be put.
   * @param bytes what must arrive
   * @param key its partition key, if it was given one
   */
  put(serial, { owner, bytes, key, isBad = false }) {
    const record = { serial, owner, key, isBad, isAccepted: true, state: 'open', stored: [], requests: [], storedIn: new Set(), onErrors: 0, putAt: this.#world.scheduler.now, putOrder: (this.#puts += 1) };
    this.records.set(serial, record);
    if (!isBad) this.#serialOf.set(bytes.toString('latin1'), serial);
    return record;
  }

  // ── requests ──

  requestSent(request) {
    const { requests } = this.#world.network;
    if (requests.length > REQUESTS_MAX) this.#world.violate(`more than ${REQUESTS_MAX} requests`);
    const limit = this.inFlightMax?.get(request.owner);
    if (limit === undefined || request.isKeepalive || this.allowsRepeats || this.#mayRestart(request.realm)) return;
    const open = requests.filter(({ owner, endedAt, isKeepalive, realm }) => owner === request.owner && realm === request.realm && endedAt === undefined && !isKeepalive).length;
    if (open > limit) this.#world.violate(`${open} requests of ${request.owner} are in flight, of ${limit}`);
  }

  /** Entries of a request were executed: some of them are stored. */
  stored(request, { entries = [], placed = [] }) {
    for (const [index, { Data, PartitionKey }] of entries.entries()) {
      const place = placed.find((other) => other.index === index);
      for (const user of userRecordsOf(Data, PartitionKey)) this.#found(request, user, place);
    }
  }

  #found(request, { data, partitionKey }, place) {
    const serial = this.#serialOf.get(data.toString('latin1'));
    const text = data.length > 60 ? `${data.subarray(0, 60).toString()}…` : data.toString();
    if (serial === undefined) throw new Violation(`a request has data that nobody has put: ${JSON.stringify(text)}`);
    const record = this.records.get(serial);
    if (record.key !== undefined && record.key !== partitionKey) throw new Violation(`record ${serial} has the partition key ${partitionKey} in place of ${record.key}`);
    if (record.owner !== request.owner) throw new Violation(`record ${serial} of ${record.owner} is in a request with the credentials of ${request.owner}`);
    if (record.mustNotBeSent) throw new Violation(`record ${serial} is sent: ${record.mustNotBeSent}`);
    this.#checkRepeat(record, request);
    record.requests.push(request);
    if (!place) return;
    // One that arrives after its request was given up may come at any time.
    if (record.stored.length === 0 && request.endedAt === undefined) this.firstStored.push(serial);
    record.storedIn.add(request);
    record.stored.push(`${place.shardId}/${place.sequenceNumber}`);
  }

  /** A record is sent again only where the answer before did not come, or said that it failed. */
  #checkRepeat(record, request) {
    const { removed } = record;
    // Known: a page that comes back and cannot read the outbox, twice in a row, does not know that another page has delivered its records.
    // Known: a page that took a record over, while its own page was in the back/forward cache, sends it also where that one removes it when it
    // comes back: it had been delivered there, and its removal had waited for its write.
    const { takenOver } = record;
    const wasTakenOver = takenOver?.realm === request.realm && removed?.realm.wasFrozen && takenOver.at < removed.at;
    const mayKnow = !this.allowsTwoTabs && !wasTakenOver && !(request.realm.wasFrozen && this.mayFailToRead);
    if (removed && removed.realm !== request.realm && request.sentAt > removed.at + 100 && mayKnow) throw new Violation(`record ${record.serial} is sent by ${request.realm.name} after ${removed.realm.name} has removed it from the outbox`);
    for (const earlier of record.requests) {
      if (earlier.number >= request.number) continue;
      if (earlier.realm !== request.realm) {
        this.#checkTabs(record, earlier, request);
        continue;
      }
      if (this.allowsRepeats) return;
      if (this.#mayRestart(request.realm) || this.#mayComeBack(record, request.realm)) return;
      if (earlier.answeredAt !== undefined && earlier.answeredAt < request.sentAt && record.storedIn.has(earlier)) throw new Violation(`record ${record.serial} is sent again after its answer`);
      if (earlier.endedAt === undefined || earlier.endedAt > request.sentAt) throw new Violation(`record ${record.serial} is in requests ${earlier.number} and ${request.number} at once`);
    }
  }

  /** A page that comes back and cannot read the outbox counts its records as taken over, with what is in flight. */
  #mayRestart(realm) {
    return this.hasFaultyDatabase && realm.wasFrozen;
  }

  /**
   * Known: another page may take a record over while this one is in the back/forward cache with its request in flight, and close before it
   * sends it. This page has dropped the record with the answer then, and finds it in the outbox again.
   */
  #mayComeBack({ state, error }, realm) {
    return realm.wasFrozen && state === 'rejected' && error.code === 'ERR_ABORTED';
  }

  /** Two tabs that live, and were never frozen, do not send the same record. */
  #checkTabs({ serial }, earlier, request) {
    if (this.allowsTwoTabs || earlier.realm.isDead || earlier.realm.wasFrozen || request.realm.wasFrozen) return;
    // What a tab could not remove until it was closed is sent again by whoever finds it.
    if (this.hasFaultyDatabase && earlier.realm.wasClosed) return;
    throw new Violation(`record ${serial} is sent by ${earlier.realm.name} and ${request.realm.name}, which both live`);
  }

  // ── settlements ──

  resolved(serial, { shardId, sequenceNumber, attempts }) {
    const record = this.#settle(serial, 'resolved');
    if (record.isRefused) this.#world.violate(`record ${serial} was put after close, and is delivered`);
    this.#checkPace(record);
    this.#world.say(`record ${serial} is delivered, attempts ${attempts}`);
    if (!record.stored.includes(`${shardId}/${sequenceNumber}`)) this.#world.violate(`record ${serial} was acknowledged for ${shardId}/${sequenceNumber}, where it is not stored`);
    if (!(attempts >= 1)) this.#world.violate(`record ${serial} was delivered after ${attempts} attempts`);
  }

  /** Where nothing goes wrong, no record waits longer than it has to. */
  #checkPace({ serial, putAt, owner }) {
    const { calmMs } = this;
    const lingerMs = this.lingerMs?.get(owner);
    const ms = this.#world.scheduler.now - putAt;
    if (calmMs !== undefined && lingerMs !== undefined && ms > calmMs + lingerMs) this.#world.violate(`record ${serial} was delivered after ${Math.round(ms)} ms, though nothing went wrong`);
  }

  rejected(serial, error) {
    const record = this.#settle(serial, 'rejected');
    record.error = error;
    this.#world.say(`record ${serial} fails: ${error.code} ${error.name}: ${error.message}`);
    this.checkError(error);
    if (!record.isBad && !this.isExplained(error, record)) this.#world.violate(`record ${serial} fails for no reason: ${error.code}: ${error.message}`);
    if (record.isBad && record.requests.length > 0) this.#world.violate(`record ${serial} was refused and sent`);
  }

  #settle(serial, state) {
    const record = this.records.get(serial);
    if (record.state !== 'open') this.#world.violate(`record ${serial} settles twice`);
    record.state = state;
    return record;
  }

  /** Every error that a user sees: of the one class, with a code, and without a secret. */
  checkError(error) {
    if (!error.isOurs) this.#world.violate(`an error that is no KinesisError: ${error.name}: ${error.message}`);
    else if (!CODES.has(error.code)) this.#world.violate(`an error with the code ${error.code}`);
    this.checkText(error.text, 'an error');
  }

  checkText(text, where) {
    for (const secret of this.#world.kinesis.secrets()) if (text.includes(secret)) this.#world.violate(`a secret is in ${where}`);
    if (/r\d+ of \w+:/.test(text)) this.#world.violate(`a record's data are in ${where}`);
  }

  /** Whether something in the plan explains that a record or call fails so. */
  isExplained({ code }) {
    return this.reasons.has(code);
  }

  open() {
    return [...this.records.values()].filter(({ state }) => state === 'open');
  }
}

const REQUESTS_MAX = 3000;
