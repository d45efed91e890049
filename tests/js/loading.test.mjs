/**
 * The WebAssembly module as a page loads it, in Chromium: late, never, refused by the page's policy, or not at first. Records that are put
 * meanwhile settle, later ones are delivered as soon as they can be, and the page goes on. Where the file does not come, the script does that
 * carries it as text, unless a test keeps that back too. CHROME_PATH is the browser.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join, normalize } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { withBuildName } from '../../xtask/build-name.mjs';
import { top } from '../../xtask/say.mjs';
import { listen } from './listen.mjs';
import { startKinesisWith } from './kinesis.mjs';

const STREAM = 'loading';
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
/** A scenario takes longer than this only in a page that is frozen, or waits for what never comes. */
const SCENARIO_MS_MAX = 20_000;
/** Of the page's timer, which is due every 100 ms. */
const PAUSE_MS_MAX = 2000;

const policyWith = (script) => `default-src 'none'; script-src 'self'${script}; connect-src 'self' http://127.0.0.1:*`;
const POLICY = policyWith(" 'wasm-unsafe-eval'");
const POLICY_WITHOUT_WASM = policyWith('');

/** What the server answers where the module is asked for. */
const WASM = {};
const NOT_FOUND = { status: 404, type: 'text/plain', body: 'not found' };
const HTML = { status: 200, type: 'text/html', body: '<!doctype html><h1>Welcome</h1>' };
const NO_MODULE = { status: 200, type: 'application/wasm', body: 'this is no module' };
/** What a cache may have from before an update. */
const OTHER_BUILD = { status: 200, type: 'application/wasm', body: withBuildName(readFileSync(join(top, 'dist', 'kinesis-edge.wasm')), 'kinesis-edge build 00000000') };
const LOST = { lost: true };
/** The script, as it is. */
const SERVED = {};
const late = (answer, delayMs) => ({ ...answer, delayMs });

let kinesis;
let client;
let site;
let browser;

before(async () => {
  [{ kinesis, client }, site] = await Promise.all([startKinesisWith(STREAM), serveSite()]);
});
after(() => Promise.all([kinesis?.stop(), site?.stop()]));

beforeEach(async () => {
  site.policy = POLICY;
  site.answers = [WASM];
  site.text = NOT_FOUND;
  site.head = '';
  site.modules = [];
  site.missing = [];
  site.requests = 0;
  site.textRequests = 0;
  // A server of its own: its process can be killed, which a frozen page does not prevent.
  browser = await chromium.launchServer({ executablePath: process.env.CHROME_PATH, args: ARGS });
});
afterEach(() => browser.kill());

/** Ways in which no module comes, and what the error says of each. */
const BROKEN = [
  ['is not there', [late(NOT_FOUND, 200), NOT_FOUND], POLICY, ['404', '.wasm', 'module-text']],
  ['is an HTML page', [late(HTML, 200), HTML], POLICY, ['.wasm']],
  ['is no WebAssembly', [late(NO_MODULE, 200), NO_MODULE], POLICY, ['.wasm']],
  ['is lost on its way', [late(LOST, 200), LOST], POLICY, ['.wasm']],
  ['is of another version', [late(OTHER_BUILD, 200), OTHER_BUILD], POLICY, ['.wasm is of another version of kinesis-edge than the script']],
  ['is refused by the Content-Security-Policy', [late(WASM, 200), WASM], POLICY_WITHOUT_WASM, ['Content-Security-Policy', 'wasm-unsafe-eval']],
];

