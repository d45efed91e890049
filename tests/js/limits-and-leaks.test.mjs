// Limits at the ends of numbers, what a dropped producer leaves behind, and secrets in messages of the service. CHROME_PATH is the browser.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { KinesisClient, KinesisError, Producer } from 'kinesis-edge';
import { top } from '../../xtask/say.mjs';
import { serveFiles } from './files.mjs';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'hush-secret', sessionToken: 'hush+to/ken==' };
let files;
before(async () => {
  files = await serveFiles();
});
after(() => files?.stop());

const never = () => new Promise(() => {});

/** The service, which stores each record. */
async function acceptAll(_, { body }) {
  const { Records } = JSON.parse(new TextDecoder().decode(body));
  return Response.json({ FailedRecordCount: 0, Records: Records.map(() => ({ SequenceNumber: '1', ShardId: 'shardId-000000000000' })) });
}

function producerWith(options) {
  return new Producer({ region: 'us-east-1', streamName: 's', credentials: KEYS, fetch: never, ...options });
}

test('a test environment that takes its globals away does not make a collected producer end the process', async () => {
  const script = `
    import { Producer } from 'kinesis-edge';
    const window = new EventTarget();
    let listeners = 0;
    globalThis.addEventListener = (...of) => { listeners += 1; window.addEventListener(...of); };
    globalThis.removeEventListener = (...of) => { listeners -= 1; window.removeEventListener(...of); };
    Object.defineProperty(globalThis, 'navigator', { value: { onLine: true }, configurable: true });
    const make = () => void new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
    for (let count = 0; count < 10; count += 1) make();
    if (listeners !== 20) throw new Error('it does not listen');
    for (const name of ['addEventListener', 'removeEventListener', 'navigator']) delete globalThis[name];
    for (let tries = 0; tries < 200 && listeners > 2; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
    }
    console.log(listeners <= 2 ? 'collected' : 'not collected');`;
  const { stdout } = await promisify(execFile)('node', ['--expose-gc', '--input-type=module', '-e', script], { cwd: top });
  assert.equal(stdout, 'collected\n');
});

test('an outbox whose unwatch throws does not keep a producer from closing', async () => {
  const unwatch = () => { throw new Error('mine'); };
  const producer = producerWith({ outbox: { add: async () => {}, remove: async () => {}, all: async () => [], watch: () => unwatch } });
  const shown = [];
  const { error } = console;
  console.error = (...line) => shown.push(line.join(' '));
  await producer.close().finally(() => (console.error = error));
  assert.deepEqual(shown, ['the function that watch of an outbox has returned has thrown Error: mine']);
  await assert.rejects(producer.put('late'), { code: 'ERR_CLOSED' });
});

describe('an outbox of the user', () => {
  const EMPTY = { add: async () => {}, remove: async () => {}, all: async () => [] };
  const open = (outbox) => {
    const errors = [];
    const producer = producerWith({ outbox: { ...EMPTY, ...outbox }, fetch: acceptAll, lingerMs: 0, onError: ({ code, message }) => errors.push(`${code}: ${message}`) });
    return { producer, errors };
  };

  test('whose watch throws is used without it, which is reported', async () => {
    const { producer, errors } = open({ watch: () => { throw new Error('mine'); } });
    assert.deepEqual(errors, [], 'not within the constructor');
    assert.equal((await producer.put('some')).sequenceNumber, '1');
    await producer.close();
    assert.deepEqual(errors, ['ERR_OUTBOX: the outbox could not be watched: mine']);
  });

  test('that reports each kind of event within watch', async () => {
    const error = new KinesisError('ERR_OUTBOX', 'mine');
    const { producer, errors } = open({
      watch: (listener) => {
        for (const event of [{ kind: 'error', error }, { kind: 'orphaned' }, { kind: 'suspended' }, { kind: 'resumed', takenOver: [] }]) listener(event);
        return () => {};
      },
    });
    assert.equal((await producer.put('some')).sequenceNumber, '1');
    await producer.close();
    assert.deepEqual(errors, ['ERR_OUTBOX: mine']);
  });

  test('whose functions return no promise', async () => {
    const stored = new Map();
    const { producer, errors } = open({ add: (records) => records.forEach((one) => stored.set(one.id, one)), remove: (ids) => ids.forEach((id) => stored.delete(id)), all: () => [...stored.values()], watch: () => {} });
    const put = producer.put('some');
    await new Promise((resolve) => setTimeout(resolve));
    await put;
    await producer.close();
    assert.deepEqual([errors, stored.size], [[], 0]);
  });
});

