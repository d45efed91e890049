// Part: a producer with an outbox in each of several tabs, which share a database. Tabs are opened, frozen, left and killed.
import { Databases } from '../host/indexeddb.mjs';
import { Locks } from '../host/locks.mjs';
import { anyAnswerOfProvider, anyLoad, anyRequest } from './faults.mjs';
import { Program } from './program.mjs';
import { reasonsOf } from './reasons.mjs';

export const name = 'outbox';

export function planOf(dice, seed) {
  const isCalm = dice.chance(20);
  const badPercent = isCalm ? 0 : dice.one([5, 30]);
  const plan = {
    part: name,
    seed,
    clockOffsetMs: dice.between(-2000, 2000),
    hidesDate: dice.chance(20),
    kinesis: { shards: dice.between(1, 3) },
    load: anyLoad(dice, isCalm ? 0 : 25),
    requests: Array.from({ length: isCalm ? 0 : dice.between(0, 40) }, () => withoutReentry(anyRequest(dice, badPercent, false))),
    provider: Array.from({ length: dice.between(0, 4) }, () => anyAnswerOfProvider(dice, isCalm ? 0 : 25)),
    database: Array.from({ length: isCalm || dice.chance(40) ? 0 : dice.between(0, 40) }, () => anyOperations(dice)).flat(),
    hasLocks: !dice.chance(10),
    options: {
      isStatic: dice.chance(50),
      aggregation: dice.one(['off', 'off', 'key']),
      ordering: dice.one(['none', 'none', 'key']),
      lingerMs: dice.one([5, 100, 1000]),
      requestRecordsMax: dice.one([2, 10, 500]),
      bufferRecordsMax: dice.one([5, 1000]),
      recordTtlMs: dice.one([20_000, 300_000]),
      outbox: { name: 'box', ...(dice.chance(15) && { bytesMax: 1000 }) },
    },
    actions: [],
  };
  addActions(plan, dice);
  plan.actions.sort((one, other) => one.at - other.at);
  if (dice.chance(15)) plan.foreign = dice.between(1, 5);
  plan.rests = dice.chance(50);
  return plan;
}

/** A database that fails may do so several times in a row, so that a second try fails too. */
function anyOperations(dice) {
  const operation = anyOperation(dice);
  return Array.from({ length: operation.kind === 'fails' && dice.chance(50) ? dice.between(2, 5) : 1 }, () => operation);
}

function anyOperation(dice) {
  if (dice.chance(60)) return { kind: 'ok' };
  if (dice.chance(50)) return { kind: 'ok', ms: dice.one([30, 300, 2000]) };
  return { kind: dice.one(['fails', 'fails', 'isFull', 'dies', 'never']) };
}

function addActions(plan, dice) {
  const tabs = dice.between(1, 3);
  const endMs = dice.one([500, 5000, 30_000]);
  let serial = 1;
  for (let tab = 1; tab <= tabs; tab += 1) {
    const opensAt = tab === 1 ? 0 : dice.between(0, endMs);
    const add = (action) => plan.actions.push({ at: dice.between(opensAt, opensAt + endMs), tab, ...action });
    add({ at: opensAt, do: 'open' });
    for (let count = dice.between(1, 12); count > 0; count -= 1) add({ do: 'put', producer: 'p', serial, key: `k${serial++}`, form: dice.one(['text', 'bytes', 'json']), length: dice.between(0, 50) });
    if (dice.chance(30)) {
      const count = dice.between(2, 20);
      add({ do: 'puts', producer: 'p', first: serial, count, hasKeys: true, form: 'text', length: 9 });
      serial += count;
    }
    for (const what of ['flush', 'stats']) if (dice.chance(40)) add({ do: what, producer: 'p' });
    if (dice.chance(20)) add({ do: 'trap', calls: dice.between(0, 20) });
    if (dice.chance(30)) {
      const at = dice.between(opensAt, opensAt + endMs);
      add({ at, do: 'freeze' });
      add({ at: at + dice.one([500, 8000, 60_000]), do: 'thaw' });
    }
    if (dice.chance(60)) add({ at: opensAt + dice.between(0, endMs), do: dice.one(['kill', 'kill', 'leave', 'leave', 'closeTab']) });
  }
}

function withoutReentry({ reenters: _, ...request }) {
  return request;
}

export function run(world) {
  const tabs = new Tabs(world);
  world.runActions((action) => tabs.act(action));
  tabs.finish();
}

/** The tabs of an origin, and what must hold over all of them. */
class Tabs {
  #world;
  #databases;
  /** Whether the oldest records may be dropped for a limit or a full disk. */
  #mayDrop;
  #locks;
  /** The program in each tab. */
  #programs = new Map();

