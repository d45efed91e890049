// Part: clients and producers on one page, without an outbox.
import { numericOptions } from '../../docs/numeric-options.mjs';
import { Dice } from '../dice.mjs';
import { anyAnswerOfProvider, anyLoad, anyRequest } from './faults.mjs';
import { Program, isRefusal } from './program.mjs';
import { anyForm } from './records.mjs';
import { reasonsOf } from './reasons.mjs';

export const name = 'producer';

/** Draws a plan. All of it is data: a shorter one is made by leaving out some. */
export function planOf(dice, seed) {
  const isCalm = dice.chance(20);
  const badPercent = isCalm ? 0 : dice.one([5, 20, 50]);
  const hasFinal = dice.chance(20);
  const producers = dice.chance(25) ? ['p', 'q'] : ['p'];
  const plan = {
    part: name,
    seed,
    clockOffsetMs: dice.chance(15) ? dice.between(-4_000_000, 4_000_000) : dice.between(-2000, 2000),
    hidesDate: dice.chance(20),
    kinesis: { shards: dice.between(1, 4), page: dice.between(1, 3) },
    load: anyLoad(dice, isCalm ? 0 : 40),
    requests: Array.from({ length: isCalm ? dice.between(0, 10) : dice.between(0, 60) }, () => anyRequest(dice, badPercent, hasFinal)),
    provider: Array.from({ length: dice.between(0, 8) }, () => anyAnswerOfProvider(dice, isCalm ? 0 : 30)),
    actions: [],
  };
  for (const producer of producers) plan.actions.push({ at: dice.chance(80) ? 0 : dice.between(0, 1500), do: 'make', name: producer, ...anyOptions(dice), ...otherOptions(new Dice(seed ^ producer.charCodeAt(0))) });
  plan.actions.push({ at: 0, do: 'make', name: 'c', isClient: true, isStatic: dice.chance(50), protocol: dice.one(['json', 'cbor']), maxAttempts: dice.between(1, 5) });
  addActions(plan, dice, producers);
  plan.actions.sort((one, other) => one.at - other.at);
  return plan;
}

function anyOptions(dice) {
  return {
    isStatic: dice.chance(40),
    protocol: dice.one(['json', 'json', 'cbor']),
    aggregation: dice.one(['off', 'off', 'key', 'shard']),
    ordering: dice.one(['none', 'none', 'key']),
    lingerMs: dice.one([0, 5, 100, 1000]),
    requestRecordsMax: dice.one([1, 2, 10, 500]),
    requestsInFlightMax: dice.one([1, 2, 4]),
    bufferRecordsMax: dice.one([3, 20, 1000, 100_000]),
    recordAttemptsMax: dice.one([1, 2, 10]),
    recordTtlMs: dice.one([3000, 20_000, 60_000]),
    hasOwnFetch: dice.chance(30),
    onError: dice.chance(25) ? dice.one(['throws', 'puts', 'flushes', 'stats', 'readies', 'hasRoom']) : undefined,
  };
}

/** The numeric options that `anyOptions` does not draw. A new option joins them by its declaration in src/shim/producer/options.ts. */
const OTHERS = (await numericOptions()).filter(({ name: option }) => !(option in anyOptions(new Dice(0))));

/** A quarter of the default or four times as much; any share of a range that is not of whole numbers. The numbers are of a source of their own, so that a new option changes no choice of `anyOptions`. */
function otherOptions(dice) {
  const changed = OTHERS.filter(() => dice.chance(15));
  return Object.fromEntries(changed.map(({ name: option, byDefault, min = 0, max = Infinity, isWhole }) => {
    if (isWhole === false) return [option, min + (max - min) * dice.one([0, 0.25, 0.5, 1])];
    const value = byDefault * dice.one([0.25, 4]);
    return [option, Math.min(Math.max(isWhole ? Math.ceil(value) : value, min), max)];
  }));
}

