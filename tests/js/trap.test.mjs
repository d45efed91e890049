/**
 * Traps of the WebAssembly module, in Node. `target/trap-dist/` is the package built for this test: its entry also exports
 * `trapAfter(calls)`, which makes the export that is called after so many further calls trap. What was pending is rejected with ERR_CORE or
 * comes again from the outbox, and every producer, client and function goes on.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import * as edge from '../../target/trap-dist/node.js';
import { createCollector } from '../../target/trap-dist/collector-node.js';
import { event, startStream, until } from './collector/setup.mjs';

const { KinesisClient, KinesisError, Producer, deaggregate, hashKey, shardFor, signRequest, trapAfter } = edge;
const NEVER = 2 ** 31 - 1;
const SETTLES_MS_MAX = 5000;
const KEYS = { accessKeyId: 'TRAP', secretAccessKey: 'secret' };
const OLD_RECORDS = ['old 1', 'old 2'];

/** It is read by another copy of the package, which no trap reaches. */
let stream;
let counter = 0;

before(async () => (stream = await startStream({ name: 'traps' })));
after(() => stream?.stop());
afterEach(() => trapAfter(NEVER));

/**
 * Where the module traps: what the producer is given for it, and what is done with the producer once it holds records. `trap` sets the
 * trap for the next call into the module, once. Credentials are asked for when the first record is put: the later ones may meet a fresh
 * instance.
 */
const PLACES = [
  ['a record is put', () => ({}), (producer, trap) => {
    trap();
    producer.put(Uint8Array.of(1, 2, 3));
  }],
  ['records are flushed', () => ({}), (producer, trap) => trap()],
  ['statistics are read', () => ({}), (producer, trap) => {
    trap();
    assertAddsUp(producer.stats);
  }],
  ['room is asked for', () => ({}), (producer, trap) => {
    trap();
    assert.equal(typeof producer.hasRoomFor(1, 1), 'boolean');
  }],
  ['room is waited for', () => ({}), (producer, trap) => {
    trap();
    void producer.ready;
  }],
  ['fetch is called', (trap) => ({
    fetch: (url, init) => {
      trap();
      return fetch(url, init);
    },
  })],
  ['an answer is handled', (trap) => ({
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const body = await response.arrayBuffer();
      trap();
      return new Response(body, response);
    },
  })],
  ['a lost request is handled', (trap) => ({
    fetch: async (url, init) => {
      if (!trap()) return fetch(url, init);
      throw new TypeError('fetch failed');
    },
  })],
  ['credentials are stored', (trap) => ({
    credentials: async () => {
      trap();
      return KEYS;
    },
  })],
];

for (const [place, optionsOf, act = () => {}] of PLACES) {
  describe(`a trap while ${place}`, () => {
    test('fails what was pending, and the producer goes on', async () => {
      const trap = trapOnce();
      const { producer, errors } = producerWith(optionsOf(trap));
      const texts = textsOf(3);
      const puts = texts.map((text) => outcome(producer.put(text)));
      await sleep(5);
      act(producer, trap);
      await within(producer.flush());
      const outcomes = await within(Promise.all(puts));
      assert.ok(trap.isSet, 'it has come to the place');
      const failed = outcomes.filter((result) => result === 'ERR_CORE').length;
      if (place === 'credentials are stored') assert.ok(failed >= 1, `${outcomes}`);
      else assert.equal(failed, 3, `${outcomes}`);
      assertHeard(errors, failed);
      await goesOn(producer);
      await producer.close();
    });

    test('leaves what is in an outbox there until it is delivered', async () => {
      const trap = trapOnce();
      const outbox = memoryOutbox(OLD_RECORDS.map((text) => `${place} ${text}`));
      const { producer } = producerWith({ ...optionsOf(trap), outbox, lingerMs: 200 });
      const texts = textsOf(3);
      const puts = texts.map((text) => outcome(producer.put(text)));
      await sleep(20);
      act(producer, trap);
      await within(producer.flush());
      await within(Promise.all(puts));
      assert.ok(trap.isSet, 'it has come to the place');
      await goesOn(producer);
      await outbox.isEmpty();
      // One whose own put has trapped is rejected, and never gets there.
      const kept = texts.filter((text) => outbox.added.has(text));
      if (place !== 'credentials are stored') assert.deepEqual(kept, texts);
      await assertStored([...kept, ...OLD_RECORDS.map((text) => `${place} ${text}`)]);
      assert.deepEqual(outbox.removedTooSoon, []);
      assertAddsUp(producer.stats);
      await within(producer.close());
    });
  });
}