  constructor(world) {
    this.#world = world;
    const { plan, witness } = world;
    this.#databases = new Databases(world);
    this.#mayDrop = plan.options.outbox.bytesMax !== undefined || plan.database.some(({ kind }) => kind === 'isFull');
    this.#locks = new Locks(world);
    this.#databases.onChange = (change) => this.#changed(change);
    witness.reasons = reasonsOf({ ...plan, actions: [...plan.actions, { do: 'make', ...plan.options }, { do: 'close' }] });
    // What makes a tab ask for credentials again and again may fail what was put meanwhile.
    if (plan.actions.some((action) => action.do === 'freeze')) for (const code of ['ERR_ABORTED', 'ERR_EXPIRED', 'ERR_CREDENTIALS', 'ERR_ATTEMPTS']) witness.reasons.add(code);
    witness.allowsTwoTabs = !plan.hasLocks;
    witness.mayFailToRead = plan.database.filter(({ kind }) => kind === 'fails' || kind === 'dies').length > 1;
    witness.hasFaultyDatabase = plan.database.some(({ kind }) => kind !== 'ok');
    for (let count = plan.foreign ?? 0; count > 0; count -= 1) this.#leaveForeign(FOREIGN + count);
    if (plan.database.length > 0 || plan.options.outbox.bytesMax) witness.reasons.add('ERR_OUTBOX');
  }

