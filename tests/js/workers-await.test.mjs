/**
 * Requests that await what a shared producer or client gives them, in workerd: there a request may use only what it has started itself, and what
 * it has started ends with it.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Miniflare } from 'miniflare';
import { bundle, startStream, until } from './collector/setup.mjs';
import { listen } from './listen.mjs';

const NEW = '2026-07-01';
/** Promises of other requests were not yet taken care of by the runtime. */
const OLD = '2023-03-01';
/** An answer that takes longer never comes. */
const ANSWER_MS_MAX = 15_000;
/** As the Worker has it, and what a busy machine may add. */
const REQUEST_TIMEOUT_MS = 2000;
const SLACK_MS = 4000;

let stream;
let keysServer;
let modules;
let worker;

before(async () => {
  [stream, keysServer, modules] = await Promise.all([startStream({ name: 'await' }), serveKeys(), bundle('../worker/await.js')]);
});
after(() => Promise.all([stream?.stop(), keysServer?.stop()]));
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

for (const compatibilityDate of [NEW, OLD]) {
  describe(`with the compatibility date ${compatibilityDate}`, () => {
    for (const name of ['plain', 'module', 'aggregating']) {
      for (const count of [20, 50]) {
        test(`${count} requests at once await their put, three times over (${name})`, async () => {
          await startWorker({ compatibilityDate });
          const texts = [];
          for (let wave = 0; wave < 3; wave += 1) {
            const mine = textsOf(`${compatibilityDate} ${name} put ${count} ${wave}`, count);
            texts.push(...mine);
            const answers = await Promise.all(mine.map((text) => ask(`put/${name}`, { text })));
            assertAll(answers, ({ body }) => typeof body.sequenceNumber === 'string');
          }
          await assertStored(texts);
        });
      }
    }

    test('20 requests at once hand their put to waitUntil, three times over', async () => {
      await startWorker({ compatibilityDate });
      const texts = [];
      for (let wave = 0; wave < 3; wave += 1) {
        const mine = textsOf(`${compatibilityDate} waitUntil ${wave}`, 20);
        texts.push(...mine);
        assertAll(await Promise.all(mine.map((text) => ask('putAfter/plain', { text }))));
      }
      await assertStored(texts);
    });

    test('requests that put, that flush and that leave at once are mixed', async () => {
      await startWorker({ compatibilityDate });
      const texts = textsOf(`${compatibilityDate} mixed`, 60);
      const actions = ['put', 'flush', 'putAfter', 'putAndLeave', 'put', 'put'];
      assertAll(await Promise.all(texts.map((text, index) => ask(`${actions[index % actions.length]}/plain`, { text }))));
      // What is put by a request that waits for nothing leaves with the records of those that wait.
      assertAll([await ask('flush/plain', { text: `${compatibilityDate} mixed last` })]);
      await assertStored([...texts, `${compatibilityDate} mixed last`]);
    });

    test('20 requests at once await the call of a shared client', async () => {
      await startWorker({ compatibilityDate });
      const texts = textsOf(`${compatibilityDate} putRecord`, 20);
      assertAll(await Promise.all(texts.map((text) => ask('putRecord/plain', { text }))));
      await assertStored(texts);
    });
  });
}

test('40 requests await the room that others make', async () => {
  await startWorker();
  const texts = textsOf('ready', 40);
  assertAll(await Promise.all(texts.map((text) => ask('putWhenReady/small', { text }))));
  await assertStored(texts);
});

test('answers that are late or lost are awaited by the requests that wait for them', async () => {
  await startWorker();
  await stream.plan({ random: { seed: 7, status500: 0.2, answerLost: 0.1, delayMsMax: 50 } }, 'AWAIT');
  try {
    const texts = textsOf('faults', 50);
    assertAll(await Promise.all(texts.map((text) => ask('put/plain', { text }))));
    await assertStored(texts);
  } finally {
    await stream.plan({}, 'AWAIT');
  }
});

for (const name of ['plain', 'small']) {
  test(`two requests at once pipe a stream into the producer's writable (${name})`, async () => {
    await startWorker();
    const answers = await Promise.all(['one', 'two'].map((which) => ask(`pipe/${name}`, { text: `pipe ${name} ${which}`, count: 100 })));
    assertAll(answers);
    await assertStored(['one', 'two'].flatMap((which) => textsOf(`pipe ${name} ${which}`, 100)));
    // And once more, after both have ended.
    assertAll([await ask(`pipe/${name}`, { text: `pipe ${name} three`, count: 10 })]);
    await assertStored(textsOf(`pipe ${name} three`, 10));
  });
}

describe('a request that ends while the credentials provider is pending', () => {
  for (const name of ['fetching', 'timing']) {
    for (const [how, leave] of [
      ['with its answer', (text) => ask(`putAndLeave/${name}`, { text })],
      ['as its client leaves', (text) => ask(`put/${name}`, { text }, AbortSignal.timeout(100)).catch(() => {})],
    ]) {
      test(`${how}: later requests have their records delivered (${name})`, async () => {
        keysServer.requests = 0;
        await startWorker();
        await leave(`${name} ${how} left`);
        await sleep(200);
        const texts = textsOf(`${name} ${how} later`, 5);
        const began = Date.now();
        assertAll(await Promise.all(texts.map((text) => ask(`put/${name}`, { text }))));
        const took = Date.now() - began;
        assert.ok(took < REQUEST_TIMEOUT_MS + SLACK_MS, `${took} ms`);
        await assertStored(texts);
      });
    }

    for (const [how, leave] of [
      ['with its answer', (text) => ask(`putRecordAndLeave/${name}`, { text })],
      ['as its client leaves', (text) => ask(`putRecord/${name}`, { text }, AbortSignal.timeout(100)).catch(() => {})],
    ]) {
      test(`${how}: the next request's call of the shared client succeeds (${name})`, async () => {
        keysServer.requests = 0;
        await startWorker();
        await leave(`${name} client ${how} left`);
        await sleep(200);
        const began = Date.now();
        assertAll([await ask(`putRecord/${name}`, { text: `${name} client ${how} next` })]);
        const took = Date.now() - began;
        assert.ok(took < REQUEST_TIMEOUT_MS + SLACK_MS, `${took} ms`);
        await assertStored([`${name} client ${how} next`]);
      });
    }
  }
});