for (const [what, answers, policy, named] of BROKEN) {
  describe(`a module that ${what}`, () => {
    test('fails every record with words that help, and nothing waits or spins', async () => {
      Object.assign(site, { answers, policy });
      const page = await openPage();
      const { rounds, flushed, late: lateOutcomes, ready, closed, errors, stats, call, sync, unhandled } = await page.run(putInVain, { streamName: STREAM });
      assert.deepEqual(flushed, { delivered: 0, failed: 3 });
      for (const outcome of [...rounds.flat(), ...lateOutcomes, call, sync]) {
        assert.deepEqual([outcome.name, outcome.code], ['KinesisError', 'ERR_CORE'], JSON.stringify(outcome));
      }
      for (const outcome of [...rounds.flat(), call]) {
        for (const part of named) assert.ok(outcome.message.includes(part), `"${part}" in: ${outcome.message}`);
      }
      assert.deepEqual([ready, closed], ['settled', 'settled']);
      assert.deepEqual(errors, Array(11).fill('ERR_CORE'), 'onError is called for each record');
      assert.deepEqual(stats, { recordsPut: 11, recordsDelivered: 0, recordsFailed: 11, recordsBuffered: 0, bytesBuffered: 0 });
      assert.deepEqual(unhandled, []);
      assert.ok(site.requests >= 1 && site.requests <= 24, `the module was asked for ${site.requests} times`);
      // No script helps where the page may run no WebAssembly.
      assert.equal(site.textRequests > 0, policy === POLICY, `the script was asked for ${site.textRequests} times`);

      const before = site.requests;
      await page.run(() => new Promise((resolve) => setTimeout(resolve, 1000)));
      // Each attempt asks twice for what may be out of a cache.
      assert.ok(site.requests - before <= 2, `it was asked for ${site.requests - before} times within an idle second`);
      assert.ok((await page.longestPause()) < PAUSE_MS_MAX);
      assert.deepEqual(await stored('in vain'), []);
    });

    if (policy === POLICY_WITHOUT_WASM) return;
    test('is loaded by the first call after it has come', async () => {
      Object.assign(site, { answers, policy });
      const page = await openPage();
      const text = `after it ${what}`;
      const failed = await page.run(callInVain, { streamName: STREAM });
      assert.deepEqual(failed.map(({ name, code }) => [name, code]), Array(2).fill(['KinesisError', 'ERR_CORE']), JSON.stringify(failed));
      site.answers = [WASM];
      assert.deepEqual(await page.run(callAgain, { streamName: STREAM, text }), ['settled', 'settled', 'settled']);
      assert.deepEqual(await stored(text), ['call', 'new put', 'put'].map((kind) => `${text}: ${kind}`));
      assert.ok((await page.longestPause()) < PAUSE_MS_MAX);
    });
  });
}

describe('a module that does not come, and the script that carries it does', () => {
  for (const [what, answer, policy = () => POLICY] of [
    ['is not there', NOT_FOUND],
    ['is an HTML page', HTML],
    ['is no WebAssembly', NO_MODULE],
    ['is lost on its way', LOST],
    ['is of another version', OTHER_BUILD],
    ['may not be connected to', WASM, () => POLICY.replace(/connect-src .*/, `connect-src ${kinesis.endpoint}`)],
  ]) {
    test(`${what}: every record is delivered, and no error is reported`, async () => {
      Object.assign(site, { answers: [answer], policy: policy(), text: SERVED });
      const page = await openPage();
      const { ready, outcomes, flushed, errors } = await page.run(putAndWait, { streamName: STREAM, text: `instead: ${what}` });
      assert.deepEqual([ready, ...outcomes], Array(5).fill('settled'), JSON.stringify(outcomes));
      assert.deepEqual([flushed, errors], [{ delivered: 3, failed: 0 }, []]);
      assert.equal((await stored(`instead: ${what}`)).length, 4);
      assert.equal(site.textRequests, 1);
    });
  }

  for (const [what, type] of [['application/wasm', 'application/wasm'], ['another type', 'application/octet-stream']]) {
    test(`it is not asked for where the module comes as ${what}`, async () => {
      Object.assign(site, { answers: [{ type }], text: SERVED });
      const page = await openPage();
      const { ready, outcomes } = await page.run(putAndWait, { streamName: STREAM, text: `as ${what}` });
      assert.deepEqual([ready, ...outcomes], Array(5).fill('settled'), JSON.stringify(outcomes));
      assert.deepEqual([site.requests, site.textRequests], [1, 0]);
    });
  }
});