  /** Another version of the package has left a record, whose key and value have members that this one does not know. */
  #leaveForeign(serial) {
    const { scheduler, witness } = this.#world;
    const putAt = scheduler.now - 120_000 + serial;
    const partitionKey = `k${serial}`;
    const data = Buffer.from(`r${serial} of p:`);
    const record = witness.put(serial, { owner: 'p', bytes: data, key: partitionKey });
    Object.assign(record, { state: 'gone', isKept: true });
    const key = [putAt, `id ${serial}`, data.length + partitionKey.length, 'a tab of another version', ...(serial % 2 ? [putAt + 1000, 7] : [])];
    this.#databases.add('box', { key, value: { partitionKey, data, version: 9, members: { of: ['another version'] } } });
  }

  act(action) {
    if (this.#world.violation) return;
    const { do: what, tab } = action;
    const program = this.#programs.get(tab);
    if (what === 'open') {
      if (!program) this.#open(tab);
    } else if (!program || program.realm.isDead) return;
    else if (this[`_${what}`]) this[`_${what}`](program);
    else if (!program.isAway) program.act(action);
  }

  #open(tab) {
    const { plan } = this.#world;
    this.#world.say(`tab ${tab} is opened`);
    const globals = (realm) => ({ ...this.#databases.of(realm), navigator: plan.hasLocks ? { locks: this.#locks.of(realm) } : {} });
    const program = new Program(this.#world, { name: `tab ${tab}`, globals });
    this.#programs.set(tab, program);
    program.hasOutbox = true;
    program.act({ do: 'make', name: 'p', ...plan.options });
  }

  /** The page goes into the back/forward cache. */
  _freeze({ realm, isAway }) {
    if (isAway) return;
    this.#world.say(`${realm.name} goes into the back/forward cache`);
    realm.globals.dispatchEvent && realm.dispatch({ type: 'pagehide', persisted: true });
    realm.freeze();
    this.#of(realm).isAway = true;
  }

  _thaw({ realm, isAway }) {
    if (!isAway) return;
    this.#world.say(`${realm.name} comes back`);
    this.#of(realm).isAway = false;
    realm.thaw();
    realm.dispatch({ type: 'pageshow', persisted: true });
  }

  /** The visitor leaves: the page has one last turn. */
  _leave(program) {
    if (program.isAway) return;
    program.act({ do: 'flush', producer: 'p', keepalive: true });
    program.realm.dispatch({ type: 'pagehide', persisted: false });
    this._kill(program);
  }

  _kill({ realm, open }) {
    this.#world.say(`${realm.name} is killed`);
    realm.kill();
    open.clear();
    this.#databases.kill(realm);
    this.#locks.kill(realm);
    for (const record of this.#world.witness.records.values()) if (record.realm === realm && record.state === 'open') record.state = 'gone';
  }

  _closeTab(program) {
    if (program.isAway) return;
    program.realm.wasClosed = true;
    program.act({ do: 'close', producer: 'p' });
  }

  #of(realm) {
    return [...this.#programs.values()].find((program) => program.realm === realm);
  }

  /** The tabs are closed one after the other, and a last visit delivers what is left. */
  finish() {
    const world = this.#world;
    const { scheduler, witness } = world;
    for (const program of this.#programs.values()) if (program.isAway) this._thaw(program);
    // A database whose opening is never answered is opened again by the next page.
    if (world.plan.rests && !world.plan.database.some(({ kind }) => kind === 'never')) this.#rest();
    for (const program of this.#programs.values()) this._closeTab(program);
    const alive = () => [...this.#programs.values()].filter(({ realm }) => !realm.isDead);
    world.runUntil(scheduler.now + END_MS, () => alive().every(({ open }) => open.size === 0) && witness.open().length === 0);
    if (world.violation) return;
    for (const program of alive()) {
      for (const { kind } of program.open.values()) world.violate(`${program.name}: ${kind} does not end`);
      world.runUntil(scheduler.now + 15_000);
      this.#checkClosed(program);
    }
    for (const { serial, realm } of witness.open()) world.violate(`record ${serial} of ${realm.name} does not settle`);
    if (world.violation) return;
    this.#lastVisit();
  }

  /** The database works again: what is delivered leaves it. */
  #rest() {
    const world = this.#world;
    world.plan.database = [];
    const begunAt = world.scheduler.now;
    world.runUntil(begunAt + REST_MS);
    for (const { value } of this.#databases.recordsOf('box')) {
      const { serial, realm, state, requests } = world.witness.records.get(Number(value.partitionKey.slice(1)));
      const isSettled = state === 'resolved' && requests.every(({ endedAt }) => endedAt < begunAt);
      if (isSettled && !realm.isDead && !realm.wasFrozen && !realm.wasClosed) world.violate(`record ${serial} is delivered, and ${realm.name} leaves it in the outbox`);
    }
  }

  #checkClosed({ realm, name: tab }) {
    const world = this.#world;
    if (realm.openTimers > 0) world.violate(`${tab}: ${realm.openTimers} timers are left after close`);
    if (this.#databases.connectionsOf(realm) > 0) world.violate(`${tab}: a connection to the database is left after close`);
    if (this.#locks.heldBy(realm) > 0) world.violate(`${tab}: locks are held after close`);
  }

  #lastVisit() {
    const world = this.#world;
    const { scheduler, plan } = world;
    // Where there are no locks, what others have left counts as theirs for a minute.
    world.runUntil(scheduler.now + 70_000);
    plan.load.attempts = [];
    plan.requests = plan.requests.slice(0, world.network.requests.length);
    plan.provider = [];
    plan.database = [];
    this.#open('last');
    world.runUntil(scheduler.now + END_MS, () => this.#databases.recordsOf('box').length === 0);
    world.runUntil(scheduler.now + 60_000);
    if (world.violation) return;
    const left = this.#databases.recordsOf('box').length;
    if (left > 0) world.violate(`${left} records stay in the outbox after the last visit`);
    for (const { serial, isKept, stored, state, isReported } of world.witness.records.values()) {
      if (isKept && stored.length === 0 && state !== 'rejected' && !isReported) world.violate(`record ${serial} was in the outbox, and is neither delivered nor reported`);
    }
  }

  /** The database has changed. */
  #changed({ realm, added, deleted: removed }) {
    const { witness } = this.#world;
    const serials = (records) => records.map(({ value }) => Number(value.partitionKey.slice(1)));
    // A record that gets another key is deleted and added in one transaction.
    const kept = new Set(serials(added));
    const deleted = removed.filter((record) => !kept.has(serials([record])[0]));
    if (added.length > 0) this.#world.say(`${realm.name} the outbox has ${serials(added)}`);
    if (deleted.length > 0) this.#world.say(`${realm.name} the outbox loses ${serials(deleted)}`);
    for (const serial of serials(added)) {
      const record = witness.records.get(serial);
      if (!record) return this.#world.violate(`the outbox has a record that nobody has put: ${serial}`);
      record.isKept = true;
      if (record.realm && record.realm !== realm) record.takenOver = { realm, at: this.#world.scheduler.now };
    }
    for (const { value } of added) if (Number(value.partitionKey.slice(1)) > FOREIGN && value.version !== 9) this.#world.violate(`a record of another version has lost its members`);
    for (const serial of serials(deleted)) this.#checkRemoval(realm, witness.records.get(serial));
  }

  /** A record leaves the outbox when it is delivered or reported, or dropped for its limits, which is reported too. */
  #checkRemoval(realm, record) {
    const isAcknowledged = [...record.storedIn].some(({ answeredAt }) => answeredAt !== undefined);
    if (isAcknowledged || record.state === 'rejected' || record.isReported) {
      record.removed = { realm, at: this.#world.scheduler.now };
      return;
    }
    if (!this.#mayDrop) this.#world.violate(`${realm.name} removes record ${record.serial} from the outbox before it is acknowledged`);
    // The report counts them, without their names.
    record.isReported = true;
  }
}

const END_MS = 30 * 60_000;
/** Time in which a tab removes what it could not remove before. */
const REST_MS = 20_000;
/** Serials past it are of records that another version of the package has left. */
const FOREIGN = 500_000;
