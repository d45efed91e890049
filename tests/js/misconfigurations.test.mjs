// Each misconfiguration of tests/docs/misconfigurations.mjs is provoked, against the embedded Kinesis, real servers and real pages of Chromium
// (CHROME_PATH). The log says within 15 s what that list says, in a whole line, and no line has a secret.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { KinesisClient, Producer } from 'kinesis-edge';
import { createCollector } from 'kinesis-edge/collector';
import { MISCONFIGURATIONS, patternOf } from '../docs/misconfigurations.mjs';
import { post } from './collector/node-collector.mjs';
import { ORIGIN, event, startStream } from './collector/setup.mjs';
import { listen } from './listen.mjs';
import { openChromium } from './tracker/chromium.mjs';
import { openShop, until } from './tracker/shop.mjs';

const WITHIN_MS = 15_000;
const DAY_MS = 86_400_000;
const SECRET = 'hush-secret';
const DATA = 'hush-data';
const NOWHERE = 'no-such-host.invalid';

/** A resolver that knows no host but this one: none is asked on the network. */
const { lookup } = dns;
dns.lookup = (host, ...rest) => {
  if (host === 'localhost' || host.startsWith('127.')) return lookup(host, ...rest);
  return rest.at(-1)(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: host }));
};
syncBuiltinESMExports();

let stream;
let chromium;
let keys = 0;
const closing = [];

before(async () => {
  stream = await startStream({ name: 'clicks' });
  chromium = await openChromium({ args: ['--host-resolver-rules=MAP *.amazonaws.com ~NOTFOUND, MAP *.invalid ~NOTFOUND'] });
});
after(async () => {
  await chromium?.close();
  for (const stop of closing) await stop();
  await stream?.stop();
});

// ── the mistakes: what of the options is wrong ──

/** An access key whose requests meet a plan of faults. */
async function planned(plan) {
  const accessKeyId = `MISCONFIGURED${(keys += 1)}`;
  assert.ok((await stream.plan(plan, accessKeyId)).ok, 'the plan is understood');
  return { credentials: { accessKeyId, secretAccessKey: SECRET } };
}

const refused = (type, message) => () => planned({ queue: Array(100).fill({ kind: 'error', type, message }) });
const providedBy = (credentials) => async () => ({ credentials });

async function server(handler) {
  const { endpoint, stop } = await listen(handler);
  closing.push(stop);
  return endpoint;
}

async function deadEndpoint() {
  const { endpoint, stop } = await listen(() => {});
  await stop();
  return endpoint;
}

/** A server with a CORS header, without which a page could not read its answer. */
const answering = (status, type, body) => server((_, response) => response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end(body));

/** What Kinesis says of a request that has been held for ten minutes. */
function tooOld() {
  const [signed, limit, now] = [10, 5, 0].map((minutes) => new Date(Date.now() - minutes * 60_000).toISOString().replaceAll(/[-:]|\.\d+/g, ''));
  return `Signature expired: ${signed} is now earlier than ${limit} (${now} - 5 min.)`;
}