/** What may be the first thing that is done with a producer after a trap elsewhere. */
const FIRST_USES = [
  ['stats', (producer) => assert.deepEqual(countsOf(producer.stats), { recordsPut: 1, recordsDelivered: 1, recordsFailed: 0, recordsBuffered: 0 })],
  ['ready', (producer) => producer.ready],
  ['hasRoomFor', (producer) => assert.notEqual(producer.hasRoomFor?.(1, 10), false)],
  ['flush', async (producer) => assert.deepEqual(await producer.flush(), { delivered: 0, failed: 0 })],
  ['flush with keepalive', async (producer) => assert.deepEqual(await producer.flush({ keepalive: true }), { delivered: 0, failed: 0 })],
  ['put', () => {}],
];

describe('a trap elsewhere', () => {
  test('changes nothing for an idle producer, whatever is done with it first', async () => {
    const idle = await Promise.all(FIRST_USES.map(async ([name, use]) => {
      const { producer, errors } = producerWith({ lingerMs: 5 });
      await producer.put(`idle before: ${name}`);
      return { name, use, producer, errors };
    }));
    await trapNow();
    for (const { name, use, producer, errors } of idle) {
      await within(Promise.resolve(use(producer)), name);
      await within(producer.put(`idle after: ${name}`), name);
      assert.deepEqual(countsOf(producer.stats), { recordsPut: 2, recordsDelivered: 2, recordsFailed: 0, recordsBuffered: 0 }, name);
      assert.deepEqual(errors, [], name);
      await within(producer.close(), name);
    }
    await assertStored(idle.map(({ name }) => `idle after: ${name}`));
  });

  for (const [name, use] of [
    ['flush', (producer) => producer.flush()],
    ['close', (producer) => producer.close()],
    ['put', async (producer) => void producer.put('a record after a trap elsewhere')],
    ['stats', async (producer) => assertAddsUp(producer.stats)],
    ['ready', (producer) => producer.ready],
  ]) {
    test(`fails what another producer holds, which settles whatever is done first: ${name}`, async () => {
      const { producer, errors } = producerWith();
      const puts = textsOf(2).map((text) => outcome(producer.put(text)));
      await sleep(5);
      await trapNow();
      await within(use(producer));
      await within(producer.flush());
      assert.deepEqual(await within(Promise.all(puts)), ['ERR_CORE', 'ERR_CORE']);
      assertHeard(errors, 2);
      assertAddsUp(producer.stats);
      if (name !== 'close') await goesOn(producer);
      await within(producer.close());
    });
  }

  for (const [name, use] of FIRST_USES) {
    test(`and one more while the core starts again leave a producer that goes on, whatever is done with it first: ${name}`, async () => {
      const { producer } = producerWith({ lingerMs: 5 });
      await producer.put(`before two traps: ${name}`);
      await trapNow();
      trapAfter(0);
      const done = use(producer);
      trapAfter(NEVER);
      await within(Promise.resolve(done).catch((error) => assert.equal(error.code, 'ERR_CORE', String(error))), name);
      await within(producer.ready, name);
      assertAddsUp(producer.stats);
      await goesOn(producer);
      await within(producer.close());
    });
  }

  test('fails what another producer holds without anything being done with it', async () => {
    const { producer, errors } = producerWith({ lingerMs: 300 });
    const puts = textsOf(2).map((text) => outcome(producer.put(text)));
    await sleep(5);
    await trapNow();
    assert.deepEqual(await within(Promise.all(puts)), ['ERR_CORE', 'ERR_CORE']);
    assertHeard(errors, 2);
    await goesOn(producer);
    await producer.close();
  });

  test('is passed by another producer that has an outbox', async () => {
    const outbox = memoryOutbox(['restored before a trap elsewhere']);
    const { producer } = producerWith({ outbox, lingerMs: 300 });
    const texts = textsOf(2);
    const puts = texts.map((text) => outcome(producer.put(text)));
    await sleep(20);
    await trapNow();
    await within(Promise.all(puts));
    await outbox.isEmpty();
    await assertStored([...texts, 'restored before a trap elsewhere']);
    assert.deepEqual(outbox.removedTooSoon, []);
    assertAddsUp(producer.stats);
    await within(producer.close());
  });
});