test('in a browser without WebAssembly each call says so, and what to do instead', async () => {
  site.text = SERVED;
  const page = await openPage();
  await page.run(() => void delete globalThis.WebAssembly);
  const failed = await page.run(callInVain, { streamName: STREAM });
  assert.deepEqual(failed.map(({ name, code }) => [name, code]), Array(2).fill(['KinesisError', 'ERR_CORE']), JSON.stringify(failed));
  for (const { message } of failed) assert.match(message, /has no WebAssembly, as in React Native.*Lockdown Mode.*kinesis-edge\/collector$/);
});

test('a module of another version out of the cache is fetched past the cache', async () => {
  site.answers = [{ ...OTHER_BUILD, cache: 'max-age=3600' }, WASM];
  const page = await openPage();
  const { ready, outcomes } = await page.run(putAndWait, { streamName: STREAM, text: 'out of a cache' });
  assert.deepEqual([ready, ...outcomes], Array(5).fill('settled'), JSON.stringify(outcomes));
  assert.deepEqual([site.requests, site.textRequests], [2, 0]);
});

test('a module that the page preloads is fetched once', async () => {
  site.head = '<link rel="preload" as="fetch" crossorigin href="/dist/kinesis-edge.wasm">';
  const page = await openPage();
  const { ready, outcomes } = await page.run(putAndWait, { streamName: STREAM, text: 'preloaded' });
  assert.deepEqual([ready, ...outcomes], Array(5).fill('settled'), JSON.stringify(outcomes));
  assert.equal(site.requests, 1);
});

describe('what a page imports loads the modules that it needs, and no other', () => {
  for (const [names, ...modules] of [
    [['signRequest'], 'kinesis-edge-signer.wasm'],
    [['signRequest', 'hashKey'], 'kinesis-edge-client.wasm'],
    [['KinesisClient', 'signRequest'], 'kinesis-edge-client.wasm'],
    [['Producer'], 'kinesis-edge-producer.wasm'],
    [['Producer', 'signRequest'], 'kinesis-edge-producer.wasm', 'kinesis-edge-signer.wasm'],
    [['Producer', 'hashKey'], 'kinesis-edge-client.wasm', 'kinesis-edge-producer.wasm'],
    [['KinesisClient', 'deaggregate'], 'kinesis-edge-client.wasm', 'kinesis-edge-producer.wasm'],
    [['Producer', 'KinesisClient', 'signRequest', 'hashKey'], 'kinesis-edge-client.wasm', 'kinesis-edge-producer.wasm'],
  ]) {
    test(`${names.join(', ')}: ${modules.join(', ')}`, async () => {
      site.bundle = await bundleOf(names);
      const page = await openPage();
      const { authorization, key, put, produced } = await page.run(useBundle, { streamName: STREAM, text: `bundle of ${names}` });
      if (names.includes('signRequest')) assert.match(authorization, /^AWS4-HMAC-SHA256 Credential=PAGE\/20261128\/us-east-1\/sqs\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/);
      assert.equal(key, names.includes('hashKey') ? '187279361568289349169310600456257773043' : undefined);
      assert.equal(put, names.includes('KinesisClient') ? 'settled' : undefined, JSON.stringify(put));
      assert.equal(produced, names.includes('Producer') ? 'settled' : undefined, JSON.stringify(produced));
      assert.deepEqual(site.modules.sort(), modules);
    });
  }
});

test('a script that is imported later waits by ready for the module that it brings', async () => {
  site.bundle = await bundleOf(['Producer'], "export const later = () => import('later');");
  const page = await openPage();
  const keys = await page.run(async () => {
    const first = await import('/bundle/stdin.js');
    await first.ready;
    const second = await first.later();
    await second.ready;
    return [second.hashKey('k'), second.signRequest({ method: 'GET', url: 'https://sqs.us-east-1.amazonaws.com/', service: 'sqs', ...globalThis.page.connection }).headers.authorization.slice(0, 16)];
  });
  assert.deepEqual(keys, ['187279361568289349169310600456257773043', 'AWS4-HMAC-SHA256']);
  assert.deepEqual(site.modules.sort(), ['kinesis-edge-client.wasm', 'kinesis-edge-producer.wasm']);
});

