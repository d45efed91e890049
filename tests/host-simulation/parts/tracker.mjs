// Part: a tracker over the life of pages, straight to Kinesis or to a collector: consent, tabs that share a storage, pages that are hidden,
// frozen, left and killed.
import { userRecordsOf } from '../host/aggregate.mjs';
import { Databases } from '../host/indexeddb.mjs';
import { read } from '../host/kinesis.mjs';
import { Locks } from '../host/locks.mjs';
import { Storage } from '../host/storage.mjs';
import { CollectorWorker } from './collector-worker.mjs';
import { anyRequest } from './faults.mjs';
import { Program } from './program.mjs';

export const name = 'tracker';

const VISITOR = 'kinesis-edge.visitor';

export function planOf(dice, seed) {
  const isCalm = dice.chance(25);
  const badPercent = isCalm ? 0 : dice.one([5, 30]);
  const plan = {
    part: name,
    seed,
    clockOffsetMs: dice.one([0, 0, -3_600_000, 1500]),
    kinesis: { shards: 1 },
    load: { isAtOnce: dice.chance(70), attempts: [], ms: dice.between(1, 900) },
    requests: Array.from({ length: isCalm ? 0 : dice.between(0, 30) }, () => plain(anyRequest(dice, badPercent, false))),
    provider: [],
    database: isCalm || dice.chance(60) ? [] : Array.from({ length: dice.between(0, 30) }, () => (dice.chance(70) ? { kind: 'ok' } : { kind: 'ok', ms: dice.one([30, 300, 2000]) })),
    storage: dice.chance(8) ? 'full' : dice.chance(20) ? 'slow' : 'ok',
    hasLocks: !dice.chance(8),
    options: {
      way: dice.one(['collector', 'producer']),
      requireConsent: dice.chance(40),
      persist: dice.chance(80),
      autoTrack: dice.chance(50) ? false : { pageViews: true, clicks: false, scroll: false, engagement: true },
      beforeSend: dice.chance(20) ? dice.one(['throws', 'drops', 'tracks']) : undefined,
    },
    actions: [],
  };
  addActions(plan, dice);
  if (dice.chance(15)) plan.deletions = Array.from({ length: 4 }, () => ({ kind: dice.one(['ok', 'fails']) }));
  else if (dice.chance(5)) addFailedDeletion(plan, dice);
  plan.actions.sort((one, other) => one.at - other.at);
  return plan;
}

function addActions(plan, dice) {
  const endMs = dice.one([500, 5000, 40_000]);
  let serial = 1;
  for (let tab = dice.between(1, 3); tab > 0; tab -= 1) {
    const opensAt = dice.chance(60) ? 0 : dice.between(0, endMs);
    const add = (action) => plan.actions.push({ at: dice.between(opensAt, opensAt + endMs), tab, ...action });
    add({ at: opensAt, do: 'open' });
    for (let count = dice.between(1, 12); count > 0; count -= 1) add({ do: 'track', serial: serial++, text: dice.one(['a', 'é\n☃', '"\\', '😀'.repeat(20)]) });
    if (dice.chance(60)) add({ do: 'consent', isGiven: true });
    if (dice.chance(35)) add({ do: 'consent', isGiven: false });
    for (const what of ['reset', 'flush', 'identify']) if (dice.chance(20)) add({ do: what, user: 'user 7' });
    if (dice.chance(40)) {
      const at = dice.between(opensAt, opensAt + endMs);
      add({ at, do: 'hide' });
      if (dice.chance(70)) add({ at: at + dice.between(1, 5000), do: 'show' });
    }
    if (dice.chance(25)) {
      const at = dice.between(opensAt, opensAt + endMs);
      add({ at, do: 'freeze' });
      add({ at: at + dice.one([500, 8000, 60_000]), do: 'thaw' });
    }
    if (dice.chance(15)) {
      const at = dice.between(opensAt, opensAt + endMs);
      add({ at, do: 'connection', isOnline: false, isTold: true });
      add({ at: at + dice.between(10, 30_000), do: 'connection', isOnline: true, isTold: true });
    }
    if (dice.chance(50)) add({ at: opensAt + dice.between(0, endMs), do: dice.one(['kill', 'leave', 'leave', 'closeTab']) });
  }
  if (dice.chance(10)) addWithdrawalDuringRestore(plan, dice, serial);
  if (plan.options.way === 'producer' && dice.chance(40)) addOthers(plan, dice, endMs);
  if (dice.chance(10)) plan.actions.push({ at: dice.between(0, endMs), tab: 1, do: 'trackOddly', moment: dice.one([8.64e15, -1e15, NaN, Infinity, 8.7e15, 'soon']) });
}