test('a record of the turn in which another call traps is in the outbox when that is read', async () => {
  const kept = memoryOutbox([]);
  const outbox = { ...kept, add: async (records) => (await sleep(10), kept.add(records)) };
  const { producer, errors } = producerWith({ outbox, lingerMs: 20 });
  await sleep(5);
  const put = outcome(producer.put('long '.repeat(20_000), { partitionKey: 'of this turn' }));
  trapHere();
  void producer.stats;
  assert.equal(await within(put), 'delivered');
  assert.deepEqual(errors, []);
  await within(producer.close());
});

test('a record that has waited for those of an outbox stays there where the call that puts it traps', async () => {
  const outbox = memoryOutbox([]);
  const slow = { ...outbox, all: async () => (await sleep(30), outbox.all()) };
  const { producer, errors } = producerWith({ outbox: slow, ordering: 'key', lingerMs: 20 });
  const put = outcome(producer.put('stays', { partitionKey: 'stays' }));
  await sleep(10);
  trapAfter(0);
  assert.equal(await within(put), 'ERR_CORE');
  trapAfter(NEVER);
  assertHeard(errors, 1);
  await within(producer.close());
  assert.deepEqual((await outbox.all()).map(({ data }) => Buffer.from(data).toString()), ['stays']);
});

describe('with an outbox the order of a key holds where another call has trapped', () => {
  const LONG = 'long '.repeat(20_000);
  const cases = {
    'before a short record is put': (put) => {
      trapHere();
      put('second');
    },
    'before a long record is put': (put) => {
      trapHere();
      put(`second ${LONG}`);
    },
    'while a record waits for the batch of its turn': (put) => {
      put('second');
      trapHere();
    },
    'while records wait for the batch of their turn, and a long one follows': (put) => {
      put('second');
      trapHere();
      put(`third ${LONG}`);
    },
  };
  for (const [name, act] of Object.entries(cases)) {
    test(name, async () => {
      const kept = memoryOutbox([]);
      const outbox = { ...kept, all: async () => (await sleep(30), kept.all()) };
      const [arrived, states] = [[], []];
      const { producer, errors } = producerWith({
        outbox,
        ordering: 'key',
        // Longer than the sleeps below take on a busy machine: what is sent before the trap is sent again after it.
        lingerMs: 1000,
        onEvent: (event) => event.type === 'core' && states.push(event.state),
        fetch: async (url, init) => {
          arrived.push(...JSON.parse(Buffer.from(init.body)).Records.map(({ Data }) => Buffer.from(Data, 'base64').toString().split(' ')[0]));
          return fetch(url, init);
        },
      });
      const put = (text) => producer.put(text, { partitionKey: `order ${name}` });
      const puts = [outcome(put('first'))];
      await sleep(80);
      // What was left is taken over, and the first record waits in the core.
      puts.push(outcome(put('first again')));
      await sleep(5);
      act((text) => puts.push(outcome(put(text))));
      await within(Promise.all(puts));
      await within(producer.close());
      assert.deepEqual(arrived, ['first', 'first', 'second', 'third'].slice(0, puts.length));
      assert.deepEqual(errors, []);
      assert.deepEqual(states, ['ready', 'replaced']);
    });
  }
});

test('the order of a key holds where the module traps while records come out of an outbox', async () => {
  for (let calls = 0; calls < 16; calls += 2) {
    const texts = Array.from({ length: 6 }, (_, index) => `${index}`);
    const kept = memoryOutbox(texts);
    const outbox = { ...kept, remove: async () => {}, all: async () => (await sleep(10), kept.all()) };
    const arrived = [];
    const fetch = async (_, { body }) => {
      const { Records } = JSON.parse(Buffer.from(body));
      arrived.push(...Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()));
      return Response.json({ Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) });
    };
    const { producer } = producerWith({ outbox, fetch, ordering: 'key', lingerMs: 100 });
    await sleep(3);
    trapAfter(calls);
    await sleep(60);
    trapAfter(NEVER);
    const last = outcome(producer.put('last', { partitionKey: 'k' }));
    await within(producer.flush());
    assert.equal(await last, 'delivered');
    assert.deepEqual(arrived, [...texts, 'last'], `after ${calls} calls`);
    await within(producer.close());
  }
});