function addActions(plan, dice, producers) {
  const endMs = dice.one([200, 3000, 30_000]);
  let serial = 1;
  const keys = Array.from({ length: dice.between(1, 5) }, (_, index) => `key ${index}`);
  const key = () => (dice.chance(70) ? dice.one(keys) : undefined);
  const add = (action) => plan.actions.push({ at: dice.between(0, endMs), ...action });
  for (let count = dice.between(1, 30); count > 0; count -= 1) {
    const producer = dice.one(producers);
    if (dice.chance(25)) {
      const many = dice.chance(5) ? dice.between(100, 400) : dice.between(2, 20);
      add({ do: 'puts', producer, first: serial, count: many, key: key(), ...anyForm(dice, 1, many > 20 ? 0 : 2) });
      serial += many;
    } else {
      add({ do: 'put', producer, serial, key: key(), ...anyForm(dice), ...(dice.chance(10) && { awaits: 'later' }), ...(dice.chance(30) && { isReused: true }), ...(dice.chance(2) && { refusal: 'options' }) });
      serial += 1;
    }
  }
  for (let count = dice.between(0, 6); count > 0; count -= 1) {
    const operation = dice.one(['putRecord', 'putRecords', 'putRecords', 'listShards']);
    const records = operation === 'listShards' ? undefined : Array.from({ length: operation === 'putRecord' ? 1 : dice.between(1, 12) }, () => ({ serial: serial++, key: dice.one(keys), ...withoutJson(anyForm(dice, 0)) }));
    add({ do: 'call', client: 'c', operation, records, ...(dice.chance(25) && { abortMs: dice.between(0, 3000) }), isReused: dice.chance(50) });
  }
  for (const what of ['flush', 'stats', 'ready', 'flush']) for (let count = dice.between(0, 3); count > 0; count -= 1) add({ do: what, producer: dice.one(producers), ...(what === 'flush' && dice.chance(30) && { keepalive: true }) });
  if (dice.chance(20)) {
    const at = dice.between(0, endMs);
    const isTold = dice.chance(60);
    add({ at, do: 'connection', isOnline: false, isTold });
    add({ at: at + dice.between(10, 60_000), do: 'connection', isOnline: true, isTold: isTold || dice.chance(50) });
  }
  // For ever, as in some web views.
  if (dice.chance(10)) add({ do: 'navigator', isOnline: false });
  if (dice.chance(15)) add({ do: 'clock', ms: dice.between(-900_000, 900_000) });
  for (let count = dice.chance(20) ? dice.between(1, 3) : 0; count > 0; count -= 1) add({ do: 'trap', calls: dice.between(0, 30) });
  if (dice.chance(20)) add({ do: 'close', producer: dice.one(producers) });
}

/** A client takes no JSON values. */
function withoutJson(form) {
  return form.form === 'json' ? { ...form, form: 'text' } : form;
}

/** Runs a plan, and checks what must hold at its end. */
export function run(world) {
  const { plan, witness, scheduler } = world;
  witness.reasons = reasonsOf(plan);
  if (isCalm(plan)) witness.calmMs = calmMsOf(plan);
  witness.lingerMs = new Map(plan.actions.filter((action) => action.do === 'make' && !action.isClient).map((action) => [action.name, action.lingerMs ?? 100]));
  const page = new Program(world, { isNode: plan.seed % 2 === 0 });
  page.looksLate = new Set(plan.actions.filter(({ awaits }) => awaits === 'later').map(({ serial }) => serial));
  world.runActions((action) => page.act(action));
  const names = plan.actions.filter((action) => action.do === 'make' && !action.isClient).map((action) => action.name);
  if (page.isOffline) page.act({ do: 'connection', isOnline: true, isTold: true });
  for (const producer of names) page.act({ do: 'close', producer });
  world.runUntil(scheduler.now + END_MS, () => page.open.size === 0 && witness.open().length === 0);
  if (world.violation) return;
  for (const { kind, producer, operation, client } of page.open.values()) world.violate(`${kind} of ${producer ?? `${client} (${operation})`} does not end`);
  for (const { serial } of witness.open()) world.violate(`record ${serial} does not settle`);
  for (const producer of names) page.act({ do: 'stats', producer });
  // What is not in flight any more needs no timer. The core has one for all that is, and a module that is being loaded has two.
  const timers = page.waiting + Math.min(page.waiting, 1) + 2 * page.loadsInProgress;
  if (page.realm.openTimers > timers) world.violate(`${page.realm.openTimers} timers are set after close, for ${page.waiting} requests and ${page.loadsInProgress} loads`);
  checkCounts(world, page, names);
  checkOrder(world);
  world.runUntil(scheduler.now + REST_MS);
  if (page.realm.openTimers > 0) world.violate(`${page.realm.openTimers} timers are left after close`);
  if (page.realm.listeners.length > 0) world.violate(`listeners are left after close: ${page.realm.listeners}`);
}