/** By the id in the list: options that differ from right ones. */
const MISTAKES = {
  dead: async () => ({ endpoint: await deadEndpoint() }),
  unresolved: async () => ({ endpoint: `http://${NOWHERE}` }),
  silent: async () => ({ endpoint: await server(() => {}) }),
  'no-region': async () => ({ region: 'us-esat-1', endpoint: undefined }),
  'no-stream': async () => ({ streamName: 'elsewhere' }),
  'unknown-key': refused('UnrecognizedClientException', 'The security token included in the request is invalid.'),
  'wrong-secret': refused('InvalidSignatureException', 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'),
  'incomplete-signature': refused('IncompleteSignatureException', "'20261129/us-east-1/kinesis/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header"),
  'no-permission': refused('AccessDeniedException', 'User: arn:aws:iam::123456789012:user/page is not authorized to perform this on resource: arn:aws:kinesis:us-east-1:123456789012:stream/clicks'),
  'wrong-clock': () => planned({ clockMs: DAY_MS }),
  'stuck-clock': () => refused('InvalidSignatureException', tooOld())(),
  'provider-throws': providedBy(async () => Promise.reject(new Error('logged out'))),
  'provider-silent': providedBy(() => new Promise(() => {})),
  'provider-empty': providedBy(async () => undefined),
  'provider-malformed': providedBy(async () => ({ accessKeyId: 'a', secretKey: SECRET })),
  'collector-options': async () => WRONG_ORIGIN,
  'not-kinesis': async () => ({ endpoint: await answering(200, 'text/html', '<h1>Log in</h1>') }),
};

async function optionsOf(id) {
  const right = { region: 'us-east-1', endpoint: stream.endpoint, streamName: stream.name, credentials: { accessKeyId: 'RIGHT', secretAccessKey: SECRET } };
  return { ...right, ...(await MISTAKES[id]()) };
}

// ── who makes them, in Node ──

function recorder() {
  const lines = [];
  const at = (level) => (line) => void lines.push({ text: `${level}: ${line}`, at: Date.now() });
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

/** What collectors write, each in the asynchronous context of its own test. */
const collected = new AsyncLocalStorage();
const { error: consoleError } = console;
console.error = (...args) => (collected.getStore() ? collected.getStore()(...args) : consoleError(...args));

const BY = {
  client: async (id) => {
    if (!MISTAKES[id]) return clientInPage((await DIRECT_PAGES[id]()).page);
    const { streamName, ...options } = await optionsOf(id);
    const { lines, logger } = recorder();
    const from = Date.now();
    const client = new KinesisClient({ ...options, logger });
    client.putRecord({ StreamName: streamName, Data: DATA, PartitionKey: 'k' }).catch(() => {});
    return { lines, from };
  },
  producer: async (id) => {
    const { lines, logger } = recorder();
    const options = await optionsOf(id);
    const from = Date.now();
    new Producer({ ...options, lingerMs: 0, logger }).put(DATA);
    return { lines, from };
  },
  collector: async (id) => {
    const { lines, logger } = recorder();
    const options = await optionsOf(id);
    const from = Date.now();
    await collected.run(logger.error, async () => {
      const collector = createCollector(() => ({ lingerMs: 0, allowedOrigins: [ORIGIN], ...options }));
      assert.equal((await collector.fetch(post(event({ event: DATA })))).status, options.allowedOrigins ? 500 : 202);
    });
    return { lines, from };
  },
  'tracker to Kinesis': async (id) => {
    const { config, page } = await (DIRECT_PAGES[id] ?? directPage)(id);
    return track({ streamName: stream.name, secretAccessKey: SECRET, ...config }, page);
  },
  'tracker to a collector': async (id) => {
    const { collectorUrl, page } = await COLLECTED_PAGES[id]();
    return track({ collectorUrl }, page);
  },
};

// ── in a page ──

const ALLOWED = "'self' http: https:";

/** A page with the same mistake as a program in Node. */
async function directPage(id) {
  const { endpoint, streamName, region, credentials } = await optionsOf(id);
  return { config: { kinesis: endpoint, streamName, accessKeyId: credentials.accessKeyId, producerOptions: { region } } };
}

/** The mistakes that only a page makes, and a provider, which cannot be sent to a page. */
const DIRECT_PAGES = {
  cors: async () => ({ config: { kinesis: stream.endpoint, accessKeyId: (await planned({ withoutCors: true })).credentials.accessKeyId } }),
  'connect-src': async () => ({ config: { kinesis: stream.endpoint }, page: { connect: "'self'" } }),
  'no-wasm': async () => ({ config: { kinesis: stream.endpoint, waits: false }, page: { wasm: '' } }),
  'silent-wasm': async () => ({ config: { kinesis: stream.endpoint, waits: false }, page: { hangs: /\.wasm$/ } }),
  'provider-throws': async () => ({ config: { kinesis: stream.endpoint, provider: 'throws' } }),
};

const WRONG_ORIGIN = { allowedOrigins: ['https://www.example.com/'] };

/** A collector on loopback. It needs no stream: the mistakes are before it. */
function collectorFor(options) {
  const { fetch } = createCollector(() => ({ region: 'us-east-1', endpoint: stream.endpoint, streamName: stream.name, credentials: { accessKeyId: 'RIGHT', secretAccessKey: SECRET }, ...options }));
  return server(async (request, response) => {
    const body = request.method === 'POST' ? Readable.toWeb(request) : undefined;
    const answer = await fetch(new Request(`http://127.0.0.1${request.url}`, { method: request.method, headers: request.headers, body, duplex: 'half' }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
}

const COLLECTED_PAGES = {
  dead: async () => ({ collectorUrl: `${await deadEndpoint()}/collect` }),
  silent: async () => ({ collectorUrl: `${await server(() => {})}/collect` }),
  cors: async () => ({ collectorUrl: `${await collectorFor({ allowedOrigins: [ORIGIN] })}/collect` }),
  'connect-src': async () => ({ collectorUrl: `${await answering(202, 'application/json', '{}')}/collect`, page: { connect: "'self'" } }),
  'collector-path': async () => ({ collectorUrl: `${await collectorFor({ allowedOrigins: '*' })}/colect` }),
  'collector-health': async () => ({ collectorUrl: `${await collectorFor({ allowedOrigins: '*' })}/health` }),
  'collector-options': async () => ({ collectorUrl: `${await collectorFor(WRONG_ORIGIN)}/collect` }),
  'collector-404': async () => ({ collectorUrl: `${await answering(404, 'application/json', '{"error":"there is nothing at this path"}')}/colect` }),
  'collector-page': async () => ({ collectorUrl: `${await answering(200, 'text/html', '<h1>Shop</h1>')}/collect` }),
  'collector-403': async () => ({ collectorUrl: `${await collectorFor({ allowedOrigins: '*', writeKey: 'the right one' })}/collect?k=${SECRET}` }),
};

async function openPage(config, policy) {
  const shop = await openShop({ logs: true, options: { autoTrack: false }, ...config }, { connect: ALLOWED, ...policy });
  closing.push(shop.stop);
  const page = await chromium.context.newPage();
  const { lines, logger } = recorder();
  page.on('console', (message) => {
    const level = message.type() === 'warning' ? 'warn' : message.type();
    // What the browser says by itself is not the log's.
    if (message.text().startsWith('kinesis-edge')) logger[level]?.(message.text());
  });
  await page.goto(shop.url);
  return { page, lines };
}

async function track(config, policy) {
  const { page, lines } = await openPage(config, policy);
  assert.ok(await until(() => page.evaluate('globalThis.state?.started')), 'the page has started');
  const from = Date.now();
  await page.evaluate(`tracker.track('${DATA}'), null`);
  return { lines, from, stop: () => page.close() };
}

/** A client in a page, which cannot have its module. */
async function clientInPage(policy) {
  const { page, lines } = await openPage({ collectorUrl: '/collect' }, policy);
  const from = Date.now();
  await page.evaluate(`import('/dist/browser.js').then(({ KinesisClient }) => {
    const client = new KinesisClient({ region: 'us-east-1', credentials: { accessKeyId: 'A', secretAccessKey: '${SECRET}' }, logger: console });
    client.putRecord({ StreamName: 's', Data: '${DATA}', PartitionKey: 'k' }).catch(() => null);
  }).then(() => null)`);
  return { lines, from, stop: () => page.close() };
}

// ── what the log says ──

describe('the log says what is wrong, and what to do', { concurrency: 4 }, () => {
  for (const { id, says } of MISCONFIGURATIONS) {
    for (const [who, line] of Object.entries(says)) {
      test(`${id}: ${who}`, async () => {
        const { lines, from, stop } = await BY[who](id);
        const prefix = who === 'collector' ? 'kinesis-edge/collector' : 'kinesis-edge';
        const pattern = patternOf(line.replace(': ', `: ${prefix}: `));
        const found = await until(() => lines.find(({ text }) => pattern.test(text)), 2 * WITHIN_MS);
        assert.ok(found, `no line is ${pattern}\nbut:\n${lines.map(({ text }) => text).join('\n')}`);
        assert.ok(found.at - from <= WITHIN_MS, `after ${found.at - from} ms`);
        for (const { text } of lines) assert.doesNotMatch(text, /hush/);
        // What is repaired by itself is not worth a warning.
        if (line.startsWith('info')) assert.deepEqual(lines.filter(({ text }) => /^(warn|error)/.test(text)), []);
        await stop?.();
      });
    }
  }
});