test('of two modules one does not come: ready says so, and what needs the other works', async () => {
  site.bundle = await bundleOf(['Producer', 'KinesisClient']);
  site.missing = ['kinesis-edge-client.wasm', 'client-bytes'];
  const page = await openPage();
  const outcomes = await page.run(async ({ streamName }) => {
    const { page } = globalThis;
    const { ready, Producer, KinesisClient: Client } = await import('/bundle/stdin.js');
    const record = { StreamName: streamName, Data: 'in vain', PartitionKey: 'k' };
    return page.outcomes([ready, new Producer({ ...page.connection, streamName }).put('without the other'), new Client(page.connection).putRecord(record)]);
  }, { streamName: STREAM });
  assert.deepEqual(outcomes.map((outcome) => outcome.code ?? outcome), ['ERR_CORE', 'settled', 'ERR_CORE'], JSON.stringify(outcomes));
});

for (const [names, call] of [
  [['KinesisClient', 'deaggregate'], `deaggregate({ partitionKey: 'k', data: new Uint8Array(1) }).length`],
  [['Producer', 'hashKey'], `hashKey('k')`],
  [['signRequest'], `signRequest({ method: 'GET', url: 'https://sqs.us-east-1.amazonaws.com/', service: 'sqs', ...page.connection }).headers.authorization`],
]) {
  test(`${names.at(-1)} works soon after a module has not come at first, and so does ready, beside ${names[0]}`, async () => {
    site.bundle = await bundleOf(names, `export const call = (page) => ${call};`.replace('export const', `import { ${names.at(-1)} } from 'kinesis-edge'; export const`));
    site.missing = ['kinesis-edge-', 'client-bytes', 'producer-bytes', 'signer-bytes'];
    const page = await openPage();
    const first = await page.run(async () => {
      const { ready, call } = (globalThis.bundle = await import('/bundle/stdin.js'));
      return [await page.outcome(ready), await page.outcome(Promise.resolve().then(() => call(page)))];
    });
    assert.deepEqual(first.map(({ code }) => code), ['ERR_CORE', 'ERR_CORE']);
    site.missing = [];
    const second = await page.run(async () => {
      const { call } = globalThis.bundle;
      const tries = [];
      for (const end = Date.now() + 15_000; Date.now() < end;) {
        tries.push(await page.outcome(Promise.resolve().then(() => call(page))));
        if (tries.at(-1) === 'settled') break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // The other module may wait for a call of its own.
      if (globalThis.bundle.Producer) await new globalThis.bundle.Producer({ ...page.connection, streamName: 'loading' }).put('after').catch(() => {});
      if (globalThis.bundle.KinesisClient) await new globalThis.bundle.KinesisClient(page.connection).listShards({ StreamName: 'loading' });
      return [tries.at(-1), await page.outcome(globalThis.bundle.ready)];
    });
    assert.deepEqual(second, ['settled', 'settled'], JSON.stringify(second));
  });
}

test('a script that reads ready before those that bring the modules waits for them too', async () => {
  site.bundle = await bundleOf(['hashKey'], "export { early } from 'early';");
  const page = await openPage();
  const key = await page.run(async () => {
    const { early, hashKey } = await import('/bundle/stdin.js');
    await early;
    return hashKey('k');
  });
  assert.equal(key, '187279361568289349169310600456257773043');
});

/** A script of what a page imports, as esbuild makes it with its chunks, such as those that carry a module as text. */
async function bundleOf(names, more = '') {
  // In the order in which they are evaluated: `more` first.
  const contents = `${more}export { ready, ${names.join(', ')} } from 'kinesis-edge';`;
  const later = {
    name: 'later',
    setup({ onResolve, onLoad }) {
      // As webpack links it, which leaves out what `sideEffects` lets it: `ready` alone, and before anything else.
      onResolve({ filter: /^early$/ }, () => ({ path: 'early', namespace: 'early' }));
      onLoad({ filter: /.*/, namespace: 'early' }, () => ({ contents: "import { ready } from './dist/browser/core/ready.js'; export const early = ready.then(() => {});", resolveDir: top }));
      onResolve({ filter: /^later$/ }, () => ({ path: 'later', namespace: 'later' }));
      onLoad({ filter: /.*/, namespace: 'later' }, () => ({ contents: "export { ready, hashKey, signRequest } from 'kinesis-edge';", resolveDir: top }));
    },
  };
  const options = { bundle: true, format: 'esm', write: false, splitting: true, outdir: 'bundle', logLevel: 'error' };
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: top }, absWorkingDir: top, plugins: [later] });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}

