/**
 * What belongs to the caller: the global `fetch`, functions that the package calls, data and options that it reads. Whatever these do,
 * each request has its own bytes, a failure is that of the call that met it, and records pending elsewhere are delivered.
 */
import { KinesisClient, KinesisError, Producer, PutRecordCommand, hashKey, ready, signRequest } from 'kinesis-edge';
import { clientWith, errorOf as errorOfAny, newKey, newStream, noise, producerWith, readAll, sameBytes, sleep, utf8, world } from './tools.js';

const TEST_MS_MAX = 10_000;
const SOON_MS = 3000;
const keys = { accessKeyId: 'AKIDBOUNDARY', secretAccessKey: 'secret' };
const mine = new Error('mine');
const throwMine = () => {
  throw mine;
};

export default function boundary(QUnit) {
  const realFetch = globalThis.fetch;
  QUnit.module('the boundary', {
    before: () => ready,
    // A test that timed out has not put it back.
    afterEach: () => void (globalThis.fetch = realFetch),
  });
  const test = (name, run) =>
    QUnit.test(name, (assert) => {
      assert.timeout(TEST_MS_MAX);
      return run(assert);
    });

  for (const register of [waitingFetch, overwrittenData, throwingPutOptions, throwingInput, unreadableData, abortSignals, ownFetch, onErrors, credentials]) register(test);
}

// ── a global `fetch` that waits ──

/** What a wrapper awaits before it calls the real `fetch`. */
const WAITS = [
  ['a few microtasks', 'json', async () => {
    for (let turn = 0; turn < 5; turn += 1) await undefined;
  }],
  ['a timer', 'json', () => sleep(2)],
  ['a timer', 'cbor', () => sleep(2)],
];

function waitingFetch(test) {
  for (const [what, protocol, wait] of WAITS) {
    test(`a fetch that awaits ${what} sends the bytes that were put, and the session token in no body, in ${protocol}`, async (assert) => {
      const streamName = await newStream(4);
      const sessionToken = `session-token-${'0123456789'.repeat(60)}`;
      const options = { credentials: { accessKeyId: newKey(), secretAccessKey: 'secret', sessionToken }, protocol };
      const { producer, errors } = await producerWith({}, { ...options, streamName, requestRecordsMax: 10, lingerMs: 2 });
      const { client } = await clientWith({}, options);
      const records = Array.from({ length: 220 }, (_, index) => ({ key: `key-${index}`, data: noise(index === 210 ? 500_000 : 50 + index * 7, index + 1) }));
      const bodies = await withWaitingFetch(wait, () => {
        const puts = records.slice(0, 200).map(({ key, data }) => producer.put(data, { partitionKey: key }));
        const calls = records.slice(200).map(({ key, data }) => client.putRecord({ StreamName: streamName, Data: data, PartitionKey: key }));
        return Promise.all([...puts, ...calls]);
      });
      await assertStored(assert, streamName, records);
      assert.ok(bodies.length >= 40, `${bodies.length} requests`);
      assert.notOk(bodies.some((body) => body.includes(sessionToken.slice(0, 20))), 'no body has the token in it');
      assert.deepEqual(errors, []);
      await producer.close();
    });
  }
}

/**
 * Does `work` while `globalThis.fetch` is one that waits. Returns the bodies as they were when the real one was called, a character
 * for each byte.
 */
async function withWaitingFetch(wait, work) {
  const realFetch = globalThis.fetch;
  const bodies = [];
  globalThis.fetch = async (url, init) => {
    await wait();
    if (init?.body instanceof Uint8Array) bodies.push(Array.from(init.body, (byte) => String.fromCharCode(byte)).join(''));
    else bodies.push(await new Response(init?.body).text());
    return realFetch(url, init);
  };
  try {
    await work();
    return bodies;
  } finally {
    globalThis.fetch = realFetch;
  }
}

// ── data that its owner changes afterwards ──

/** Credentials as they may be given: at once, or after a wait. */
const CREDENTIALS = [
  ['fixed credentials', () => ({ ...keys })],
  ['a provider that takes 50 ms', () => async () => {
    await sleep(50);
    return { ...keys };
  }],
];