test('there is no room for as many bytes or records as wrap around in 32 bits', () => {
  const producer = producerWith();
  producer.put('some').catch(() => {});
  for (const count of [2 ** 32, 2 ** 32 - 1, 2 ** 32 - 4, 2 ** 33, 2 ** 53, Infinity]) {
    assert.equal(producer.hasRoomFor(1, count), false, `${count} bytes`);
    assert.equal(producer.hasRoomFor(count, 1), false, `${count} records`);
  }
  assert.equal(producer.hasRoomFor(1, 1000), true);
});

test('a tiny shardRateLimit waits, and sets no timer that fires at once', async () => {
  const own = globalThis.setTimeout;
  const delays = [];
  globalThis.setTimeout = (work, ms, ...rest) => {
    delays.push(ms);
    return own(work, ms, ...rest);
  };
  try {
    const stored = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };
    const shard = { ShardId: stored.ShardId, HashKeyRange: { StartingHashKey: '0', EndingHashKey: `${2n ** 128n - 1n}` }, SequenceNumberRange: { StartingSequenceNumber: '1' } };
    let sent = 0;
    const fetch = async (_, { headers, body }) => {
      if (new Headers(headers).get('x-amz-target').endsWith('ListShards')) return Response.json({ Shards: [shard] });
      const { Records } = JSON.parse(new TextDecoder().decode(body));
      sent += Records.length;
      return Response.json({ FailedRecordCount: 0, Records: Records.map(() => stored) });
    };
    // The wait for one record: 17 minutes, 32 years, and more than a number of milliseconds holds.
    for (const shardRateLimit of [1e-6, 1e-12, Number.MIN_VALUE]) {
      const producer = producerWith({ fetch, lingerMs: 0, aggregation: 'shard', shardRateLimit });
      // The first record of a shard need not wait.
      await producer.put('x');
      for (let count = 0; count < 3; count += 1) producer.put('x').catch(() => {});
      await new Promise((resolve) => own(resolve, 200));
      const before = delays.length;
      await new Promise((resolve) => own(resolve, 300));
      // A timer past 2³¹ ms would fire at once, again and again.
      assert.ok(delays.length - before < 20, `${shardRateLimit}: ${delays.length - before} timers in 300 ms`);
      assert.ok(delays.every((ms = 0) => ms >= 0 && ms < 2 ** 31), `${Math.max(...delays)} ms`);
      assert.deepEqual([sent, producer.stats.recordsBuffered], [1, 3], `${shardRateLimit}`);
      sent = 0;
    }
  } finally {
    globalThis.setTimeout = own;
  }
});

test('a message of the service that repeats the canonical request carries no session token into errors, stats or logs', async () => {
  const canonical = ['POST', '/', '', 'host:kinesis', 'x-amz-date:20261128T000000Z', `x-amz-security-token:${KEYS.sessionToken}`, '', 'host;x-amz-date;x-amz-security-token'];
  const message = `The request signature we calculated does not match. The Canonical String should have been\n'${canonical.join('\n')}'`;
  const fetch = async () => new Response(JSON.stringify({ __type: 'InvalidSignatureException', message }), { status: 400 });
  const lines = [];
  const logger = { debug: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => lines.push(line) };
  const producer = producerWith({ fetch, logger, lingerMs: 0 });
  const client = new KinesisClient({ region: 'us-east-1', credentials: KEYS, fetch, logger });
  const errors = [];
  for (const call of [client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }), producer.put('x')]) errors.push(await call.catch((thrown) => thrown));
  for (const error of errors) {
    assert.deepEqual([error.code, error.name], ['ERR_SERVICE', 'InvalidSignatureException']);
    assert.match(error.message, /x-amz-security-token:…\n/);
  }
  assert.match(producer.stats.lastError.message, /x-amz-security-token:…\n/);
  const texts = [...errors.map((error) => `${error.stack} ${error.message}`), producer.stats.lastError.message, ...lines];
  assert.ok(lines.length > 0);
  for (const text of texts) assert.doesNotMatch(text, /hush/);
});