describe('the package in one file', () => {
  for (const [what, head] of [
    ['a classic script', '<script src="/dist/kinesis-edge.iife.js"></script>'],
    ['a module', '<script type="module" src="/module.js"></script>'],
  ]) {
    test(`${what} puts a record, and asks for nothing else`, async () => {
      Object.assign(site, { head, answers: [NOT_FOUND] });
      const page = await openPage();
      const outcome = await page.run(putWithGlobal, { streamName: STREAM, text: `in one file: ${what}` });
      assert.deepEqual(outcome, ['settled', 'function'], JSON.stringify(outcome));
      assert.deepEqual(await stored(`in one file: ${what}`), [`in one file: ${what}`]);
      assert.deepEqual([site.requests, site.textRequests], [0, 0]);
    });

    test(`${what} says which word the page's policy lacks`, async () => {
      Object.assign(site, { head, policy: POLICY_WITHOUT_WASM });
      const page = await openPage();
      const [outcome] = await page.run(putWithGlobal, { streamName: STREAM, text: 'refused' });
      assert.equal(outcome.code, 'ERR_CORE', JSON.stringify(outcome));
      assert.match(outcome.message, /Content-Security-Policy.*'wasm-unsafe-eval'/);
    });
  }
});

describe('a module that does not come at first', () => {
  for (const [what, answer] of [['is not there', NOT_FOUND], ['is an HTML page', HTML], ['is lost', LOST], ['is late and not there', late(NOT_FOUND, 300)]]) {
    test(`but ${what}: what was put meanwhile settles, and what is put later is delivered`, async () => {
      site.answers = [answer, WASM];
      const page = await openPage();
      const text = `at first it ${what}`;
      const { early, flushed, later, laterFlush, ready, closed, errors, stats } = await page.run(putTwice, { streamName: STREAM, text });
      const delivered = early.filter((outcome) => outcome === 'settled').length;
      for (const outcome of early) assert.ok(outcome === 'settled' || outcome.code === 'ERR_CORE', JSON.stringify(outcome));
      assert.deepEqual(flushed, { delivered, failed: 3 - delivered });
      assert.deepEqual([later, laterFlush.failed, ready, closed], ['settled', 0, 'settled', 'settled']);
      assert.deepEqual(errors, Array(3 - delivered).fill('ERR_CORE'));
      assert.deepEqual(stats, { recordsPut: 4, recordsDelivered: delivered + 1, recordsFailed: 3 - delivered, recordsBuffered: 0, bytesBuffered: 0 });
      assert.equal((await stored(text)).length, delivered + 1);
      assert.ok(site.requests <= 4, `the module was asked for ${site.requests} times`);
      assert.ok((await page.longestPause()) < PAUSE_MS_MAX);
    });
  }
});

test('a module that comes after two seconds: records and calls wait for it', async () => {
  site.answers = [late(WASM, 2000)];
  const page = await openPage();
  const { buffered, ready, outcomes, flushed, stats, errors } = await page.run(putAndWait, { streamName: STREAM, text: 'late' });
  assert.equal(buffered, 3);
  assert.equal(ready, 'settled');
  assert.deepEqual(outcomes, Array(4).fill('settled'));
  assert.deepEqual(flushed, { delivered: 3, failed: 0 });
  assert.deepEqual(stats, { recordsPut: 3, recordsDelivered: 3, recordsFailed: 0, recordsBuffered: 0, bytesBuffered: 0 });
  assert.deepEqual(errors, []);
  assert.deepEqual(await stored('late'), ['late: call', 'late: put 0', 'late: put 1', 'late: put 2']);
  assert.ok(site.requests <= 2, `the module was asked for ${site.requests} times`);
  assert.ok((await page.longestPause()) < PAUSE_MS_MAX);
});