/** Whether nothing in a plan delays a record but the time that all of it takes. */
function isCalm(plan) {
  const isQuiet = !plan.actions.some((action) => ['connection', 'navigator', 'trap', 'clock'].includes(action.do));
  return isQuiet && Math.abs(plan.clockOffsetMs) < 200_000 && plan.load.attempts.length === 0 && plan.provider.every(({ kind, lifeMs }) => kind === 'keys' && lifeMs >= 3_600_000) && plan.requests.every(({ kind, latencyMs, isCut, isShort }) => kind === 'ok' && latencyMs < 9000 && !isCut && !isShort);
}

/** Longest time that a record may wait for others, for credentials and for the module. */
function calmMsOf({ requests, provider, load, actions }) {
  const records = actions.reduce((sum, { do: what, count }) => sum + (what === 'puts' ? count : what === 'put' ? 1 : 0), 0);
  const known = requests.reduce((sum, { latencyMs, readLateMs = 0, bodyMs = 0 }) => sum + latencyMs + readLateMs + bodyMs, 0);
  return 2000 + known + provider.reduce((sum, { ms }) => sum + ms, 0) + (load.ms ?? 0) + records * 25;
}

function checkCounts(world, page, names) {
  const records = [...world.witness.records.values()];
  for (const owner of names) {
    const stats = page.lastStats.get(owner);
    if (!stats) continue;
    const mine = records.filter((record) => record.owner === owner);
    const delivered = mine.filter(({ state }) => state === 'resolved').length;
    const failed = mine.filter(({ state, error, isBad }) => state === 'rejected' && !isBad && !isRefusal(error)).length;
    if (stats.recordsDelivered !== delivered) world.violate(`stats of ${owner}: recordsDelivered ${stats.recordsDelivered}, of ${delivered}`);
    if (!hasLateRefusals(mine) && stats.recordsFailed !== failed) world.violate(`stats of ${owner}: recordsFailed ${stats.recordsFailed}, of ${failed}`);
    if (stats.recordsBuffered !== 0 || stats.bytesBuffered !== 0) world.violate(`stats of ${owner}: ${stats.recordsBuffered} records, ${stats.bytesBuffered} bytes are buffered after close`);
    const reported = [...(page.reportedErrors ?? [])].filter(([key]) => key.startsWith(`${owner} `)).reduce((sum, [, count]) => sum + count, 0);
    if (reported < failed) world.violate(`onError of ${owner} was called ${reported} times for ${failed} records that failed`);
  }
}

/** What the core refuses of records that waited for it is counted as the core does. */
function hasLateRefusals(records) {
  return records.some(({ error }) => error?.code === 'ERR_BUFFER_FULL' || error?.code === 'ERR_CORE');
}

/**
 * With `ordering: 'key'` the records of a key are stored in the order in which they were put. Known: a request with `keepalive` has several
 * records of a key, and Kinesis may refuse one and store the next.
 */
function checkOrder(world) {
  const { plan, witness } = world;
  if (witness.allowsRepeats) return;
  const ordered = new Set(plan.actions.filter((action) => action.do === 'make' && action.ordering === 'key').map((action) => action.name));
  const last = new Map();
  for (const serial of witness.firstStored) {
    const { owner, key, putOrder, requests } = witness.records.get(serial);
    if (!ordered.has(owner) || key === undefined) continue;
    const before = last.get(`${owner} ${key}`);
    if (before?.putOrder > putOrder && requests.some(({ isKeepalive }) => isKeepalive)) continue;
    if (before?.putOrder > putOrder) world.violate(`record ${before.serial} of key ${key} is stored before record ${serial}`);
    last.set(`${owner} ${key}`, { serial, putOrder });
  }
}

/** Longest time from the last fault to the end of everything. */
const END_MS = 30 * 60_000;
/** After it nothing may be left of a producer that is closed. */
const REST_MS = 60_000;