/** The page puts records of its own by the producer of the tracker: their loss by a withdrawal would be a fault. */
function addOthers(plan, dice, endMs) {
  plan.options.isUsedBefore = dice.chance(40);
  for (let count = dice.between(1, 5); count > 0; count -= 1) plan.actions.push({ at: dice.between(0, endMs), tab: dice.between(1, 3), do: 'putOther' });
}

/** A page dies offline, and the next one withdraws consent about when it reads, from a slow database, what is left. */
function addWithdrawalDuringRestore(plan, dice, serial) {
  const diesAt = dice.between(100, 3000);
  const opensAt = diesAt + dice.between(10, 2000);
  const ms = dice.one([30, 300, 2000]);
  const withdrawsAt = opensAt + 1000 + dice.between(0, 6 * ms);
  const add = (tab, at, action) => plan.actions.push({ at, tab, ...action });
  add(8, 0, { do: 'open' });
  add(8, 1, { do: 'consent', isGiven: true });
  add(8, 2, { do: 'connection', isOnline: false, isTold: true });
  for (let count = dice.between(1, 3); count > 0; count -= 1) add(8, dice.between(3, diesAt), { do: 'track', serial: serial++, text: 'left' });
  add(8, diesAt, { do: 'kill' });
  add(9, opensAt, { do: 'open' });
  add(9, opensAt + 1, { do: 'consent', isGiven: true });
  if (dice.chance(50)) {
    add(9, opensAt + 2, { do: 'connection', isOnline: false, isTold: true });
    add(9, withdrawsAt + dice.between(1, 5000), { do: 'connection', isOnline: true, isTold: true });
  }
  for (let count = dice.between(0, 3); count > 0; count -= 1) add(9, withdrawsAt - dice.between(1, ms), { do: 'track', serial: serial++, text: 'new' });
  add(9, withdrawsAt, { do: 'consent', isGiven: false });
  plan.database = Array.from({ length: 40 }, () => ({ kind: 'ok', ms: dice.chance(80) ? ms : dice.one([1, 30, 300]) }));
}

/** A page dies offline; the next one withdraws consent, cannot delete what is left, and gets consent again. */
function addFailedDeletion(plan, dice) {
  const diesAt = dice.between(100, 3000);
  const opensAt = diesAt + dice.between(10, 2000);
  const withdrawsAt = opensAt + dice.between(1, 3000);
  const add = (tab, at, action) => plan.actions.push({ at, tab, ...action });
  add(6, 0, { do: 'open' });
  add(6, 1, { do: 'consent', isGiven: true });
  add(6, 2, { do: 'connection', isOnline: false, isTold: true });
  add(6, 3, { do: 'track', serial: 9000, text: 'left' });
  add(6, diesAt, { do: 'kill' });
  add(7, opensAt, { do: 'open' });
  add(7, withdrawsAt, { do: 'consent', isGiven: false });
  add(7, withdrawsAt + dice.between(1, 8000), { do: 'consent', isGiven: true });
  plan.options.persist = true;
  plan.deletions = Array.from({ length: 8 }, () => ({ kind: 'fails' }));
}

/** What needs a Kinesis or a producer to call is left out. */
function plain({ reenters: _, isTwice, ...request }) {
  return request.kind === 'entries' || request.isShort || request.kind === 'returns' ? { kind: 'lost', latencyMs: request.latencyMs } : request;
}

export function run(world) {
  const pages = new Pages(world);
  world.runActions((action) => pages.act(action));
  pages.finish();
}

class Pages {
  #world;
  #databases;
  #locks;
  #storage;
  #programs = new Map();
  /** Events by their serials. */
  #events = new Map();
  /** When consent was withdrawn, and whether other tabs can know. */
  #withdrawals = [];
  #nextSerial = 10_000;
  /** Records that pages put by themselves: by id whether they have arrived or failed, and who has put them. */
  #others = [];