describe('in a page', () => {
  let browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--js-flags=--expose-gc'] });
  });
  after(() => browser?.close());

  /** Makes 20 producers in a page, drops them without `close`, and waits until at most one is left. */
  async function dropProducers(outboxes) {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(files.endpoint);
    return page.evaluate(async (which) => {
      const { Producer, indexedDBOutbox, ready } = await import('/dist/browser.js');
      await ready;
      let listeners = 0;
      let timers = 0;
      for (const [name, change] of [['addEventListener', 1], ['removeEventListener', -1]]) {
        const own = globalThis[name];
        globalThis[name] = (...all) => {
          listeners += change;
          return own.apply(globalThis, all);
        };
      }
      for (const [name, change] of [['setInterval', 1], ['clearInterval', -1]]) {
        const own = globalThis[name];
        globalThis[name] = (...all) => {
          if (name === 'setInterval' || all[0] !== undefined) timers += change;
          return own.apply(globalThis, all);
        };
      }
      const fetch = async (_, { body }) => {
        const { Records } = JSON.parse(new TextDecoder().decode(body));
        return Response.json({ FailedRecordCount: 0, Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) });
      };
      // Held by the page, as by a module that shares it.
      globalThis.shared = which === 'shared' ? indexedDBOutbox({ name: 'shared' }) : undefined;
      const make = async (index) => {
        const outbox = which === 'own' ? indexedDBOutbox({ name: `box ${index}` }) : globalThis.shared;
        const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch, lingerMs: 0, outbox });
        await producer.put('x');
        return [producer, outbox].map((object) => object && new WeakRef(object));
      };
      const made = [];
      for (let index = 0; index < 20; index += 1) made.push(await make(index));
      const count = async () => ({
        producers: made.filter(([producer]) => producer.deref()).length,
        outboxes: which === 'own' ? made.filter(([, outbox]) => outbox.deref()).length : 0,
        locks: (await navigator.locks.query()).held.length,
        listeners,
        timers,
      });
      // Each outbox acquires its lock when its database is open.
      for (let tries = 0; which === 'own' && tries < 150 && (await count()).locks < 20; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
      const before = await count();
      let left = before;
      for (let tries = 0; tries < 150 && Object.entries(left).some(([what, value]) => value > (what === 'listeners' ? 4 : 1)); tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        globalThis.gc();
        left = await count();
      }
      dispatchEvent(new Event('online'));
      return { before, left };
    }, outboxes);
  }

  test('a producer that is dropped without close is collected, and so are its listeners', async () => {
    const { before: made, left } = await dropProducers('none');
    assert.equal(made.listeners, 40, 'two each, while they live');
    assert.ok(left.producers <= 1 && left.listeners <= 4, JSON.stringify(left));
  });

  test('so are those that have an outbox each, with the outbox, its lock, listeners and timer', async () => {
    const { before: made, left } = await dropProducers('own');
    assert.ok(made.locks >= 20 && made.timers >= 20 && made.listeners >= 80, JSON.stringify(made));
    // The engine may hold on to the last one.
    for (const [what, most] of Object.entries({ producers: 1, outboxes: 1, locks: 1, timers: 1, listeners: 4 })) assert.ok(left[what] <= most, `${what}: ${JSON.stringify(left)}`);
  });

  test('so are those that share an outbox which the page holds', async () => {
    const { before: made, left } = await dropProducers('shared');
    assert.ok(made.producers > 1 && made.listeners >= 42, JSON.stringify(made));
    assert.ok(left.producers <= 1 && left.listeners <= 2 + 2, JSON.stringify(left));
  });
});