describe('an observer gets an event where the core is replaced, and its totals are those of stats', () => {
  for (const [name, act] of [
    ['with what is in the core', async () => {
      await sleep(5);
      await trapNow();
    }],
    ['with what is on its way into the core', async () => {
      trapAfter(0);
      await sleep(5);
      trapAfter(NEVER);
    }],
  ]) {
    for (const outbox of [undefined, memoryOutbox([])]) {
      test(`${name}, ${outbox ? 'which comes again from an outbox' : 'which is lost'}`, async () => {
        const events = [];
        const { producer } = producerWith({ outbox, lingerMs: 200, onEvent: (event) => events.push(event) });
        const puts = textsOf(3).map((text) => outcome(producer.put(text)));
        await act();
        await within(producer.flush());
        await within(Promise.all(puts));
        await goesOn(producer);
        const of = (type) => events.filter((event) => event.type === type);
        const sum = (type) => of(type).reduce((records, event) => records + event.records, 0);
        const { recordsPut, recordsDelivered, recordsFailed } = producer.stats;
        assert.deepEqual([sum('queued'), sum('settled'), sum('dropped')], [recordsPut, recordsDelivered, recordsFailed]);
        assert.ok(outbox ? recordsDelivered >= 4 : recordsFailed === 3, `${recordsDelivered} ${recordsFailed}`);
        assert.deepEqual(of('core').map(({ state, error }) => `${state} ${error?.code}`), ['ready undefined', 'replaced ERR_CORE']);
        await producer.close();
      });
    }
  }
});

test('an observer gets an event of records that are dropped while they come again from an outbox', async () => {
  const outbox = memoryOutbox([]);
  const events = [];
  const { producer, errors } = producerWith({ outbox, lingerMs: 200, onEvent: (event) => events.push(event) });
  await sleep(5);
  const puts = textsOf(3).map((text) => outcome(producer.put(text, { partitionKey: 'visitor' })));
  await sleep(5);
  const { all } = outbox;
  outbox.all = async () => {
    outbox.all = all;
    const stored = await all();
    // Consent is withdrawn while the records are read.
    await producer[Symbol.for('kinesis-edge.dropRecords')](new Set(['visitor']));
    return stored;
  };
  await trapNow();
  assert.deepEqual(await within(Promise.all(puts)), Array(3).fill('ERR_ABORTED'));
  await sleep(5);
  const sum = (type) => events.filter((event) => event.type === type).reduce((records, event) => records + event.records, 0);
  assert.deepEqual([sum('queued'), sum('settled'), sum('dropped'), errors.length], [3, 0, 3, 0]);
  await within(producer.close());
});

describe('a client', () => {
  const clientWith = (options) => new KinesisClient({ region: 'us-east-1', endpoint: stream.endpoint, credentials: KEYS, ...options });
  const record = (text) => ({ StreamName: stream.name, Data: text, PartitionKey: text });

  test('whose call traps says so, and the next call works', async () => {
    const client = clientWith();
    for (let calls = 0; calls < 12; calls += 1) {
      const [text, next] = textsOf(2);
      trapAfter(calls);
      const result = await within(outcome(client.putRecord(record(text))));
      trapAfter(NEVER);
      assert.ok(['delivered', 'ERR_CORE'].includes(result), `${calls}: ${result}`);
      await within(client.putRecord(record(next)));
      await assertStored([next]);
    }
  });

  test('whose call is under way when another traps has it delivered or failed, and the next call works', async () => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    let isUnderWay;
    const underWay = new Promise((resolve) => (isUnderWay = resolve));
    const slow = clientWith({
      fetch: async (url, init) => {
        isUnderWay();
        await released;
        return fetch(url, init);
      },
    });
    const other = clientWith();
    const [first, trapped, second, third] = textsOf(4);
    const call = outcome(slow.putRecord(record(first)));
    await underWay;
    trapAfter(0);
    assert.equal(await within(outcome(other.putRecord(record(trapped)))), 'ERR_CORE');
    release();
    const result = await within(call);
    assert.ok(['delivered', 'ERR_CORE'].includes(result), result);
    await within(slow.putRecord(record(second)));
    await within(other.putRecords({ StreamName: stream.name, Records: [{ Data: third, PartitionKey: third }] }));
    await assertStored([second, third]);
  });

  test('is made while the module traps, or says so', async () => {
    for (let calls = 0; calls < 6; calls += 1) {
      for (const make of [() => clientWith(), () => producerWith().producer]) {
        trapAfter(calls);
        try {
          make();
        } catch (error) {
          assert.ok(error instanceof KinesisError, String(error));
          assert.equal(error.code, 'ERR_CORE');
        }
        trapAfter(NEVER);
        make();
      }
    }
    const [text] = textsOf(1);
    await within(clientWith().putRecord(record(text)));
  });
});