function overwrittenData(test) {
  for (const [what, credentialsOf] of CREDENTIALS) {
    test(`bytes that are overwritten as soon as the call has returned are stored as they were, with ${what}`, async (assert) => {
      const streamName = await newStream(4);
      const { client } = await clientWith({}, { credentials: credentialsOf() });
      const { producer } = await producerWith({}, { credentials: credentialsOf(), streamName, lingerMs: 5 });
      const scratch = new Uint8Array(300);
      const records = [];
      const calls = [];
      const call = (prefix, data, send) => {
        const key = `${prefix}-${records.length}`;
        const expected = noise(scratch.length, records.length + 1);
        scratch.set(expected);
        records.push({ key, data: expected });
        calls.push(send(key, data));
        scratch.fill(0);
      };
      for (let index = 0; index < 10; index += 1) {
        call('putRecord', scratch, (PartitionKey, Data) => client.putRecord({ StreamName: streamName, Data, PartitionKey }));
        call('send', scratch, (PartitionKey, Data) => client.send(new PutRecordCommand({ StreamName: streamName, Data, PartitionKey })));
        call('putRecords', scratch, (PartitionKey, Data) => client.putRecords({ StreamName: streamName, Records: [{ Data, PartitionKey }] }));
        call('put', scratch, (partitionKey, data) => producer.put(data, { partitionKey }));
        call('buffer', scratch.buffer, (PartitionKey, Data) => client.putRecord({ StreamName: streamName, Data, PartitionKey }));
        call('view', new DataView(scratch.buffer), (partitionKey, data) => producer.put(data, { partitionKey }));
      }
      await Promise.all(calls);
      await assertStored(assert, streamName, records);
      await producer.close();
    });

    test(`objects that are changed as soon as the call has returned were read before, with ${what}`, async (assert) => {
      const streamName = await newStream();
      const { client } = await clientWith({}, { credentials: credentialsOf() });
      const { producer } = await producerWith({}, { credentials: credentialsOf(), streamName, lingerMs: 5 });
      const one = { StreamName: streamName, Data: 'one', PartitionKey: 'one' };
      const many = { StreamName: streamName, Records: ['two', 'three', 'four'].map((text) => ({ Data: text, PartitionKey: text })) };
      const value = { name: 'five' };
      const putOptions = { partitionKey: '{"name":"five"}' };
      const query = { StreamName: streamName };
      const calls = [client.putRecord(one), client.putRecords(many), producer.put(value, putOptions), client.listShards(query), client.call('DescribeStreamSummary', query)];
      Object.assign(one, { StreamName: 'there-is-none', Data: 'changed', PartitionKey: 'changed' });
      Object.assign(many.Records[0], { Data: 'changed', PartitionKey: 'changed' });
      many.Records.length = 1;
      many.Records = [];
      value.name = 'changed';
      putOptions.partitionKey = 'changed';
      query.StreamName = 'there-is-none';
      const [, answer] = await Promise.all(calls);
      assert.strictEqual(answer.Records.length, 3);
      await assertStored(assert, streamName, ['one', 'two', 'three', 'four', '{"name":"five"}'].map((text) => ({ key: text, data: utf8(text) })));
      await producer.close();
    });
  }
}

// ── what a caller throws ──

const THROWN = [
  ['an Error', mine],
  ['a RangeError', new RangeError('mine')],
  ['a WebAssembly.RuntimeError', new WebAssembly.RuntimeError('mine')],
  ['a text', 'mine'],
];

/** The second argument of `put`, and what reading it throws. */
const PUT_OPTIONS = [
  ['a getter of partitionKey', { get partitionKey() { return throwMine(); } }],
  ['a getter of explicitHashKey', { get explicitHashKey() { return throwMine(); } }],
  ['a Proxy', new Proxy({}, { get: throwMine })],
];

/** What `put` turns into JSON, and what that throws. */
const JSON_VALUES = [
  ['toJSON', { toJSON: throwMine }],
  ['a getter of the data', { a: { get b() { return throwMine(); } } }],
  ['a Proxy as data', new Proxy({}, { get: throwMine, ownKeys: throwMine })],
];