  constructor(world) {
    this.#world = world;
    const { plan, network, witness } = world;
    this.#databases = new Databases(world);
    this.#locks = new Locks(world);
    this.#storage = new Storage(world, plan.storage);
    this.#storage.onStore = (realm, area, key) => this.#stores(realm, `${area} ${key}`);
    this.#databases.evict = (realm) => this._kill([...this.#programs.values()].find((program) => program.realm === realm));
    this.#databases.onChange = (change) => this.#changed(change);
    if (plan.options.way === 'collector') network.collector = new CollectorWorker(world);
    network.onSend = (request, message) => this.#sent(request, message);
    witness.stored = (_, { entries = [], placed = [] }) => {
      for (const { index } of placed) for (const { data } of userRecordsOf(entries[index].Data, entries[index].PartitionKey)) this.#arrived(data.toString().slice(0, -1));
    };
    // A week is their life.
    witness.reasons = new Set();
  }

  act(action) {
    if (this.#world.violation) return;
    const program = this.#programs.get(action.tab);
    if (action.do === 'open') return program ? undefined : this.#open(action.tab);
    if (!program || program.realm.isDead || (program.isAway && action.do !== 'thaw')) return;
    this.#world.say(`${program.name} ${JSON.stringify({ ...action, at: undefined, tab: undefined })}`);
    this[`_${action.do}`](program, action);
  }

  #open(tab) {
    const { plan, kinesis } = this.#world;
    this.#world.say(`tab ${tab} is opened`);
    const others = () => [...this.#programs.values()].map(({ realm }) => realm);
    const program = new Program(this.#world, {
      name: `tab ${tab}`,
      program: 'TrackerProgram',
      globals: (realm) => ({ ...this.#databases.of(realm), navigator: { language: 'en', webdriver: false, ...(plan.hasLocks && { locks: this.#locks.of(realm) }) } }),
      host: { done: (id) => program.done(id), again: (track) => this.#again(program, track), otherFailed: (id, { code }) => code !== 'ERR_ABORTED' && (this.#others[id].isSettled = true) },
    });
    const { realm } = program;
    realm.inner.installPage({ url: 'https://shop.example/page?a=1', storage: this.#storage.of(realm, others) });
    program.hasConsent = !plan.options.requireConsent;
    this.#programs.set(tab, program);
    const { expiration: _, ...credentials } = kinesis.issue('t');
    const otherId = plan.options.isUsedBefore && tab !== 'last' ? this.#addOther(program) : undefined;
    const { isUsedBefore: _used, ...options } = plan.options;
    realm.turn('open', () => program.program.open({ ...options, credentials, otherId }));
  }

  #addOther(program) {
    return this.#others.push({ program, isSettled: program.wasClosed !== undefined }) - 1;
  }

  // ── what a visitor and a page do ──

  _track(program, { serial, text }) {
    this.#remember(program, serial, text);
    program.realm.turn('track', () => program.program.track({ serial, text }));
  }

  _putOther(program) {
    const id = this.#addOther(program);
    program.realm.turn('put', () => program.program.putOther({ id }));
  }

  _trackOddly({ realm, program }, { moment }) {
    realm.turn('track', () => program.trackOddly({ at: moment }));
  }

  #again(program, track) {
    const serial = (this.#nextSerial += 1);
    this.#remember(program, serial, 'again');
    track(serial);
  }

  #remember(program, serial, text) {
    this.#events.set(serial, { serial, text, program, at: this.#world.scheduler.now, arrived: 0, isKept: false, isRefused: program.isRefused });
  }

  _consent(program, { isGiven }) {
    const { scheduler } = this.#world;
    // Other tabs get the event of a removal. A full storage may have nothing to remove.
    const isReceived = this.#world.plan.storage !== 'full';
    if (!isGiven) this.#withdraw({ at: scheduler.now, program, isReceived, receivers: this.#alive().filter(({ isAway }) => !isAway), away: this.#alive().filter(({ isAway }) => isAway), isAlone: this.#alive().length === 1 });
    if (program.wasClosed === undefined || !isGiven) program.hasConsent = isGiven;
    program.consentAt = scheduler.now;
    if (isGiven) program.givenAt = scheduler.now;
    // What is tracked after a refusal is dropped, in all tabs that get the event, until consent is given there.
    if (isGiven) program.isRefused = false;
    else for (const other of this.#alive()) other.isRefused = true;
    if (isReceived && !isGiven) this.#tellOthers(program);
    program.realm.turn('consent', () => program.program.consent({ isGiven }));
    if (!isGiven && this.#storage.local.has(VISITOR)) this.#world.violate(`${program.name} has withdrawn consent, and the visitor is still stored`);
  }

  #withdraw(withdrawal) {
    this.#withdrawals.push(withdrawal);
    this.#world.scheduler.after(ERASE_MS, () => this.#checkErased(withdrawal));
  }

  /** What was stored before, also by pages that are gone, is erased, where no other page can have stored it since. */
  #checkErased({ at, program: { name, realm, isAway }, isAlone }) {
    // What a deletion that has failed leaves is deleted when this page opens the database again.
    if (!isAlone || realm.isDead || isAway || this.#databases.hasFailedToDelete) return;
    const stored = this.#databases.names.flatMap((store) => this.#databases.recordsOf(store));
    const left = stored.flatMap(({ value }) => this.#eventsIn(value.data)).find((event) => event.at <= at);
    if (left) this.#world.violate(`${name} has withdrawn consent, and event ${left.serial} is still in the outbox`);
  }

  /** The other tabs get the event of a withdrawal, and have none either, until it is given there. */
  #tellOthers(by) {
    const at = this.#world.scheduler.now;
    const others = this.#alive().filter((program) => program !== by && !program.isAway);
    this.#world.scheduler.after(HEAR_MS, () => {
      // A tracker that was closed before the event came sends nothing more, and erases nothing.
      for (const program of others) if (!(program.consentAt >= at || program.wasClosed >= at)) program.hasConsent = false;
    });
  }

  _reset({ realm, program }) {
    realm.turn('reset', () => program.reset());
  }

  _identify({ realm, program }, { user }) {
    realm.turn('identify', () => program.identify({ user }));
  }

  _flush(program) {
    program.begin('flush');
  }

  _hide({ realm }) {
    realm.globals.document.hidden = true;
    realm.dispatch({ type: 'visibilitychange' }, realm.globals.document);
  }

  _show({ realm }) {
    realm.globals.document.hidden = false;
    realm.dispatch({ type: 'visibilitychange' }, realm.globals.document);
  }

  _connection(program, action) {
    program._connection(action);
  }

  _freeze(program) {
    const { realm } = program;
    realm.dispatch({ type: 'pagehide', persisted: true });
    this._hide(program);
    realm.freeze();
    realm.isFrozen = program.isAway = true;
  }

  _sleep({ realm }, { ms }) {
    realm.sleep(ms);
  }

  _thaw(program) {
    if (!program.isAway) return;
    const { realm } = program;
    realm.isFrozen = program.isAway = false;
    realm.thaw();
    this._show(program);
    realm.dispatch({ type: 'pageshow', persisted: true });
  }

  _leave(program) {
    program.realm.dispatch({ type: 'pagehide', persisted: false });
    this._hide(program);
    this._kill(program);
  }

  _kill(program) {
    const { realm, open } = program;
    program.diedAt = this.#world.scheduler.now;
    this.#world.say(`${realm.name} is killed`);
    realm.kill();
    open.clear();
    this.#databases.kill(realm);
    this.#locks.kill(realm);
  }

  _closeTab(program) {
    program.begin('close');
  }

  // ── what must hold ──

  /** An event leaves a page: not without consent, and not after its withdrawal. */
  #sent(request, message) {
    const { scheduler, network } = this.#world;
    if (request.realm === network.collector?.realm) return;
    for (const { properties = {} } of eventsOf(message)) {
      const event = this.#events.get(properties.serial);
      if (!event) continue;
      const program = [...this.#programs.values()].find(({ realm }) => realm === request.realm);
      if (event.program === program && !program.hasConsent) this.#world.violate(`${program.name} sends event ${event.serial} without consent`);
      for (const { at, program: by, isReceived, receivers, away } of this.#withdrawals) {
        // What another tab has stored after it, with consent of its own, may be sent by any.
        if (event.at > at || (!isReceived && (by !== program || by !== event.program))) continue;
        // Known: a page in the back/forward cache does not get the event, and one that ends at once has not erased the outbox yet.
        // Nor does a later page know of a deletion that has failed.
        if (program === this.#programs.get('last') && this.#databases.hasFailedToDelete) continue;
        if (away.includes(event.program) || (!receivers.includes(program) && program !== this.#programs.get('last'))) continue;
        if (program !== by && (by.diedAt < at + ERASE_MS || event.program.diedAt < at + ERASE_MS)) continue;
        // The event has waited for consent, which its own page was given later, before the event of the withdrawal came.
        if (event.program !== by && event.program.givenAt > at && event.program.givenAt <= at + HEAR_MS) continue;
        const graceMs = by === program ? 0 : HEAR_MS;
        if (scheduler.now > at + graceMs) this.#world.violate(`${program.name} sends event ${event.serial} after ${by.name} has withdrawn consent`);
      }
    }
  }

  #arrived(line) {
    const [, otherId] = /^other (\d+)$/.exec(line) ?? [];
    if (otherId !== undefined) return (this.#others[otherId].isSettled = true);
    const parsed = parse(line);
    if (!parsed) return this.#world.violate(`a line is no event: ${line.slice(0, 80)}`);
    const { serial, text } = parsed.properties ?? {};
    if (parsed.event !== 'event') return undefined;
    const event = this.#events.get(serial);
    if (!event) return this.#world.violate(`an event that nobody has tracked: ${line.slice(0, 120)}`);
    if (event.text !== text) this.#world.violate(`event ${serial} has arrived with other properties`);
    if (event.messageId !== undefined && event.messageId !== parsed.messageId) this.#world.violate(`event ${serial} has two message ids`);
    event.messageId = parsed.messageId;
    event.anonymousId = parsed.anonymousId;
    const aheadMs = Date.parse(parsed.timestamp) - event.at;
    // A scenario says that the device's clock is right, or that the tracker can know of it.
    if (this.#world.plan.knowsTime && Math.abs(aheadMs) > 2000) this.#world.violate(`event ${serial} has a time that is ${aheadMs} ms ahead`);
    event.arrived += 1;
    this.#world.say(`event ${serial} arrives`);
    return undefined;
  }

  /** A page stores something. */
  #stores(realm, what) {
    const program = [...this.#programs.values()].find((other) => other.realm === realm);
    if (!program || what === 'sessionStorage kinesis-edge.clock') return;
    this.#world.scheduler.after(ERASE_MS, () => this.#checkForbidden(realm, what));
  }

  /** What is written within the call that withdraws it, or was being written then, is erased right after. */
  #checkForbidden(realm, what) {
    const { scheduler } = this.#world;
    const withdrawnAt = Math.max(...this.#withdrawals.map(({ at }) => at));
    if (withdrawnAt + ERASE_MS > scheduler.now) return scheduler.after(withdrawnAt + ERASE_MS - scheduler.now, () => this.#checkForbidden(realm, what));
    const isThere = what === OUTBOX ? this.#databases.names.some((store) => this.#databases.recordsOf(store).some(({ value }) => this.#isWithdrawn(value))) : this.#storage.local.has(VISITOR);
    if (what === OUTBOX && this.#databases.hasFailedToDelete) return undefined;
    const isForbidden = [...this.#programs.values()].every(({ hasConsent, realm: { isDead, isFrozen } }) => !hasConsent && !isDead && !isFrozen);
    if (isThere && isForbidden) this.#world.violate(`${realm.name} stores ${what} without consent`);
    return undefined;
  }

  #changed({ realm, added, deleted, isCleared }) {
    if (added.length > 0) this.#stores(realm, OUTBOX);
    for (const { value } of added) for (const event of this.#eventsIn(value.data)) event.isKept = true;
    if (!isCleared) return;
    this.#world.say(`the outbox is cleared: ${deleted.length} events`);
    // A tab that gets the event late, or whose database is slow, deletes also what others have stored since, with consent that was given again at once.
    for (const { value } of deleted) for (const event of this.#eventsIn(value.data)) event.isErasedByOther ||= event.program.realm !== realm;
  }

  /** Whether these are events from before consent was withdrawn on their own page. */
  #isWithdrawn({ data }) {
    return this.#eventsIn(data).some(({ at, program }) => this.#withdrawals.some((withdrawal) => withdrawal.program === program && withdrawal.at >= at));
  }

  #alive() {
    return [...this.#programs.values()].filter(({ realm }) => !realm.isDead);
  }

  #eventsIn(data) {
    const text = data.toString();
    return [...text.matchAll(/"serial":(\d+)/g)].flatMap(([, serial]) => this.#events.get(Number(serial)) ?? []);
  }

  finish() {
    const world = this.#world;
    const { scheduler, plan, network } = world;
    const alive = () => this.#alive();
    for (const program of alive()) {
      if (program.isAway) this._thaw(program);
      program._connection({ isOnline: true, isTold: true });
      this._show(program);
    }
    world.runUntil(scheduler.now + 2000);
    for (const program of alive()) program.begin('close');
    world.runUntil(scheduler.now + END_MS, () => alive().every(({ open }) => open.size === 0));
    for (const { open, name: tab } of alive()) for (const { kind } of open.values()) world.violate(`${tab}: ${kind} does not end`);
    if (world.violation) return;
    world.runUntil(scheduler.now + 15_000);
    for (const { realm, name: tab } of alive()) {
      if (realm.openTimers > 0) world.violate(`${tab}: ${realm.openTimers} timers are left after close`);
      const left = [...realm.listeners, ...realm.globals.document.listenerTypes()].filter((type) => !OUTBOX_LISTENERS.has(type));
      if (left.length > 0) world.violate(`${tab}: listeners are left after close: ${left}`);
    }
    // The next visit, with consent.
    world.runUntil(scheduler.now + 70_000);
    plan.requests = plan.requests.slice(0, network.requests.length);
    plan.database = [];
    this.#open('last');
    const last = this.#programs.get('last');
    this._consent(last, { isGiven: true });
    world.runUntil(scheduler.now + 10 * 60_000);
    network.collector?.serve('{"type":"track","event":"last","messageId":"last","anonymousId":"nobody"}\n');
    world.runUntil(scheduler.now + 60_000);
    this.#checkDelivery();
    this.#checkVisitors();
  }

  #checkVisitors() {
    const events = [...this.#events.values()].filter(({ arrived }) => arrived > 0);
    for (const { at, program, isAlone } of this.#withdrawals) {
      const earlier = new Set(events.filter((event) => event.at <= at).map(({ anonymousId }) => anonymousId));
      const revived = isAlone && events.find((event) => event.program === program && event.at > at && earlier.has(event.anonymousId));
      if (revived) this.#world.violate(`event ${revived.serial} is of the visitor who has withdrawn consent`);
    }
  }

  #checkDelivery() {
    const { plan } = this.#world;
    for (const [id, { program, isSettled }] of this.#others.entries()) if (!isSettled && !program.realm.isDead) this.#world.violate(`the record 'other ${id}' of ${program.name} does not arrive`);
    for (const { serial, isKept, isErasedByOther, isRefused, arrived, at, program } of this.#events.values()) {
      const isWithdrawn = isErasedByOther || this.#withdrawals.some((withdrawal) => withdrawal.at >= at || (withdrawal.program !== program && withdrawal.isReceived));
      const isDropped = plan.options.beforeSend !== undefined && serial % 3 === 0 && plan.options.beforeSend !== 'tracks';
      if (arrived > 0 && isDropped) this.#world.violate(`event ${serial} arrives, and beforeSend has dropped it`);
      if (arrived > 0 || isWithdrawn || isDropped) continue;
      if (isKept && !(program.reportedErrors?.size > 0)) this.#world.violate(`event ${serial} was in the outbox, and does not arrive`);
      const isLost = program.realm.isDead || !program.hasConsent || program.wasClosed < at || isRefused;
      if (!isLost && !(program.reportedErrors?.size > 0)) this.#world.violate(`event ${serial} of ${program.name} does not arrive, and nobody is called for it`);
    }
  }
}

function eventsOf({ body, headers }) {
  if (headers['x-amz-target'] === undefined) return linesOf(body.toString());
  if (!headers['x-amz-target'].endsWith('PutRecords')) return [];
  return read(body, false).Records.flatMap(({ Data, PartitionKey }) => userRecordsOf(Data, PartitionKey).flatMap(({ data }) => linesOf(data.toString())));
}

function linesOf(text) {
  return text.split('\n').flatMap((line) => parse(line) ?? []);
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** An outbox belongs to the page, as long as it lives. */
const OUTBOX_LISTENERS = new Set(['pagehide', 'pageshow']);
const OUTBOX = 'events in the outbox';
/** Longest time until another tab has the event of a change of the storage. */
const HEAR_MS = 450;
/** Longest time that a slow database needs to erase what is stored. */
const ERASE_MS = 20_000;
const END_MS = 30 * 60_000;