/**
 * What a request has sent dies with it: its answer never comes. Later requests must not wait until it is too late (11 s by default), but about as
 * long as it takes to see that the request has ended.
 */
describe('a request that ends while what it has sent is under way', () => {
  for (const name of ['patient', 'immediate']) {
    for (const [how, leave] of [
      ['by an error thrown after put', (text) => ask(`putAndThrow/${name}`, { text, isSlow: true })],
      ['by an error thrown after flush', (text) => ask(`flushAndThrow/${name}`, { text, isSlow: true })],
      ['by a promise that rejects beside flush', (text) => ask(`flushAndReject/${name}`, { text, isSlow: true })],
      ['with its response, without awaiting its flush', (text) => ask(`flushAndLeave/${name}`, { text, isSlow: true })],
    ]) {
      for (const action of ['put', 'flush']) {
        test(`${how}: the next request's ${action} settles soon, and nothing is lost (${name})`, async () => {
          await startWorker();
          const [left, next] = [`${name} ${how} ${action} left`, `${name} ${how} ${action} next`];
          await leave(left);
          await sleep(200);
          const began = Date.now();
          assertAll([await ask(`${action}/${name}`, { text: next })]);
          const took = Date.now() - began;
          assert.ok(took < 1000 + SLACK_MS, `${took} ms`);
          await assertStored([left, next]);
        });
      }
    }
  }

  for (const action of ['put', 'putRecord']) {
    test(`by an error thrown while the provider is pending: the next request's ${action} is soon done`, async () => {
      keysServer.requests = 0;
      await startWorker();
      await ask('flushAndThrow/patientKeys', { text: `keys ${action} left` });
      await ask('putRecordAndLeave/patientKeys', { text: `keys ${action} call left` });
      await sleep(200);
      const began = Date.now();
      assertAll([await ask(`${action}/patientKeys`, { text: `keys ${action} next` })]);
      const took = Date.now() - began;
      assert.ok(took < 1000 + SLACK_MS, `${took} ms`);
      await assertStored([`keys ${action} next`]);
    });
  }
});

test('what put returns is used as any promise, by 10 requests at once', async () => {
  await startWorker();
  const texts = textsOf('promises', 10);
  const answers = await Promise.all(texts.map((text) => ask('promises/plain', { text })));
  assertAll(answers);
  for (const { body } of answers) assert.deepEqual(body, { isPromise: true, delivered: 12, ended: 1, refused: 'ERR_INVALID_ARGUMENT' });
});

describe('a Durable Object', () => {
  test('puts 100 records, each awaited before the next', async () => {
    await startWorker();
    const { status, body } = await ask('object/series/plain', { text: 'series', count: 100 }, AbortSignal.timeout(30_000));
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.recordsPut, body.recordsDelivered], [100, 100]);
    await assertStored(textsOf('series', 100));
  });

  test('has 20 requests at once that await their put', async () => {
    await startWorker();
    const texts = textsOf('object', 20);
    assertAll(await Promise.all(texts.map((text) => ask('object/put/plain', { text }))));
    await assertStored(texts);
  });
});

// ── the Worker, and what is asked of it ──

async function startWorker({ compatibilityDate = NEW } = {}) {
  const miniflare = new Miniflare({
    compatibilityDate,
    host: '127.0.0.1',
    bindings: { KINESIS: stream.endpoint, STREAM: stream.name, KEYS_SERVER: keysServer.endpoint },
    durableObjects: { PRODUCING: 'Producing' },
    modules,
  });
  worker = { address: await miniflare.ready, stop: () => miniflare.dispose() };
}

/** The answer to a request. Rejects after `ANSWER_MS_MAX`. */
async function ask(path, parameters, signal = AbortSignal.timeout(ANSWER_MS_MAX)) {
  const response = await fetch(new URL(`${path}?${new URLSearchParams(parameters)}`, worker.address), { signal });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

function assertAll(answers, isRight = () => true) {
  const wrong = answers.filter((answer) => answer.status !== 200 || !isRight(answer));
  assert.equal(wrong.length, 0, `${wrong.length} of ${answers.length}: ${JSON.stringify(wrong.slice(0, 3)).slice(0, 600)}`);
}

function textsOf(beginning, count) {
  return Array.from({ length: count }, (_, index) => `${beginning} ${index}`);
}

/** All of them come to be in the stream. */
async function assertStored(texts) {
  let missing = texts;
  await until('all of them in the stream', async () => {
    const stored = new Set((await stream.lines()).map(({ text }) => text));
    missing = texts.filter((text) => !stored.has(text));
    return missing.length === 0;
  }, { ms: 8000 }).catch(() => {});
  assert.deepEqual(missing, []);
}

/** A server whose first request since `requests` was set to 0 has no answer. */
async function serveKeys() {
  const state = { requests: 0 };
  const server = await listen((request, response) => {
    state.requests += 1;
    if (state.requests > 1) response.end('keys');
  });
  return Object.assign(state, server);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