/** Options that a producer refuses, and whether a client refuses them too. */
const REFUSED = [
  ['useFipsEndpoint', { useFipsEndpoint: true }, true],
  ['useDualstackEndpoint', { useDualstackEndpoint: true }, true],
  ['requestBytesMax', { requestBytesMax: 1000 }, false],
  ['aggregateBytesMax', { aggregation: 'key', aggregateBytesMax: 1024 * 1024 }, false],
  ['bufferBytesMax', { bufferBytesMax: 1000 }, false],
  ['streamName', { streamName: 'a b' }, false],
  ['region', { region: 'us_east_1', endpoint: undefined }, true],
];

describe('options that a producer refuses before the module is loaded', () => {
  for (const [option, options, isOfClient] of REFUSED) {
    test(`${option} is named, by every put`, async () => {
      site.answers = [late(WASM, 500)];
      const page = await openPage();
      const { thrown, outcomes, flushed, ready, closed, stats, call } = await page.run(useRefusedOptions, { streamName: STREAM, options });
      const all = thrown ? [thrown] : outcomes;
      for (const outcome of isOfClient ? [...all, call] : all) {
        assert.deepEqual([outcome.name, outcome.code], ['KinesisError', 'ERR_INVALID_ARGUMENT'], JSON.stringify(outcome));
        assert.ok(outcome.message.toLowerCase().includes(option.toLowerCase()), outcome.message);
      }
      if (!thrown) {
        assert.equal(outcomes.length, 3);
        assert.equal(flushed.delivered, 0, JSON.stringify(flushed));
        assert.deepEqual([ready, closed], ['settled', 'settled']);
        assert.deepEqual([stats.recordsPut - stats.recordsFailed, stats.recordsBuffered, stats.bytesBuffered], [0, 0, 0]);
      }
      assert.ok((await page.longestPause()) < PAUSE_MS_MAX);
    });
  }
});

// ── what runs in the page; `page` is what `preparePage` has made there ──

/** Eleven records and a call for which no module ever comes. */
async function putInVain({ streamName }) {
  const { page } = globalThis;
  const { KinesisClient: Client, hashKey } = await import('/dist/browser.js');
  const { producer, errors, stats } = await page.producer({ streamName });
  // While it is being loaded.
  const first = [0, 1, 2].map((index) => producer.put(`in vain ${index}`));
  const flushed = await page.within(producer.flush());
  const rounds = [await page.outcomes(first)];
  const ready = await page.outcome(producer.ready);
  for (let round = 0; round < 3; round += 1) rounds.push(await page.outcomes([producer.put('in vain')]));
  rounds.push(await page.outcomes([0, 1, 2, 3].map((index) => producer.put(`in vain ${index}`))));
  const call = await page.outcome(new Client(page.connection).putRecord({ StreamName: streamName, Data: 'in vain', PartitionKey: 'k' }));
  const sync = await page.outcome(Promise.resolve().then(() => hashKey('k')));
  const last = producer.put('in vain');
  const closed = await page.outcome(producer.close());
  return { rounds, flushed, late: await page.outcomes([last]), ready, closed, errors, stats: stats(), call, sync, unhandled: page.unhandled };
}

/** Signs, maps a key and puts a record, with what the bundle has of it. */
async function useBundle({ streamName, text }) {
  const { page } = globalThis;
  const { ready, signRequest, hashKey, KinesisClient: Client, Producer } = await import('/bundle/stdin.js');
  await ready;
  const request = { method: 'GET', url: 'https://sqs.us-east-1.amazonaws.com/', region: 'us-east-1', service: 'sqs', date: new Date('2026-11-28') };
  const signed = signRequest?.({ ...request, credentials: page.connection.credentials });
  const record = { StreamName: streamName, Data: text, PartitionKey: 'k' };
  const key = hashKey?.('k');
  const put = Client && (await page.outcome(new Client(page.connection).putRecord(record)));
  const produced = Producer && (await page.outcome(new Producer({ ...page.connection, streamName }).put(text)));
  return { authorization: signed?.headers.authorization, key, put, produced };
}

async function putWithGlobal({ streamName, text }) {
  const { page, KinesisEdge } = globalThis;
  const client = new KinesisEdge.KinesisClient(page.connection);
  const put = await page.outcome(client.putRecord({ StreamName: streamName, Data: text, PartitionKey: 'k' }));
  return [put, typeof KinesisEdge.createTracker];
}