function throwingPutOptions(test) {
  for (const [what, thrown] of THROWN) {
    test(`a partitionKey function that throws ${what} refuses its own record and no other`, async (assert) => {
      const partitionKey = (data) => {
        if (data === 'refused') throw thrown;
        return 'k';
      };
      await refusesOneRecord(assert, { partitionKey }, (producer) => producer.put('refused'), thrown);
    });
  }

  for (const [what, options] of PUT_OPTIONS) {
    test(`${what} that throws refuses its own record and no other`, async (assert) => {
      await refusesOneRecord(assert, {}, (producer) => producer.put('refused', options), mine);
    });
  }

  for (const [what, data] of JSON_VALUES) {
    test(`${what} that throws refuses its own record and no other`, async (assert) => {
      await refusesOneRecord(assert, {}, (producer) => producer.put(data), mine);
    });
  }

  test('functions that put another record while they are called get it delivered', async (assert) => {
    const streamName = await newStream();
    const others = [];
    let producer;
    const putAnother = (text) => {
      others.push(producer.put(text, { partitionKey: text }));
      return 'k';
    };
    ({ producer } = await producerWith({}, { streamName, lingerMs: 5, partitionKey: () => putAnother('from partitionKey') }));
    const puts = [
      producer.put('plain'),
      producer.put({ toJSON: () => putAnother('from toJSON') }, { partitionKey: 'k' }),
      producer.put('options', { get partitionKey() { return putAnother('from a getter'); } }),
      producer.put(noise(10)),
    ];
    await Promise.all([...puts, ...others]);
    const texts = await storedTexts(streamName);
    const expected = ['plain', '"k"', 'options', new TextDecoder().decode(noise(10)), 'from partitionKey', 'from partitionKey', 'from toJSON', 'from a getter'];
    assert.deepEqual(texts, expected.sort());
    assertAddsUp(assert, producer.stats, 8);
    await producer.close();
  });
}

/**
 * Has a record refused between two others of its producer, while records are pending elsewhere.
 * @param options of the producer
 * @param put puts the record that is refused
 * @param cause what is thrown
 */
async function refusesOneRecord(assert, options, put, cause) {
  const streamName = await newStream();
  await whileOthersArePending(assert, async () => {
    const { producer } = await producerWith({}, { streamName, lingerMs: 60_000, ...options });
    const before = producer.put('before');
    const error = await errorOf(put(producer));
    const after = producer.put('after');
    assertInvalid(assert, error, cause);
    const { delivered } = await soon(producer.flush());
    assert.strictEqual(delivered, 2);
    await Promise.all([before, after]);
    assert.deepEqual(await storedTexts(streamName), ['after', 'before']);
    await producer.close();
  });
}

/** Inputs of the client's calls that throw when they are read. */
const INPUTS = [
  ['putRecord', 'a getter of Data', () => ({ PartitionKey: 'k', get Data() { return throwMine(); } })],
  ['putRecord', 'a getter of PartitionKey', () => ({ Data: 'x', get PartitionKey() { return throwMine(); } })],
  ['putRecord', 'Data with a tag', () => ({ PartitionKey: 'k', Data: { get [Symbol.toStringTag]() { return throwMine(); } } })],
  ['putRecord', 'a Proxy', () => new Proxy({}, { get: throwMine })],
  ['putRecords', 'a getter of Records', () => ({ get Records() { return throwMine(); } })],
  ['putRecords', 'a getter of Data', () => ({ Records: [entry, { PartitionKey: 'k', get Data() { return throwMine(); } }] })],
  ['putRecords', 'a getter of PartitionKey', () => ({ Records: [entry, { Data: 'x', get PartitionKey() { return throwMine(); } }] })],
  ['putRecords', 'a getter of ExplicitHashKey', () => ({ Records: [entry, { ...entry, get ExplicitHashKey() { return throwMine(); } }] })],
  ['putRecords', 'Data with a tag', () => ({ Records: [entry, { PartitionKey: 'k', Data: { get [Symbol.toStringTag]() { return throwMine(); } } }] })],
  ['putRecords', 'an entry that is a Proxy', () => ({ Records: [entry, new Proxy({}, { get: throwMine })] })],
  ['putRecords', 'Records that are a Proxy', () => ({ Records: new Proxy([entry], { get: throwMine }) })],
  ['listShards', 'a getter of StreamName', () => ({ get StreamName() { return throwMine(); } })],
];
const entry = { Data: 'x', PartitionKey: 'k' };

