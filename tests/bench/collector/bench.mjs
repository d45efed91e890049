// node tests/bench/collector/bench.mjs [--rounds N]: what an event costs in workerd, with the collector and with the same Worker on the AWS SDK.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Miniflare } from 'miniflare';
import { cpuMs, workerdsOf } from '../../js/collector/process.mjs';
import { ORIGIN, bundle, event, startStream } from '../../js/collector/setup.mjs';
import { environment, top } from '../../../xtask/say.mjs';

const ROUNDS = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 5;
const BODIES = 1000;
const EVENTS = 20;
const CONNECTIONS = 16;
const WARM_UPS = 2;
const FRESH = 7;
const AGENT = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
const here = import.meta.dirname;

const stream = await startStream({ shards: 8, args: ['--no-limits'] });
const contenders = [];
try {
  for (const [name, file] of [['kinesis-edge', 'ours.js'], ['AWS SDK', 'sdk.js']]) contenders.push(await start(name, file));
  const bodies = Array.from({ length: 200 }, makeBody);
  console.log(`bodies of ${EVENTS} events, ${Math.round(bodies[0].length / EVENTS)} bytes each; ${CONNECTIONS} connections; ${ROUNDS} rounds of ${BODIES} bodies, in turn, after a warm-up`);
  for (let index = 0; index < WARM_UPS; index += 1) for (const contender of contenders) await round(contender, bodies);
  for (let index = 0; index < ROUNDS; index += 1) for (const contender of contenders) contender.rounds.push(await round(contender, bodies));
  for (const { name, rounds } of contenders) console.log(`${name.padEnd(13)} ${median(rounds).toFixed(1)} µs of CPU per event in workerd (${rounds.map((value) => value.toFixed(1)).join(', ')})`);
  const [ours, theirs] = contenders.map(({ rounds }) => median(rounds));
  const message = JSON.parse(bodies[0]).map((one) => `${JSON.stringify(one)}\n`).join('');
  const queue = [{ ...contenders[0], url: new URL('/collect-queued', contenders[0].url) }, { ...contenders[0], url: new URL('/consume', contenders[0].url) }];
  const halves = [await mean(queue[0], bodies, 1), await mean(queue[1], [Array(EVENTS).fill(message).join('\n')], EVENTS)];
  console.log(`queue mode    ${halves[0].toFixed(1)} µs to take an event, ${halves[1].toFixed(1)} µs to deliver it (the queue itself is not counted)`);
  const alone = [ours - halves[0], theirs - halves[0]];
  console.log(`ratio         ${(ours / theirs).toFixed(2)}; without what both do alike, taking an event, ${alone.map((value) => value.toFixed(1)).join(' against ')} µs: ${(alone[0] / alone[1]).toFixed(2)}`);
} finally {
  for (const { miniflare } of contenders) await miniflare.dispose();
}

console.log(`\nfresh isolates, median of ${FRESH}`);
for (const [name, file] of [['kinesis-edge', 'ours.js'], ['AWS SDK', 'sdk.js'], ['an empty one', undefined]]) {
  const times = [];
  for (let index = 0; index < FRESH; index += 1) times.push(await coldStart(file));
  const [first, second] = [0, 1].map((place) => median(times.map((pair) => pair[place])));
  console.log(`${name.padEnd(13)} first answer ${first.toFixed(1)} ms after workerd was started; the second took ${second.toFixed(1)} ms`);
}

console.log('\nwrangler deploy --dry-run');
for (const [name, file] of [['kinesis-edge', 'ours.js'], ['AWS SDK', 'sdk.js']]) {
  for (const flags of [[], ['--minify']]) console.log(`${name.padEnd(13)} ${(flags.join() || 'as it is').padEnd(9)} ${await upload(file, flags)}`);
}
await stream.stop();

async function start(name, file) {
  const before = new Set(workerdsOf());
  const miniflare = await run(file);
  await miniflare.ready;
  // Past Miniflare's own Worker in front.
  const address = await miniflare.unsafeGetDirectURL();
  const pid = workerdsOf().find((found) => !before.has(found));
  return { name, miniflare, pid, url: new URL('/collect', address), rounds: [] };
}

async function run(file) {
  const modules = file ? await bundle(join(here, file), { conditions: ['workerd', 'worker', 'browser'], minify: true }) : [{ type: 'ESModule', path: 'worker.js', contents: 'export default { fetch: () => new Response(null, { status: 202 }) }' }];
  return new Miniflare({ compatibilityDate: '2026-04-01', compatibilityFlags: ['nodejs_compat'], host: '127.0.0.1', bindings: { KINESIS: stream.endpoint, STREAM: stream.name }, modules, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] });
}

/** Microseconds of CPU per event. A round ends when its events are in the stream, or would be. */
async function round({ url, pid }, bodies, messages = 1) {
  const before = cpuMs(pid);
  let next = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (next < BODIES / messages) {
      next += 1;
      await post(url, bodies[next % bodies.length], agent);
    }
    agent.destroy();
  }));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return ((cpuMs(pid) - before) * 1000) / (BODIES * EVENTS);
}

/** Of the rounds after a warm-up. */
async function mean(contender, bodies, messages) {
  const rounds = [];
  for (let index = -WARM_UPS; index < ROUNDS; index += 1) rounds.push(await round(contender, bodies, messages));
  return median(rounds.slice(WARM_UPS));
}

async function coldStart(file) {
  const body = makeBody();
  const began = performance.now();
  const miniflare = await run(file);
  await miniflare.ready;
  const url = new URL('/collect', await miniflare.unsafeGetDirectURL());
  await post(url, body);
  const first = performance.now();
  await post(url, body);
  const times = [first - began, performance.now() - first];
  await miniflare.dispose();
  return times;
}

/** A buffer that is full, because Kinesis is slow on a busy machine, is asked again. */
async function post(url, body, agent) {
  for (let status; status !== 202; ) {
    status = await postOnce(url, body, agent);
    if (status !== 202 && status !== 503) throw new Error(`answered ${status}`);
    if (status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function postOnce(url, body, agent) {
  return new Promise((resolve, reject) => {
    const headers = { origin: ORIGIN, 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body), 'user-agent': AGENT };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What a page sends: events of one visitor. */
function makeBody() {
  const anonymousId = crypto.randomUUID();
  const context = { page: { url: 'https://www.example.com/shop/shoes?colour=red', path: '/shop/shoes', title: 'Red shoes', referrer: 'https://www.example.com/' }, locale: 'en-GB', timezone: 'Europe/London', screen: { width: 1440, height: 900 }, library: { name: 'kinesis-edge', version: '0.1.0' } };
  return JSON.stringify(Array.from({ length: EVENTS }, (_, index) => event({ anonymousId, properties: { index, id: 'buy', value: 12.5 }, context })));
}

async function upload(file, flags) {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-'));
  try {
    await writeFile(join(folder, 'wrangler.toml'), `name = "x"\nmain = ${JSON.stringify(join(here, file))}\ncompatibility_date = "2026-04-01"\n`);
    const { stdout } = await promisify(execFile)('node', [join(top, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), 'deploy', '--dry-run', '--config', join(folder, 'wrangler.toml'), '--outdir', join(folder, 'out'), ...flags], { env: { ...environment, CI: '1', WRANGLER_SEND_METRICS: 'false' } });
    return /Total Upload: .*/.exec(stdout)[0];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
