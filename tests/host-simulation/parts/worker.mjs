// Part: one producer for all requests of a Worker's isolate, made in the scope of its module. What a request has started ends with it: its
// timers, and what it has sent. The requests of a Durable Object share what they start, until the object is evicted.
import { anyAnswerOfProvider, anyRequest } from './faults.mjs';
import { Program } from './program.mjs';
import { reasonsOf } from './reasons.mjs';

export const name = 'worker';

export function planOf(dice, seed) {
  const isCalm = dice.chance(25);
  const badPercent = isCalm ? 0 : dice.one([5, 20]);
  const recordTtlMs = dice.one([5000, 20_000]);
  const plan = {
    part: name,
    seed,
    isCalm,
    clockOffsetMs: 0,
    kinesis: { shards: dice.between(1, 3) },
    load: { isAtOnce: true, attempts: [] },
    requests: Array.from({ length: isCalm ? 0 : dice.between(0, 40) }, () => withoutReentry(anyRequest(dice, badPercent, false))),
    provider: Array.from({ length: dice.between(0, 4) }, () => anyAnswerOfProvider(dice, isCalm ? 0 : 20)),
    actions: [
      {
        at: 0,
        do: 'make',
        name: 'p',
        isInModuleScope: true,
        isStatic: dice.chance(50),
        aggregation: dice.one(['off', 'off', 'key', 'shard']),
        ordering: dice.one(['none', 'none', 'key']),
        lingerMs: dice.one([5, 100, 1000]),
        requestRecordsMax: dice.one([2, 10, 500]),
        requestsInFlightMax: dice.one([1, 4]),
        bufferRecordsMax: dice.one([5, 1000]),
        recordTtlMs,
      },
    ],
  };
  const endMs = dice.one([300, 3000, 30_000]);
  const hasObjects = dice.chance(30);
  let serial = 1;
  for (let id = dice.between(1, 10); id > 0; id -= 1) {
    const at = dice.between(0, endMs);
    const steps = Array.from({ length: dice.between(1, STEPS_MAX) }, () => anyStep(dice, () => serial++));
    if (dice.chance(10)) steps.push({ do: 'throw' });
    const object = hasObjects && dice.chance(60) ? dice.one(['object A', 'object B']) : undefined;
    plan.actions.push({ at, do: 'serve', producer: 'p', id, steps, ...(object && { object }) });
    if (object && dice.chance(20)) plan.actions.push({ at: at + dice.between(0, 10_000), do: 'evict', object });
    // The code of an object goes on without its client.
    else if (!object && dice.chance(25)) plan.actions.push({ at: at + dice.between(0, 3000), do: 'cancel', id });
  }
  if (dice.chance(10)) plan.actions.push({ at: dice.between(0, endMs), do: 'trap', calls: dice.between(0, 30) });
  plan.actions.sort((one, other) => one.at - other.at);
  return plan;
}

function anyStep(dice, nextSerial) {
  if (dice.chance(60)) return { do: 'put', serial: nextSerial(), key: `key ${dice.between(1, 4)}`, form: dice.one(['text', 'bytes']), length: dice.between(0, 50), awaits: dice.one(['now', 'now', 'untilEnd', 'never']) };
  if (dice.chance(40)) return { do: 'sleep', ms: dice.between(0, 400) };
  if (dice.chance(20)) return { do: 'flush', awaits: 'never' };
  return { do: dice.one(['flush', 'flush', 'ready', 'stats']) };
}

/** Where each request is answered at once, others are waited for until they are seen to have ended, and no longer. */
function checkSoon(world, worker) {
  const { actions, provider } = world.plan;
  if (actions.some((action) => action.do === 'trap') || provider.some(({ ms }) => ms > 500)) return;
  const [{ lingerMs }] = actions;
  for (const [id, { at, respondedAt, sleepsMs }] of worker.requestTimes) {
    // The object that it was for may have been evicted before.
    if (respondedAt === undefined) continue;
    const tookMs = respondedAt - at - sleepsMs;
    // Where one request to Kinesis is in flight at a time, those that have ended are seen one after another.
    const ended = [...worker.requestTimes.values()].filter((other) => other.respondedAt > at && other.respondedAt <= respondedAt).length;
    if (tookMs > lingerMs * STEPS_MAX + Math.max(SEEN_ENDED_MS, ended * ONE_SEEN_ENDED_MS)) world.violate(`request ${id} waits ${tookMs} ms, though each answer comes at once`);
  }
}

function withoutReentry({ reenters: _, ...request }) {
  return request;
}

export function run(world) {
  const { plan, witness, scheduler } = world;
  witness.reasons = reasonsOf(plan);
  // What others have started and taken with them is a reason for all of these.
  for (const code of ['ERR_EXPIRED', 'ERR_ATTEMPTS', 'ERR_CREDENTIALS']) if (plan.actions.some((action) => action.do === 'serve')) witness.reasons.add(code);
  const worker = new Program(world, { name: 'worker', userAgent: 'Cloudflare-Workers' });
  worker.scopes = new Map();
  world.runActions((action) => worker.act(action));
  const isOver = () => [...worker.scopes.keys()].every((id) => worker.isOver(id));
  world.runUntil(scheduler.now + REQUEST_MS_MAX, isOver);
  for (const id of worker.scopes.keys()) if (!worker.isOver(id)) world.violate(`request ${id} waits for what does not come`);
  if (plan.isCalm) checkSoon(world, worker);
  if (world.violation) return;
  // The next request finds a producer that goes on.
  const serial = 1_000_000;
  worker.act({ do: 'serve', producer: 'p', id: 1000, steps: [{ do: 'put', serial, form: 'text', length: 3, awaits: 'now' }, { do: 'flush' }, { do: 'stats' }] });
  world.runUntil(scheduler.now + REQUEST_MS_MAX, isOver);
  if (!isOver()) world.violate('a last request waits for what does not come');
  if (world.violation || !worker.scopes.has(1000)) return;
  const { recordsBuffered } = worker.lastStats.get('p');
  if (recordsBuffered !== 0) world.violate(`${recordsBuffered} records are buffered after a flush`);
  for (const { serial: left } of witness.open()) world.violate(`record ${left} does not settle`);
}

/** A request that awaits a record, with all that may happen to those before it. */
const REQUEST_MS_MAX = 180_000;
const STEPS_MAX = 5;
/** What requests that have ended may cost one that waits for them, in milliseconds. */
const SEEN_ENDED_MS = 4000;
const ONE_SEEN_ENDED_MS = 1200;