function throwingInput(test) {
  for (const [method, what, inputOf] of INPUTS) {
    test(`${method}: ${what} that throws refuses this call and no other`, async (assert) => {
      await whileOthersArePending(assert, async ({ client, requests, streamName }) => {
        const before = requests();
        const input = inputOf();
        // Not spread: that would read it.
        if (!Object.getOwnPropertyDescriptor(input, 'StreamName') && what !== 'a Proxy') input.StreamName = streamName;
        assertInvalid(assert, await errorOf(() => client[method](input)), mine);
        assert.strictEqual(requests(), before, 'nothing was sent');
      });
    });
  }

  test('putRecords: a getter that makes other calls leaves the records of each call as they are', async (assert) => {
    const streamName = await newStream();
    const { client } = await clientWith();
    const { producer } = await producerWith({}, { streamName, lingerMs: 5 });
    const recordsOf = (...texts) => texts.map((text) => ({ Data: text, PartitionKey: text }));
    const others = [];
    const Records = recordsOf('a', 'b', 'c');
    Object.defineProperty(Records[1], 'Data', {
      get() {
        others.push(client.putRecords({ StreamName: streamName, Records: recordsOf('d', 'e') }));
        others.push(client.putRecord({ StreamName: streamName, ...recordsOf('f')[0] }));
        others.push(producer.put('g', { partitionKey: 'g' }));
        return 'b';
      },
    });
    const answer = await client.putRecords({ StreamName: streamName, Records });
    await Promise.all(others);
    assert.strictEqual(answer.Records.length, 3);
    // How often an entry is read is not promised: each reading makes three other calls.
    assert.deepEqual([...new Set(await storedTexts(streamName))], ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    await producer.close();
  });
}

// ── data that cannot be read ──

/** Data whose memory is detached; each call makes other ones. */
function unreadable() {
  const kinds = [
    ['a detached ArrayBuffer', () => detached(new ArrayBuffer(8), (buffer) => buffer)],
    ['a Uint8Array of a detached ArrayBuffer', () => detached(new ArrayBuffer(8), (buffer) => new Uint8Array(buffer))],
    ['a Uint16Array of a detached ArrayBuffer', () => detached(new ArrayBuffer(8), (buffer) => new Uint16Array(buffer))],
    ['a DataView of a detached ArrayBuffer', () => detached(new ArrayBuffer(8), (buffer) => new DataView(buffer))],
  ];
  if (!('resize' in ArrayBuffer.prototype)) return kinds;
  return [
    ...kinds,
    ['a Uint8Array beyond the end of a shrunk ArrayBuffer', () => shrunk((buffer) => new Uint8Array(buffer, 8, 8))],
    ['a DataView beyond the end of a shrunk ArrayBuffer', () => shrunk((buffer) => new DataView(buffer, 8, 8))],
  ];
}

function unreadableData(test) {
  for (const [what, make] of unreadable()) {
    test(`${what} is refused by name`, async (assert) => {
      await whileOthersArePending(assert, async ({ client, producer, requests, streamName }) => {
        const before = requests();
        assertInvalid(assert, await errorOf(producer.put(make())), undefined, 'data');
        assertInvalid(assert, await errorOf(client.putRecord({ StreamName: streamName, Data: make(), PartitionKey: 'k' })), undefined, 'Data');
        const Records = [entry, { Data: make(), PartitionKey: 'k' }];
        assertInvalid(assert, await errorOf(client.putRecords({ StreamName: streamName, Records })), undefined, 'Records[1].Data');
        assert.strictEqual(requests(), before, 'nothing was sent');
      });
    });
  }

  if ('resize' in ArrayBuffer.prototype) {
    test('views of a resizable ArrayBuffer are sent as long as they are now', async (assert) => {
      const streamName = await newStream();
      const { client } = await clientWith();
      const { producer } = await producerWith({}, { streamName, lingerMs: 5 });
      const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
      const view = new Uint8Array(buffer);
      const records = [];
      for (const length of [16, 4, 40]) {
        buffer.resize(length);
        view.set(noise(length, length));
        records.push({ key: `put-${length}`, data: noise(length, length) }, { key: `putRecord-${length}`, data: noise(length, length) });
        await Promise.all([
          producer.put(view, { partitionKey: `put-${length}` }),
          client.putRecord({ StreamName: streamName, Data: buffer, PartitionKey: `putRecord-${length}` }),
        ]);
      }
      await assertStored(assert, streamName, records);
      await producer.close();
    });
  }
}

/** What `viewOf` makes of a buffer, which is then detached. */
function detached(buffer, viewOf) {
  const view = viewOf(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  return view;
}

/** A view of the second half of a buffer that ends before it. */
function shrunk(viewOf) {
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const view = viewOf(buffer);
  buffer.resize(4);
  return view;
}

// ── signals that are none ──

const CALLS = [
  ['putRecord', (client, StreamName, options) => client.putRecord({ StreamName, ...entry }, options)],
  ['putRecords', (client, StreamName, options) => client.putRecords({ StreamName, Records: [entry] }, options)],
  ['listShards', (client, StreamName, options) => client.listShards({ StreamName }, options)],
  ['describeStreamSummary', (client, StreamName, options) => client.describeStreamSummary({ StreamName }, options)],
  ['call', (client, StreamName, options) => client.call('ListStreams', {}, options)],
  ['send', (client, StreamName, options) => client.send(new PutRecordCommand({ StreamName, ...entry }), options)],
];

function abortSignals(test) {
  for (const [what, abortSignal] of [['a number', 5], ['a plain object', {}], ['a text', 'x']]) {
    test(`an abortSignal that is ${what} is refused by name, by every call`, async (assert) => {
      await whileOthersArePending(assert, async ({ client, requests, streamName }) => {
        const before = requests();
        for (const [, call] of CALLS) assertInvalid(assert, await errorOf(call(client, streamName, { abortSignal })), undefined, 'abortSignal');
        assert.strictEqual(requests(), before, 'nothing was sent');
      });
    });
  }

  test('options of a call that throw when they are read refuse this call and no other', async (assert) => {
    await whileOthersArePending(assert, async ({ client, streamName }) => {
      for (const [, call] of CALLS) assertInvalid(assert, await errorOf(call(client, streamName, { get abortSignal() { return throwMine(); } })), mine);
    });
  });
}

// ── a `fetch` of the user's ──

/** What any function of the user's may do in place of what it should. */
const BROKEN_FUNCTIONS = [
  ['throws an error', () => throwMine()],
  ['throws a text', () => { throw 'mine'; }],
  ['throws a WebAssembly.RuntimeError', () => { throw new WebAssembly.RuntimeError('mine'); }],
  ['rejects with a WebAssembly.RuntimeError', () => Promise.reject(new WebAssembly.RuntimeError('mine'))],
  ['rejects with nothing', () => Promise.reject(undefined)],
  ['returns nothing', () => undefined],
];

/** What a `fetch` may do in place of what it should. */
const BROKEN_FETCHES = [
  ...BROKEN_FUNCTIONS,
  ['returns a number', () => 5],
  ['resolves to nothing', async () => undefined],
  ['resolves to an empty object', async () => ({})],
  ['resolves to an object without headers', async () => ({ status: 200, ok: true, arrayBuffer: async () => utf8('{}').buffer })],
  ['resolves to an answer whose body throws', async () => ({ status: 200, ok: true, headers: new Headers(), arrayBuffer: throwMine })],
  ['returns a thenable that throws', () => ({ then: throwMine })],
];

function ownFetch(test) {
  for (const flushOptions of [undefined, { keepalive: true }]) {
    test(`a fetch may use the producer that calls it${flushOptions ? ', with keepalive too' : ''}`, async (assert) => {
      const streamName = await newStream();
      const promises = [];
      const statsSeen = [];
      let calls = 0;
      let producer;
      const usingProducer = (url, init) => {
        calls += 1;
        if (calls === 1) {
          promises.push(producer.put('from fetch'));
          statsSeen.push(producer.stats);
          promises.push(producer.flush(flushOptions), producer.ready);
          producer.hasRoomFor?.(1, 10);
        }
        return fetch(url, init);
      };
      const { producer: made, errors } = await producerWith({}, { streamName, fetch: usingProducer, lingerMs: 60_000 });
      producer = made;
      const puts = ['a', 'b', 'c'].map((text) => producer.put(text));
      await producer.flush(flushOptions);
      const results = await Promise.all([...puts, promises[0]]);
      await Promise.all(promises);
      assert.deepEqual(results.map(({ attempts }) => attempts), [1, 1, 1, 1]);
      assert.deepEqual(await storedTexts(streamName), ['a', 'b', 'c', 'from fetch']);
      assertAddsUp(assert, statsSeen[0], 4);
      assertAddsUp(assert, producer.stats, 4);
      const { recordsDelivered, requestsFailed, recordsRetried } = producer.stats;
      assert.deepEqual({ recordsDelivered, requestsFailed, recordsRetried }, { recordsDelivered: 4, requestsFailed: 0, recordsRetried: 0 });
      assert.deepEqual(errors, []);
      await producer.close();
    });
  }

  test('a fetch may use the client that calls it, and everything else of the package', async (assert) => {
    const streamName = await newStream();
    const inner = [];
    let calls = 0;
    let client;
    let other;
    const usingAll = (url, init) => {
      calls += 1;
      if (calls === 1) {
        inner.push(client.putRecord({ StreamName: streamName, Data: 'from fetch', PartitionKey: 'k' }));
        inner.push(other.put('put from fetch'));
        hashKey('k');
        signRequest({ method: 'GET', url: 'https://example.com/', region: 'us-east-1', service: 's3', credentials: keys });
        new KinesisClient({ region: 'us-east-1', credentials: keys });
      }
      return fetch(url, init);
    };
    ({ client } = await clientWith({}, { fetch: usingAll, maxAttempts: 1 }));
    ({ producer: other } = await producerWith({}, { streamName, lingerMs: 5 }));
    await client.putRecord({ StreamName: streamName, Data: 'outer', PartitionKey: 'k' });
    await Promise.all(inner);
    assert.deepEqual(await storedTexts(streamName), ['from fetch', 'outer', 'put from fetch']);
    await other.close();
  });

  for (const [what, broken] of BROKEN_FETCHES) {
    test(`a fetch that ${what} has failed like a network, and is called again`, async (assert) => {
      const streamName = await newStream();
      await whileOthersArePending(assert, async () => {
        const { producer, errors } = await producerWith({}, { streamName, lingerMs: 5, fetch: brokenOnce(broken) });
        await producer.put('from the producer');
        const { requests, requestsFailed } = producer.stats;
        assert.deepEqual({ requests, requestsFailed }, { requests: 2, requestsFailed: 1 });
        assertAddsUp(assert, producer.stats, 1);
        assert.deepEqual(errors, []);

        const record = { StreamName: streamName, Data: 'from the client', PartitionKey: 'k' };
        const twice = await clientWith({}, { fetch: brokenOnce(broken), maxAttempts: 2 });
        await twice.client.putRecord(record);
        const once = await clientWith({}, { fetch: brokenOnce(broken), maxAttempts: 1 });
        const error = await errorOf(once.client.putRecord(record));
        assert.ok(error instanceof KinesisError, String(error));
        assert.strictEqual(error.code, 'ERR_NETWORK', error.message);
        await producer.close();
      });
      assert.deepEqual(await storedTexts(streamName), ['from the client', 'from the producer']);
    });
  }
}

/** A `fetch` whose first call does what `broken` does. */
function brokenOnce(broken) {
  let calls = 0;
  return (url, init) => {
    calls += 1;
    return calls === 1 ? broken() : (world.fetch ?? fetch)(url, init);
  };
}

// ── onError ──

function onErrors(test) {
  const failFirst = { queue: [{ kind: 'records', indices: [0], code: 'InternalFailure' }] };

  for (const [what, thrown] of THROWN) {
    test(`an onError that throws ${what} harms no other record`, async (assert) => {
      const streamName = await newStream();
      let calls = 0;
      const onError = () => {
        calls += 1;
        throw thrown;
      };
      const uncaught = await uncaughtDuring(() => whileOthersArePending(assert, async () => {
        const { producer } = await producerWith(failFirst, { streamName, onError, recordAttemptsMax: 1, lingerMs: 60_000 });
        const puts = ['a', 'b', 'c'].map((text) => producer.put(text, { partitionKey: text }).catch(({ code }) => code));
        assert.deepEqual(await producer.flush(), { delivered: 2, failed: 1 });
        assert.strictEqual((await Promise.all(puts)).filter((result) => result === 'ERR_ATTEMPTS').length, 1);
        const later = producer.put('later');
        await producer.flush();
        await later;
        assertAddsUp(assert, producer.stats, 4);
        await producer.close();
      }));
      assert.strictEqual(calls, 1);
      assert.strictEqual((await storedTexts(streamName)).length, 3);
      assert.deepEqual(uncaught, [], 'nothing that would end the process');
    });
  }

  test('an onError may put the record again', async (assert) => {
    const streamName = await newStream();
    const again = [];
    let producer;
    const onError = ({ partitionKey }) => {
      again.push(producer.put(partitionKey, { partitionKey }));
      producer.flush();
      assertAddsUp(assert, producer.stats, 4);
    };
    ({ producer } = await producerWith(failFirst, { streamName, onError, recordAttemptsMax: 1, lingerMs: 60_000 }));
    for (const text of ['a', 'b', 'c']) producer.put(text, { partitionKey: text });
    assert.deepEqual(await producer.flush(), { delivered: 2, failed: 1 });
    assert.strictEqual(again.length, 1);
    await again[0];
    assert.deepEqual(await storedTexts(streamName), ['a', 'b', 'c']);
    assertAddsUp(assert, producer.stats, 4);
    await producer.close();
  });
}

/**
 * The errors that are not caught while `work` is done. In Node each would end the process. A page shows it in its console and goes on: there
 * it is kept from QUnit, which would count it as a failure.
 */
async function uncaughtDuring(work) {
  const uncaught = [];
  const note = (error) => uncaught.push(String(error));
  const inNode = world.runtime.startsWith('node') ? globalThis.process : undefined;
  inNode?.on('uncaughtException', note);
  const { onerror } = globalThis;
  if (world.isBrowser) globalThis.onerror = () => true;
  try {
    await work();
    await sleep(20);
    return uncaught;
  } finally {
    inNode?.off('uncaughtException', note);
    if (world.isBrowser) globalThis.onerror = onerror;
  }
}

// ── credentials ──

/** Providers that give no credentials, and fixed credentials that throw when they are read. */
const THROWING_KEYS = { secretAccessKey: 's', get accessKeyId() { return throwMine(); } };
const BROKEN_PROVIDERS = [
  ...BROKEN_FUNCTIONS,
  ['resolves to an object that throws', async () => THROWING_KEYS],
];

function credentials(test) {
  test('a credentials provider may use the producer that calls it', async (assert) => {
    const streamName = await newStream();
    const promises = [];
    let calls = 0;
    let producer;
    const provider = async () => {
      calls += 1;
      if (calls === 1) {
        promises.push(producer.put('from the provider'));
        assertAddsUp(assert, producer.stats);
        promises.push(producer.flush(), producer.ready);
        producer.hasRoomFor?.(1, 10);
      }
      return { ...keys };
    };
    const made = await producerWith({}, { streamName, credentials: provider, lingerMs: 60_000 });
    producer = made.producer;
    const puts = ['a', 'b'].map((text) => producer.put(text));
    await producer.flush();
    await Promise.all([...puts, ...promises]);
    assert.deepEqual(await storedTexts(streamName), ['a', 'b', 'from the provider']);
    assertAddsUp(assert, producer.stats, 3);
    assert.deepEqual(made.errors, []);
    await producer.close();
  });

  test('a credentials provider may use the client that calls it', async (assert) => {
    const streamName = await newStream();
    let inner;
    let calls = 0;
    let client;
    const provider = async () => {
      calls += 1;
      if (calls === 1) inner = client.putRecord({ StreamName: streamName, Data: 'from the provider', PartitionKey: 'k' });
      return { ...keys };
    };
    ({ client } = await clientWith({}, { credentials: provider }));
    await client.putRecord({ StreamName: streamName, Data: 'outer', PartitionKey: 'k' });
    await inner;
    assert.deepEqual(await storedTexts(streamName), ['from the provider', 'outer']);
  });

  for (const [what, provider] of BROKEN_PROVIDERS) {
    test(`a provider that ${what} fails the call that asked, and no other`, async (assert) => {
      await whileOthersArePending(assert, async ({ streamName }) => {
        const { client } = await clientWith({}, { credentials: provider });
        const error = await errorOf(client.putRecord({ StreamName: streamName, ...entry }));
        assert.ok(error instanceof KinesisError, String(error));
        assert.strictEqual(error.code, 'ERR_CREDENTIALS', error.message);
      });
    });
  }

  test('fixed credentials that throw when they are read make no client and no producer', async (assert) => {
    await whileOthersArePending(assert, async ({ streamName }) => {
      for (const make of [KinesisClient, Producer]) {
        const error = await errorOf(() => new make({ region: 'us-east-1', credentials: THROWING_KEYS, streamName }));
        assert.ok(error instanceof KinesisError, String(error));
        assert.strictEqual(error.code, 'ERR_CREDENTIALS', error.message);
      }
    });
  });
}

// ── what the tests share ──

/**
 * Does `work` while another producer holds a record and the request of another call is under way, and sees that both are delivered.
 * `work` is given that producer, the client of that call, a count of the client's requests, and the stream.
 */
async function whileOthersArePending(assert, work) {
  const streamName = await newStream();
  const { producer, errors } = await producerWith({}, { streamName, lingerMs: 60_000 });
  const held = heldFetch();
  const { client } = await clientWith({}, { fetch: held.fetch });
  const pending = [
    producer.put('pending in a producer'),
    client.putRecord({ StreamName: streamName, Data: 'pending in a call', PartitionKey: 'k' }),
  ].map((promise) => promise.then(() => 'delivered', (error) => `${error.code}: ${error.message}`));
  await held.called;
  await work({ producer, client, streamName, requests: () => held.calls });
  // Of what `work` has put, and was refused.
  const refused = errors.splice(0);
  assert.ok(refused.every(({ code }) => code === 'ERR_INVALID_ARGUMENT'), refused.map(String).join());
  held.release();
  await soon(producer.flush());
  assert.deepEqual(await soon(Promise.all(pending)), ['delivered', 'delivered']);
  assert.deepEqual(await storedTexts(streamName), ['pending in a call', 'pending in a producer']);
  assert.deepEqual(errors, []);
  await producer.close();
}

/** A `fetch` whose first call waits for `release`. `called` resolves with that call. */
function heldFetch() {
  const held = { calls: 0 };
  const released = new Promise((resolve) => (held.release = resolve));
  held.called = new Promise((resolve) => {
    held.fetch = async (url, init) => {
      held.calls += 1;
      resolve();
      if (held.calls === 1) await released;
      return (world.fetch ?? fetch)(url, init);
    };
  });
  return held;
}

/**
 * @param cause what the error's cause must be, where something was thrown
 * @param named what its message must name
 */
function assertInvalid(assert, error, cause, named = '') {
  assert.ok(error instanceof KinesisError, String(error));
  assert.strictEqual(error.code, 'ERR_INVALID_ARGUMENT', error.message);
  assert.ok(error.message.includes(named), `"${named}" in: ${error.message}`);
  if (cause !== undefined) assert.strictEqual(error.cause, cause, 'the cause is what was thrown');
}

/** The error of a call that must fail soon: a record that is taken by mistake would wait for its linger time. */
function errorOf(work) {
  return errorOfAny(soon(typeof work === 'function' ? Promise.resolve().then(work) : work));
}

/** What a promise settles to. Rejects where that takes too long. */
function soon(promise) {
  const late = sleep(SOON_MS).then(() => {
    throw new Error(`it has not settled within ${SOON_MS} ms`);
  });
  return Promise.race([promise, late]);
}

/** Every record that was put is delivered, failed or still buffered; `records` is how many were put, where that is certain. */
function assertAddsUp(assert, { recordsPut, recordsDelivered, recordsFailed, recordsBuffered }, records = recordsPut) {
  assert.strictEqual(recordsDelivered + recordsFailed + recordsBuffered, recordsPut);
  assert.strictEqual(recordsPut, records);
}

/** Exactly these records are in the stream. */
async function assertStored(assert, streamName, records) {
  const stored = await readAll(streamName);
  assert.strictEqual(stored.length, records.length);
  const byKey = new Map(stored.map(({ partitionKey, data }) => [partitionKey, data]));
  const wrong = records.filter(({ key, data }) => !byKey.has(key) || !sameBytes(byKey.get(key), data));
  assert.deepEqual(wrong.map(({ key }) => key), [], 'records that are missing or changed');
}

async function storedTexts(streamName) {
  return (await readAll(streamName)).map(({ data }) => new TextDecoder().decode(data)).sort();
}