test('functions say that the module has trapped, and give the same as before when they are called again', () => {
  const shards = [{ ShardId: 's', HashKeyRange: { StartingHashKey: '0', EndingHashKey: `${2n ** 128n - 1n}` }, SequenceNumberRange: { StartingSequenceNumber: '1' } }];
  const request = { method: 'GET', url: 'https://example.com/', region: 'us-east-1', service: 's3', credentials: KEYS, date: new Date(0) };
  const calls = [
    () => hashKey('k'),
    () => signRequest(request),
    () => shardFor(shards, { partitionKey: 'k' }).ShardId,
    () => deaggregate({ partitionKey: 'k', data: Uint8Array.of(1) }).length,
  ];
  for (const call of calls) {
    const expected = call();
    trapAfter(0);
    try {
      // One that does not call the module has nothing to trap.
      assert.deepEqual(call(), expected);
    } catch (error) {
      assert.ok(error instanceof KinesisError, String(error));
      assert.equal(error.code, 'ERR_CORE');
    }
    trapAfter(NEVER);
    assert.deepEqual(call(), expected);
  }
});

describe('a collector', () => {
  const options = () => ({ region: 'us-east-1', endpoint: stream.endpoint, streamName: stream.name, credentials: KEYS, allowedOrigins: '*', lingerMs: 5 });
  const request = (body) => new Request('https://collector.test/collect', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  async function collects(collector) {
    const sent = event();
    const response = await within(collector.fetch(request(sent)));
    assert.equal(response.status, 202, await response.clone().text());
    await until('the event in the stream', async () => (await stream.lines()).some(({ text }) => text.includes(sent.messageId)));
  }

  test('answers 202 after a trap elsewhere', async () => {
    const collector = createCollector(options);
    await collects(collector);
    await trapNow();
    await collects(collector);
  });

  test('answers 202 after a trap of its own', async () => {
    const collector = createCollector(options);
    await collects(collector);
    const { error } = console;
    console.error = () => {};
    try {
      for (let calls = 0; calls < 10; calls += 1) {
        trapAfter(calls);
        const { status } = await within(collector.fetch(request(event())));
        assert.ok([202, 500, 503].includes(status), `${status}`);
        await sleep(50);
        trapAfter(NEVER);
        await collects(collector);
      }
    } finally {
      console.error = error;
    }
  });
});

for (const [what, options] of [['plain', {}], ['aggregating in order, in CBOR', { aggregation: 'key', ordering: 'key', protocol: 'cbor' }]]) {
  test(`after a trap at each of the calls 0 to 40 all goes on (${what})`, async () => {
    const outbox = memoryOutbox([]);
    const kept = producerWith({ ...options, outbox, lingerMs: 5 });
    const plain = producerWith({ ...options, lingerMs: 5 });
    const client = new KinesisClient({ region: 'us-east-1', endpoint: stream.endpoint, credentials: KEYS, protocol: options.protocol });
    for (let calls = 0; calls <= 40; calls += 1) {
      trapAfter(calls);
      const texts = textsOf(3);
      const bytes = Buffer.from(textsOf(1)[0]);
      const settled = [
        ...texts.map((text) => outcome(kept.producer.put(text, { partitionKey: 'k' }))),
        ...textsOf(3).map((text) => outcome(plain.producer.put(text, { partitionKey: 'k' }))),
        outcome(plain.producer.put(bytes)),
        outcome(client.putRecord({ StreamName: stream.name, Data: textsOf(1)[0], PartitionKey: 'k' })),
      ];
      await within(Promise.all([kept.producer.flush(), plain.producer.flush()]), `${calls}: flush`);
      const outcomes = await within(Promise.all(settled), `${calls}: the puts`);
      trapAfter(NEVER);
      assert.deepEqual(outcomes.filter((result) => result !== 'delivered' && result !== 'ERR_CORE'), [], `${calls}`);
      await goesOn(plain.producer, `${calls}`);
      await goesOn(kept.producer, `${calls}`);
      await within(client.listShards({ StreamName: stream.name }), `${calls}: the client`);
      assertAddsUp(plain.producer.stats, `${calls}`);
      assertAddsUp(kept.producer.stats, `${calls}`);
    }
    await outbox.isEmpty();
    assert.ok(outbox.added.size >= 100, `${outbox.added.size} records came to the outbox`);
    await assertStored([...outbox.added]);
    assert.deepEqual(outbox.removedTooSoon, []);
    for (const { producer } of [kept, plain]) {
      await within(producer.close());
      assertAddsUp(producer.stats);
      assert.equal(producer.stats.recordsBuffered, 0);
    }
  });
}

describe('records come again from the outbox after a trap', () => {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  before(() => process.on('unhandledRejection', note));
  after(() => process.off('unhandledRejection', note));

  test('while a second trap at any call meets them: the flush settles, and nothing is lost', async () => {
    const all = [];
    for (let calls = 0; calls <= 25; calls += 1) {
      const outbox = memoryOutbox([]);
      const { producer } = producerWith({ outbox, lingerMs: 300 });
      // Until then it looks for what earlier sessions have left.
      await sleep(5);
      const { all: read } = outbox;
      outbox.all = async () => {
        outbox.all = read;
        const records = await read();
        trapAfter(calls);
        return records;
      };
      const texts = textsOf(3);
      const puts = texts.map((text) => outcome(producer.put(text)));
      const flushed = producer.flush();
      await trapNow();
      const { delivered, failed } = await within(flushed, `${calls}: the flush`);
      trapAfter(NEVER);
      assert.deepEqual(await within(Promise.all(puts), `${calls}`), ['delivered', 'delivered', 'delivered']);
      assert.deepEqual([delivered <= 3, failed], [true, 0], `${calls}`);
      assertAddsUp(producer.stats, `${calls}`);
      await within(producer.close(), `${calls}: close`);
      all.push(...texts);
    }
    await assertStored(all);
    assert.deepEqual(unhandled, []);
  });

  test('what the outbox has lost counts as failed, in the flush and in stats', async () => {
    const outbox = memoryOutbox([]);
    const { producer, errors } = producerWith({ outbox, lingerMs: 300 });
    await sleep(5);
    const [kept, lost] = textsOf(2);
    outbox.lose(lost);
    const puts = [kept, lost].map((text) => outcome(producer.put(text)));
    const flushed = producer.flush();
    await trapNow();
    assert.deepEqual(await within(flushed), { delivered: 1, failed: 1 });
    assert.deepEqual(await within(Promise.all(puts)), ['delivered', 'ERR_OUTBOX']);
    assert.deepEqual(countsOf(producer.stats), { recordsPut: 2, recordsDelivered: 1, recordsFailed: 1, recordsBuffered: 0 });
    assert.deepEqual(errors.map(({ code }) => code), ['ERR_OUTBOX']);
    await within(producer.close());
  });
});

// ── what the tests share ──

/** Sets the trap for the next call into the module, once. Returns whether it was set just now. */
test('a module that traps whenever it is called does not freeze the process', async () => {
  let replacements = 0;
  let isBroken = true;
  const onEvent = ({ type, state }) => {
    if (type !== 'core' || state !== 'replaced' || !isBroken) return;
    replacements += 1;
    // Microtasks without an end would leave this test no chance to fail.
    isBroken = replacements < 1000;
    if (isBroken) trapAfter(0);
  };
  const { producer } = producerWith({ onEvent });
  trapAfter(0);
  const error = await producer.put('x').catch((reason) => reason);
  assert.equal(error.code, 'ERR_CORE');
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(replacements > 5 && replacements < 50, `${replacements} instances in half a second`);
  isBroken = false;
  trapAfter(NEVER);
  producer.put('works again');
  assert.deepEqual(await producer.flush(), { delivered: 1, failed: 0 });
  await producer.close();
});

function trapOnce() {
  const trap = () => {
    if (trap.isSet) return false;
    trap.isSet = true;
    trapAfter(0);
    return true;
  };
  trap.isSet = false;
  return trap;
}

/** The module traps for a producer that is used for nothing else. */
async function trapNow() {
  const { producer } = producerWith({ onError: () => {} });
  trapAfter(0);
  const put = outcome(producer.put(Uint8Array.of(1, 2, 3)));
  await within(producer.flush());
  assert.equal(await put, 'ERR_CORE', 'the module has trapped');
}

/** At once, within this turn: a long record is passed to the module when it is put. */
function trapHere() {
  const { producer } = producerWith({ onError: () => {} });
  trapAfter(0);
  producer.put('long '.repeat(20_000)).catch(() => {});
  trapAfter(NEVER);
}

function producerWith(options = {}) {
  const errors = [];
  const producer = new Producer({
    region: 'us-east-1',
    endpoint: stream.endpoint,
    streamName: stream.name,
    credentials: KEYS,
    lingerMs: 60_000,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { producer, errors };
}

/** Texts that no other record has. */
function textsOf(count) {
  counter += count;
  return Array.from({ length: count }, (_, index) => `record ${counter - index}`);
}

/** 'delivered', or the code of the error. */
function outcome(promise) {
  return promise.then(() => 'delivered', (error) => (error instanceof KinesisError ? error.code : String(error)));
}

/** What a promise settles to. Rejects where that takes too long. */
async function within(promise, what = 'it') {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not settled within ${SETTLES_MS_MAX} ms`)), SETTLES_MS_MAX);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The next record is delivered. */
async function goesOn(producer, what) {
  const [text] = textsOf(1);
  const put = producer.put(text, { partitionKey: 'k' });
  await within(producer.flush(), what);
  const { sequenceNumber } = await within(put, what);
  assert.equal(typeof sequenceNumber, 'string', what);
}

/** `onError` was called for each record; whether of the one whose `put` trapped, is left open. */
function assertHeard(errors, count) {
  assert.ok(errors.length === count || errors.length === count + 1, `${errors.length} errors`);
  for (const error of errors) assert.deepEqual([error instanceof KinesisError, error.code], [true, 'ERR_CORE']);
}

function countsOf({ recordsPut, recordsDelivered, recordsFailed, recordsBuffered }) {
  return { recordsPut, recordsDelivered, recordsFailed, recordsBuffered };
}

/** Every record that was put is delivered, failed or still buffered. */
function assertAddsUp(stats, what) {
  const { recordsPut, recordsDelivered, recordsFailed, recordsBuffered } = stats;
  assert.equal(recordsDelivered + recordsFailed + recordsBuffered, recordsPut, `${what ?? ''} ${JSON.stringify(countsOf(stats))}`);
}

/** All of them come to be in the stream. */
async function assertStored(texts) {
  let missing = texts;
  await until('all of them in the stream', async () => {
    const stored = await storedTexts();
    missing = texts.filter((text) => !stored.has(text));
    return missing.length === 0;
  }, { ms: SETTLES_MS_MAX }).catch(() => {});
  assert.deepEqual(missing, []);
}

async function storedTexts() {
  return new Set((await stream.lines()).map(({ text }) => text));
}

/** An outbox in memory, which has some texts from an earlier session. It notes what is added, and what is removed without being in the stream. */
function memoryOutbox(texts) {
  const kept = new Map(texts.map((text, index) => [`old-${index}`, { id: `old-${index}`, partitionKey: 'k', data: Buffer.from(text), putAt: Date.now() }]));
  const removedTooSoon = [];
  const added = new Set();
  const lost = new Set();
  return {
    removedTooSoon,
    added,
    /** A record of this text is not kept. */
    lose: (text) => lost.add(text),
    add: async (records) => {
      for (const record of records) {
        if (lost.has(Buffer.from(record.data).toString())) continue;
        added.add(Buffer.from(record.data).toString());
        kept.set(record.id, record);
      }
    },
    remove: async (ids) => {
      const stored = await storedTexts();
      for (const id of ids) {
        const text = kept.has(id) ? Buffer.from(kept.get(id).data).toString() : undefined;
        if (text !== undefined && !stored.has(text)) removedTooSoon.push(text);
        kept.delete(id);
      }
    },
    all: async () => [...kept.values()],
    isEmpty: () => until('nothing in the outbox', async () => kept.size === 0, { ms: SETTLES_MS_MAX }),
  };
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
