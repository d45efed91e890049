// A small shop that is tracked: served on an origin of its own, so that each test has storage of its own, under a strict
// Content-Security-Policy. What arrives is read back from the embedded Kinesis or from a collector.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { KinesisClient, deaggregate } from 'kinesis-edge';
import { top } from '../../../xtask/say.mjs';
import { listen } from '../listen.mjs';

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };
const SERVED = /^(dist|tests\/js\/tracker|node_modules\/web-vitals\/dist)\//;
const IMPORTS = JSON.stringify({ imports: { 'web-vitals': '/node_modules/web-vitals/dist/web-vitals.js' } });
export const CREDENTIALS = { accessKeyId: 'TEST', secretAccessKey: 's' };

/**
 * Serves the shop; `config` is what its script is given: see app.js. `requests` are those that came in, `connect` is what its policy lets it
 * connect to, `wasm` what allows WebAssembly
 * there, and `hangs` the paths that are never answered.
 */
export async function openShop(config, { connect = "'self' http://127.0.0.1:*", wasm = "'wasm-unsafe-eval'", delayMs = 0, hangs, headers = {} } = {}) {
  const requests = [];
  const server = await listen(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const path = normalize(url.pathname).slice(1);
    requests.push(`${request.method} ${url.pathname}`);
    if (hangs?.test(path)) return undefined;
    if (request.method === 'POST') return response.writeHead(204).end();
    try {
      const [type, body] = await answer(path);
      const policy = `default-src 'self'; script-src 'self' ${wasm} 'sha256-${createHash('sha256').update(IMPORTS).digest('base64')}'; connect-src ${connect}`;
      // A page may come from the back/forward cache.
      const cache = type === 'text/html' ? 'no-cache' : 'max-age=3600';
      if (request.method === 'HEAD') await new Promise((resolve) => setTimeout(resolve, delayMs));
      response.writeHead(200, { 'content-type': type, 'content-security-policy': policy, 'cache-control': cache, ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  async function answer(path) {
    if (path === 'app.js') return ['text/javascript', `import { start } from '/tests/js/tracker/app.js';\nstart(${JSON.stringify(shop.config)});`];
    if (path === 'snippet') return ['text/html', page(shop.config).replace('type="module" src="/app.js"', 'src="/snippet.js"').replace('<h1>', '<img src="/slow.svg" alt=""><h1>')];
    // An image that never comes: the page is never loaded.
    if (path === 'slow.svg') return new Promise(() => {});
    if (path === 'snippet.js') return ['text/javascript', (await readFile(join(top, 'docs', 'clickstream.md'), 'utf8')).match(/```html\n<script>\n([^]*?)<\/script>/)[1]];
    if (path === 'clicks.js') return ['text/javascript', `import { start } from '/tests/js/tracker/app.js';\nimport { replay } from '/dist/tracker.js';\nawait start(${JSON.stringify(shop.config)});\n${await replayScript()}`];
    if (path === 'clock.js') return ['text/javascript', clockScript(shop.config.clockMs)];
    if (path === 'first.js') return ['text/javascript', shop.config.firstScript];
    if (path === 'frame') return ['text/html', '<!doctype html><title>frame</title><script src="/dist/kinesis-edge.iife.js"></script>'];
    if (path === 'empty') return ['text/html', '<!doctype html><title>empty</title>'];
    if (!extname(path)) return ['text/html', page(shop.config)];
    if (!SERVED.test(path)) throw new Error('not served');
    return [TYPES[extname(path)] ?? 'application/octet-stream', await readFile(join(top, path))];
  }
  const shop = { ...server, config, requests, url: `${server.endpoint}/shop` };
  return shop;
}

/** The line of the documented script that tracks what was queued. */
async function replayScript() {
  return (await readFile(join(top, 'docs', 'clickstream.md'), 'utf8')).match(/^replay\(.*$/m)[0];
}

function page({ clockMs, firstScript }) {
  const clock = `${clockMs ? '<script src="/clock.js"></script>' : ''}${firstScript ? '<script src="/first.js"></script>' : ''}`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<link rel="icon" href="data:,"><script type="importmap">${IMPORTS}</script>${clock}<script type="module" src="/app.js"></script></head>
<body><h1>Shop</h1>
<button id="buy" data-track="buy" data-track-item-id="7" data-track-price="9.50">Buy <b>now</b><i data-private> for Ada</i></button>
<button id="plain">Plain</button>
<a id="out" href="http://localhost:9/elsewhere" target="none">Elsewhere</a>
<a id="file" href="/files/report.pdf" target="none">Report</a>
<a id="mail" href="mailto:ada@example.com">Ada</a>
<div data-private><button id="secret">Secret 4711</button></div>
<form id="order" name="order" action="/order?token=hidden" method="post"><input id="name" name="name" value="typed-value"><input id="password" type="password" value="hunter2"><button id="send">Send</button></form>
${'<p>Long.</p>\n'.repeat(150)}</body></html>`;
}

/** A device whose clock is wrong: all that a page can read of it. */
function clockScript(ms) {
  return `{
  const RealDate = Date;
  let shift = ${ms};
  globalThis.setClock = (ms) => (shift = ms);
  globalThis.Date = class extends RealDate {
    constructor(...args) { args.length ? super(...args) : super(RealDate.now() + shift); }
    static now() { return RealDate.now() + shift; }
  };
  const origin = performance.timeOrigin + shift;
  Object.defineProperty(performance, 'timeOrigin', { get: () => origin });
}`;
}

/** The streams of an embedded Kinesis, and what is in them. */
export function openStreams(endpoint) {
  const client = new KinesisClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS });
  let count = 0;
  return {
    async create(shards = 2) {
      const StreamName = `clicks-${(count += 1)}`;
      await client.call('CreateStream', { StreamName, ShardCount: shards });
      return StreamName;
    },
    /** Each event with its partition key, in the order of its shard. */
    async read(StreamName) {
      const { Shards } = await client.listShards({ StreamName });
      const perShard = await Promise.all(Shards.map(({ ShardId }) => readShard(client, StreamName, ShardId)));
      return perShard.flat().flatMap((record) => deaggregate(record)).map(({ partitionKey, data }) => {
        const line = Buffer.from(data).toString();
        if (!/^\{[^\n]*\}\n$/.test(line)) throw new Error(`not one line of JSON: ${line}`);
        return { ...JSON.parse(line), partitionKey };
      });
    },
  };
}

async function readShard(client, StreamName, ShardId) {
  let { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const all = [];
  for (let rounds = 0; rounds < 1000; rounds += 1) {
    const { Records, NextShardIterator } = await client.call('GetRecords', { ShardIterator, Limit: 10_000 });
    all.push(...Records.map(({ Data, PartitionKey }) => ({ data: Buffer.from(Data, 'base64'), partitionKey: PartitionKey })));
    if (Records.length === 0 || !NextShardIterator) return all;
    ShardIterator = NextShardIterator;
  }
  throw new Error('the shard has no end');
}

/**
 * A collector on loopback. `faults` are played one per POST: a status, 'lost' (taken, no answer), 'cut' (not taken) or undefined. `events` are
 * those taken; `batches` what each POST held.
 */
export async function openCollector({ faults = [], bodyBytesMax = 256 * 1024, refuses = () => undefined } = {}) {
  const collector = { faults, events: [], batches: [], preflights: 0, times: [] };
  const server = await listen(async (request, response) => {
    const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };
    if (request.method === 'OPTIONS') {
      collector.preflights += 1;
      return response.writeHead(204, headers).end();
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(request.url, 'http://localhost');
    const sentAt = Number(url.searchParams.get('sentAt') ?? Date.now());
    const fault = collector.faults.shift();
    const events = body.trimEnd().split('\n').map((line) => JSON.parse(line));
    collector.batches.push({ count: events.length, bytes: body.length, fault, type: request.headers['content-type'], sentAt, ids: events.map(({ messageId }) => messageId), at: Date.now() });
    if (fault === 'cut') return response.destroy();
    if (typeof fault === 'number') return response.writeHead(fault, { ...headers, 'retry-after': '0' }).end('{}');
    if (body.length > bodyBytesMax) return response.writeHead(413, headers).end('{}');
    const now = Date.now();
    const skew = now - sentAt;
    const refused = [];
    events.forEach((event, index) => {
      const reason = refuses(event);
      if (reason) return refused.push({ index, reason });
      // As the protocol has it: what was sent by a wrong clock is put right.
      const timestamp = Math.abs(skew) > 2000 ? new Date(Date.parse(event.timestamp) + skew).toISOString() : event.timestamp;
      collector.events.push({ ...event, timestamp });
    });
    if (fault === 'lost') return response.destroy();
    response.writeHead(202, headers).end(JSON.stringify({ accepted: events.length - refused.length, refused, serverTime: new Date(now).toISOString() }));
  });
  return Object.assign(collector, { url: `${server.endpoint}/collect`, stop: server.stop });
}

/**
 * Puts an event each time a page is left, until so many were put. A browser may end the scripts of a closed tab before or within the
 * listener that puts the event (Chromium 500 ms after the tab was closed, Firefox at any time): those events are `cut`, and the page
 * is left once more for each.
 */
export async function leaveOften({ visit, leave, shop, isClosed, times, name }) {
  const [put, cut] = [[], []];
  while (put.length < times && cut.length < 2 * times) {
    const tab = await visit();
    const one = `${name}-${put.length + cut.length}`;
    await tab.run(putLast(one, isClosed));
    await leave(tab);
    if (!isClosed) await tab.page.close();
    const isPut = !isClosed || (await until(() => shop.requests.includes(`POST /put/${encodeURIComponent(one)}`), 3000));
    (isPut ? put : cut).push(one);
  }
  return { put, cut };
}

/**
 * Code for a page: puts an event when the page is left. When a page is closed, its last listener tells the shop's server that `track`
 * has returned.
 */
function putLast(name, isClosed) {
  const last = isClosed ? `addEventListener('unload', () => globalThis.returned && navigator.sendBeacon('/put/${encodeURIComponent(name)}')),` : '';
  return `${last} addEventListener('pagehide', () => { tracker.track('${name}'); globalThis.returned = true }), null`;
}

/** Waits until `check` gives something true; after the patience it gives what it last had. */
export async function until(check, patienceMs = 30_000, everyMs = 50) {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await check();
    if (found || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