/** A producer and a client that have met one failure: `callAgain` uses them. */
async function callInVain({ streamName }) {
  const { page } = globalThis;
  const { KinesisClient: Client } = await import('/dist/browser.js');
  page.client = new Client(page.connection);
  page.kept = await page.producer({ streamName });
  return page.outcomes([page.client.putRecord({ StreamName: streamName, Data: 'in vain', PartitionKey: 'k' }), page.kept.producer.put('in vain')]);
}

async function callAgain({ streamName, text }) {
  const { page } = globalThis;
  const call = await page.outcome(page.client.putRecord({ StreamName: streamName, Data: `${text}: call`, PartitionKey: 'k' }));
  const { producer } = await page.producer({ streamName });
  return [call, ...(await page.outcomes([page.kept.producer.put(`${text}: put`), producer.put(`${text}: new put`)]))];
}

async function putTwice({ streamName, text }) {
  const { page } = globalThis;
  const { producer, errors, stats } = await page.producer({ streamName });
  const puts = [0, 1, 2].map((index) => producer.put(`${text}: early ${index}`));
  const flushed = await page.within(producer.flush());
  const early = await page.outcomes(puts);
  const later = await page.outcome(producer.put(`${text}: later`));
  const laterFlush = await page.within(producer.flush());
  const ready = await page.outcome(producer.ready);
  const closed = await page.outcome(producer.close());
  return { early, flushed, later, laterFlush, ready, closed, errors, stats: stats() };
}

async function putAndWait({ streamName, text }) {
  const { page } = globalThis;
  const { KinesisClient: Client } = await import('/dist/browser.js');
  const { producer, errors, stats } = await page.producer({ streamName });
  const puts = [0, 1, 2].map((index) => producer.put(`${text}: put ${index}`));
  const call = new Client(page.connection).putRecord({ StreamName: streamName, Data: `${text}: call`, PartitionKey: 'k' });
  const buffered = producer.stats.recordsBuffered;
  const ready = await page.outcome(producer.ready);
  const flushed = await page.within(producer.flush());
  return { buffered, ready, outcomes: await page.outcomes([...puts, call]), flushed, stats: stats(), errors };
}

async function useRefusedOptions({ streamName, options }) {
  const { page } = globalThis;
  const { KinesisClient: Client, ready: loaded } = await import('/dist/browser.js');
  const putRecord = async () => new Client({ ...page.connection, ...options }).putRecord({ StreamName: streamName, Data: 'x', PartitionKey: 'k' });
  const call = page.outcome(putRecord());
  let made;
  try {
    made = await page.producer({ streamName, ...options });
  } catch (error) {
    return { thrown: page.describe(error), call: await call };
  }
  const { producer, stats } = made;
  const puts = [producer.put('x'), producer.put('y')];
  const flushed = await page.within(producer.flush());
  await loaded;
  const ready = await page.outcome(producer.ready);
  const outcomes = await page.outcomes([...puts, producer.put('z')]);
  const closed = await page.outcome(producer.close());
  return { outcomes, flushed, ready, closed, stats: stats(), call: await call };
}

/** Runs in the page before anything else. */
function preparePage(endpoint) {
  const SETTLES_MS_MAX = 4000;
  const ticks = [performance.now()];
  setInterval(() => ticks.push(performance.now()), 100);
  const page = { unhandled: [], connection: { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'PAGE', secretAccessKey: 's' } } };
  globalThis.page = page;
  addEventListener('unhandledrejection', ({ reason }) => page.unhandled.push(String(reason)));

  page.describe = ({ code, message, constructor }) => ({ name: constructor.name.replace(/^_/, ''), code, message });
  /** A promise's value, or a text where it does not settle. */
  page.within = (promise) => {
    const late = new Promise((resolve) => setTimeout(resolve, SETTLES_MS_MAX, `not settled within ${SETTLES_MS_MAX} ms`));
    return Promise.race([promise, late]);
  };
  page.outcome = (promise) => page.within(promise.then(() => 'settled', page.describe));
  page.outcomes = (promises) => Promise.all(promises.map(page.outcome));
  page.producer = async (options) => {
    const { Producer } = await import('/dist/browser.js');
    const errors = [];
    const producer = new Producer({ ...page.connection, lingerMs: 5, onError: ({ code }) => errors.push(code), ...options });
    const stats = () => {
      const { recordsPut, recordsDelivered, recordsFailed, recordsBuffered, bytesBuffered } = producer.stats;
      return { recordsPut, recordsDelivered, recordsFailed, recordsBuffered, bytesBuffered };
    };
    return { producer, errors, stats };
  };
  page.longestPause = () => {
    const times = [...ticks, performance.now()];
    return Math.max(...times.slice(1).map((time, index) => time - times[index]));
  };
}

