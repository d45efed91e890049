// node tests/js/soak/collector.mjs [--events N] [--only PART]: every event that was answered 202 is in the stream, whatever Kinesis does: by
// the collector in both modes, also when keys are revoked for a minute, when a record of each thousand is refused, when workerd is killed
// meanwhile, and when Kinesis is down for all of the input; by requests that await a producer that they share; by a Durable Object.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { memoryPeakMb, workerdsOf } from '../collector/process.mjs';
import { POISON, sendAll } from '../collector/load.mjs';
import { bundle, startCollector, startStream, until } from '../collector/setup.mjs';
import { Stop, command, say } from '../../../xtask/say.mjs';

const EVENTS = Number(process.argv[process.argv.indexOf('--events') + 1]) || 50_000;
const LOAD = { events: EVENTS, connections: 50, perBody: 20, leaving: 0.2, again: true };
const FAULTS = { random: { seed: 11, requestLost: 0.05, answerLost: 0.05, status500: 0.05, throttled: 0.05, recordFailed: 0.05, delayMsMax: 50 } };
/** Longer than a minute of requests, each of which takes one. */
const REVOKED = { queue: Array(20_000).fill({ kind: 'error', type: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' }) };
const REVOKED_MS = 60_000;
const POISONED = { ...FAULTS, refusedKey: POISON };
const DOWN = { random: { seed: 12, requestLost: 1 } };
/** With time enough for a machine that does other things. */
const OPTIONS = { lingerMs: 100, requestTimeoutMs: 5000 };
const PRODUCING = { PRODUCING: 'Producing' };
const ONLY = process.argv[process.argv.indexOf('--only') + 1];

const SOAKS = {
  direct: ['direct mode, faults', (world) => withFaults(world, 'collect')],
  queue: ['queue mode, faults', (world) => withFaults(world, 'collect-queued')],
  down: ['queue mode, Kinesis down for all of the input', whileDown],
  revoked: ['direct mode, keys revoked for a minute', (world) => whileRevoked(world, 'collect')],
  'queue-revoked': ['queue mode, keys revoked for a minute', (world) => whileRevoked(world, 'collect-queued')],
  poisoned: ['direct mode, a record of each thousand is refused', (world) => withFaults(world, 'collect', POISONED, { poisonEvery: 1000 })],
  'queue-poisoned': ['queue mode, a record of each thousand is refused', (world) => withFaults(world, 'collect-queued', POISONED, { poisonEvery: 1000 })],
  awaited: ['requests that await a producer that they share, faults', (world) => withFaults({ ...world, modules: world.producing, durableObjects: PRODUCING }, 'awaited')],
  object: ['a Durable Object that produces, faults', (world) => withFaults({ ...world, modules: world.producing, durableObjects: PRODUCING }, 'object')],
  killed: ['queue mode, workerd killed twice, faults', whileKilled],
};

await command(async () => {
  const [modules, queue, producing] = await Promise.all([bundle(), bundle('durable-queue.js'), bundle('../soak/producing-worker.js')]);
  for (const [name, [what, soak]] of Object.entries(SOAKS)) {
    if (process.argv.includes('--only') && name !== ONLY) continue;
    say(`${what}: ${EVENTS} events over ${LOAD.connections} connections, a fifth of the bodies by clients that leave`);
    const stream = await startStream({ shards: 8 });
    try {
      await soak({ stream, modules, queue, producing });
    } finally {
      await stream.stop();
    }
  }
});

async function withFaults({ stream, modules, durableObjects }, path, faults = FAULTS, more = {}) {
  const collector = await startCollector(stream, modules, { bindings: { OPTIONS }, durableObjects });
  try {
    await stream.plan(faults);
    const sent = await sendAll(new URL(path, collector.address), { ...LOAD, ...more });
    await arrived(stream, sent);
  } finally {
    await collector.stop();
  }
}

async function whileRevoked({ stream, modules }, path) {
  const collector = await startCollector(stream, modules, { bindings: { OPTIONS } });
  try {
    await stream.plan(FAULTS);
    const answered = new Set();
    const sending = sendAll(new URL(path, collector.address), { ...LOAD, answered });
    // It fails below, when it is awaited.
    sending.catch(() => {});
    await until('some answers', () => answered.size > EVENTS * 0.2, { ms: 120_000, everyMs: 10 });
    await stream.plan(REVOKED);
    say(`  keys are revoked after ${answered.size} events were answered`);
    await new Promise((resolve) => setTimeout(resolve, REVOKED_MS));
    await stream.plan(FAULTS);
    say(`  keys are good again: ${answered.size} events were answered by then`);
    await arrived(stream, await sending);
  } finally {
    await collector.stop();
  }
}

async function whileDown({ stream, modules }) {
  const collector = await startCollector(stream, modules, { bindings: { OPTIONS } });
  try {
    await stream.plan(DOWN);
    const sent = await sendAll(new URL('collect-queued', collector.address), LOAD);
    if ((await stream.lines()).length > 0) throw new Stop('Kinesis was not down');
    await stream.plan({});
    await arrived(stream, sent);
  } finally {
    await collector.stop();
  }
}

/**
 * What Miniflare has in place of Cloudflare's queue lives in memory, so a queue of ours stands in: it keeps its messages in the
 * storage of a Durable Object, on disk.
 */
async function whileKilled({ stream, modules, queue }) {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-soak-'));
  let now = await startDurable(stream, modules, queue, folder, 0);
  const { port } = new URL(now.address);
  try {
    await stream.plan(FAULTS);
    const answered = new Set();
    const sending = sendAll(new URL('collect-queued', now.address), { ...LOAD, answered });
    for (const share of [0.2, 0.5]) {
      await until('some answers', () => answered.size > EVENTS * share, { ms: 120_000, everyMs: 10 });
      say(`  killing workerd after ${answered.size} events were answered, with ${await now.left()} messages in the queue`);
      for (const pid of workerdsOf()) process.kill(pid, 'SIGKILL');
      await now.miniflare.dispose().catch(() => {});
      now = await startDurable(stream, modules, queue, folder, Number(port));
      say(`  started again: ${await now.left()} messages in the queue`);
    }
    const sent = await sending;
    await until('the queue to be empty', async () => (await now.left()) === 0, { ms: 300_000, everyMs: 500 });
    await arrived(stream, sent);
  } finally {
    await now.miniflare.dispose().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function startDurable(stream, modules, queue, folder, port) {
  const compatibility = { compatibilityDate: '2026-04-01', compatibilityFlags: ['service_binding_extra_handlers'] };
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port,
    durableObjectsPersist: folder,
    workers: [
      { name: 'collector', modules, ...compatibility, bindings: { KINESIS: stream.endpoint, STREAM: stream.name, OPTIONS }, serviceBindings: { QUEUE: { name: 'queue', entrypoint: 'Queue' } } },
      { name: 'queue', modules: queue.slice(0, 1), ...compatibility, durableObjects: { STORE: { className: 'Store', useSQLite: true } }, serviceBindings: { COLLECTOR: 'collector' } },
    ],
  });
  const address = (await miniflare.ready).href;
  const left = async () => (await (await miniflare.getWorker('queue')).fetch('http://queue/')).json();
  return { miniflare, address, left };
}

async function arrived(stream, { answered, left, again, poisoned }) {
  say(`  ${answered.size} events answered 202; ${left} clients left, ${again} bodies were sent again`);
  if (answered.size < EVENTS * 0.7 || left < 10) throw new Stop('that is not what was to be tried');
  let lines = [];
  const missing = () => {
    const found = new Set(lines.map(({ text }) => JSON.parse(text).messageId));
    return [...answered].filter((id) => !found.has(id) && !poisoned.has(id)).length;
  };
  await until('the rest', async () => {
    lines = await stream.lines();
    return missing() === 0;
  }, { ms: 300_000, everyMs: 2000 }).catch(() => {
    throw new Stop(`${missing()} of ${answered.size} events that were answered are not in the stream`);
  });
  if (lines.some(({ partitionKey }) => partitionKey === POISON)) throw new Stop('the stream has what it is to refuse');
  if (poisoned.size > 0) say(`  without the ${poisoned.size} that Kinesis refuses`);
  say(`  all of them are in the stream, which holds ${lines.length} records; workerd had ${Math.max(...workerdsOf().map(memoryPeakMb)).toFixed(0)} MB at most`);
}