// ── the page, and what serves it ──

/** A page in a browser of its own. What runs in it has a time limit. */
async function openPage() {
  const connection = await chromium.connect(browser.wsEndpoint());
  const page = await connection.newPage();
  await page.addInitScript(preparePage, kinesis.endpoint);
  await page.goto(site.endpoint);
  const run = (scenario, argument) => inTime(page.evaluate(scenario, argument));
  return { run, longestPause: () => run(() => globalThis.page.longestPause()) };
}

async function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page has not answered within ${SCENARIO_MS_MAX} ms: it is frozen`)), SCENARIO_MS_MAX);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // The browser's end fails it.
    work.catch(() => {});
  }
}

/** Serves an empty page and the package. `answers` is what comes for the module, in turn; the last one stays. */
async function serveSite() {
  const state = { policy: POLICY, answers: [WASM], text: NOT_FOUND, head: '', bundle: {}, missing: [], modules: [], requests: 0, textRequests: 0 };
  const server = await listen(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname).slice(1);
    const headers = { 'content-security-policy': state.policy, 'cache-control': 'no-store' };
    if (path === '') return response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(`<!doctype html><title>loading</title>${state.head}`);
    if (path === 'module.js') return response.writeHead(200, { ...headers, 'content-type': 'text/javascript' }).end(MODULE_SCRIPT);
    if (path.startsWith('bundle/')) return serveBundle(basename(path), state, response, headers);
    if (!/^dist\/[\w.-]+$/.test(path)) return response.writeHead(404, headers).end();
    const { status = 200, type = TYPES[extname(path)], body, delayMs = 0, lost, cache = 'no-store' } = answerTo(path, state);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (lost) return response.destroy();
    response.writeHead(status, { ...headers, 'content-type': type, 'cache-control': cache }).end(body ?? (await readFile(join(top, path))));
  });
  return Object.assign(state, server);
}

/** The scripts of `state.bundle`, and the modules where a bundler leaves them: beside the script. */
async function serveBundle(name, state, response, headers) {
  if (state.missing.some((missing) => name.startsWith(missing))) return response.writeHead(404, headers).end();
  const isModule = extname(name) === '.wasm';
  if (isModule) state.modules.push(name);
  const body = isModule ? await readFile(join(top, 'dist', 'browser', 'core', name)) : state.bundle[name];
  response.writeHead(200, { ...headers, 'content-type': TYPES[extname(name)] }).end(body);
}

const MODULE_SCRIPT = "import * as edge from '/dist/kinesis-edge.esm.js'; globalThis.KinesisEdge = edge;";

function answerTo(path, state) {
  if (path === 'dist/module-text.js') {
    state.textRequests += 1;
    return state.text;
  }
  return extname(path) === '.wasm' ? nextAnswer(state) : {};
}

function nextAnswer(state) {
  state.requests += 1;
  return state.answers.length > 1 ? state.answers.shift() : state.answers[0];
}

/** What is in the stream and begins with a text, sorted. */
async function stored(beginning) {
  const { Shards } = await client.listShards({ StreamName: STREAM });
  const perShard = await Promise.all(
    Shards.map(async ({ ShardId }) => {
      const { ShardIterator } = await client.call('GetShardIterator', { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
      const { Records } = await client.call('GetRecords', { ShardIterator });
      return Records.map(({ Data }) => Buffer.from(Data, 'base64').toString());
    }),
  );
  return perShard.flat().filter((text) => text.startsWith(beginning)).sort();
}
