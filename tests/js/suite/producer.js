import { KinesisBatchDispatcher, KinesisError, Producer, deaggregate, ready } from 'kinesis-edge';
import { errorOf, file, newKey, newStream, noise, producerWith, readAll, sameBytes, setPlan, sleep, utf8, world } from './tools.js';

const decoder = new TextDecoder();

/** Every user record of a stream, in the order of its shards. */
async function userRecords(streamName) {
  return (await readAll(streamName)).flatMap((record) => deaggregate(record));
}

function texts(records) {
  return records.map((record) => decoder.decode(record.data));
}

/** An outbox in memory, and a function that notifies its producer as an outbox of a page does. */
function watchedOutbox() {
  const kept = new Map();
  let notify;
  const outbox = {
    add: async (records) => records.forEach((record) => kept.set(record.id, record)),
    remove: async (ids) => ids.forEach((id) => kept.delete(id)),
    all: async () => [...kept.values()],
    watch: (listener) => ((notify = listener), () => {}),
  };
  return { outbox, kept, notify: (news) => notify(news) };
}

/** Options with a number that is not allowed, each with the name that its refusal has. */
function badNumbers({ name, min, max, above }) {
  const values = above === undefined ? [min - 1, max + 1] : [above];
  return values.map((value) => [{ [name]: value }, name]);
}

export default function producer(QUnit) {
  const { module, test } = QUnit;
  module('the producer', { before: () => ready });

  test('strings, bytes and JSON values are delivered as they were put, in one request', async (assert) => {
    const streamName = await newStream(2);
    const { producer, log } = await producerWith({}, { streamName });
    const results = await Promise.all([
      producer.put('ä€😀', { partitionKey: 'text' }),
      producer.put(noise(300), { partitionKey: 'bytes' }),
      producer.put({ a: [1, null, 'x'] }, { partitionKey: 'json' }),
      producer.put(null, { partitionKey: 'null' }),
      producer.put(noise(10).buffer, { partitionKey: 'buffer', explicitHashKey: '7' }),
    ]);
    const stored = new Map((await readAll(streamName)).map((record) => [record.partitionKey, record]));
    const expected = { text: utf8('ä€😀'), bytes: noise(300), json: utf8('{"a":[1,null,"x"]}'), null: utf8('null'), buffer: noise(10) };
    for (const [key, bytes] of Object.entries(expected)) assert.ok(sameBytes(stored.get(key).data, bytes), key);
    assert.deepEqual(results.map((result) => result.attempts), [1, 1, 1, 1, 1]);
    assert.strictEqual(results[0].sequenceNumber, stored.get('text').sequenceNumber);
    assert.strictEqual(results[4].shardId, 'shardId-000000000000');
    assert.deepEqual((await log()).map((entry) => entry.entries), [5]);
    await producer.close();
  });

  test('texts and bytes of every kind arrive as they were put, whatever stands beside them', async (assert) => {
    const StreamName = await newStream(2);
    const { producer } = await producerWith({}, { streamName: StreamName, lingerMs: 5 });
    const texts = ['', 'plain', 'grüß dich', '€', '😀', 'half \ud83d', '\ude00 half', '\u0000"\\\n', 'x'.repeat(40_000), 'ü'.repeat(40_000), '{"a":1}'];
    // The embedded server counts the bytes of a key, where the service counts characters.
    const keys = ['k', 'schlüssel', '😀'.repeat(64), '\ude00', 'k'.repeat(256)];
    const puts = texts.flatMap((text) => keys.map((key) => ({ text, key })));
    // All in one turn: texts alone, then both in turn.
    await Promise.all([...puts, ...puts].map(({ text, key }, index) => producer.put(index > puts.length && index % 3 > 0 ? utf8(text) : text, { partitionKey: key })));
    await producer.close();
    const stored = (await readAll(StreamName)).map(({ partitionKey, data }) => `${partitionKey} ${new TextDecoder().decode(data)}`);
    const wellFormed = (text) => new TextDecoder().decode(utf8(text));
    assert.deepEqual(stored.sort(), [...puts, ...puts].map(({ text, key }) => `${wellFormed(key)} ${wellFormed(text)}`).sort());
  });

  test('the records of a key keep their order in a turn, whatever their data are', async (assert) => {
    const streamName = await newStream();
    const { producer } = await producerWith({}, { streamName, ordering: 'key', lingerMs: 0 });
    const forms = [(text) => text, utf8, (text) => utf8(text).buffer, (text) => `${text}${' '.repeat(40_000)}`, (text) => utf8(`${text}${' '.repeat(40_000)}`)];
    for (let index = 0; index < 200; index += 1) producer.put(forms[index % 7 % 5](String(index)), { partitionKey: 'k' });
    producer.put('200', { partitionKey: 'k', explicitHashKey: '1' });
    assert.deepEqual(await producer.flush(), { delivered: 201, failed: 0 });
    assert.deepEqual(texts(await readAll(streamName)).map(Number), Array.from({ length: 201 }, (_, index) => index));
    await producer.close();
  });

  test('what put returns is a promise like any other', async (assert) => {
    const StreamName = await newStream();
    const { producer } = await producerWith({}, { streamName: StreamName, lingerMs: 0 });
    const put = producer.put('x');
    assert.ok(put instanceof Promise && Object.prototype.toString.call(put) === '[object Promise]');
    const seen = [];
    const result = await put.finally(() => seen.push('finally'));
    // Looked at again after it has settled, and by those that take any promise.
    assert.deepEqual([await put, await Promise.all([put]), await Promise.race([put])], [result, [result], result]);
    assert.deepEqual(seen, ['finally']);
    // Looked at for the first time after it has settled.
    const late = producer.put('y');
    await producer.flush();
    assert.strictEqual((await late).attempts, 1);
    await producer.close();
    const refused = producer.put('z');
    assert.strictEqual((await errorOf(refused)).code, 'ERR_CLOSED');
    assert.strictEqual(await refused.catch(({ code }) => code), 'ERR_CLOSED');
  });

  test('the data is copied when it is put', async (assert) => {
    const streamName = await newStream();
    const { producer } = await producerWith({}, { streamName });
    const bytes = utf8('before');
    const put = producer.put(bytes);
    bytes.fill(0);
    await put;
    assert.deepEqual(texts(await readAll(streamName)), ['before']);
    await producer.close();
  });

  test('only what failed is sent again, and every record settles once', async (assert) => {
    const streamName = await newStream();
    const { producer, log } = await producerWith(
      { queue: [{ kind: 'records', indices: [0, 2], code: 'InternalFailure' }, { kind: 'records', indices: [1], code: 'InternalFailure' }] },
      { streamName },
    );
    const results = await Promise.all(['a', 'b', 'c'].map((key) => producer.put(key, { partitionKey: key })));
    assert.deepEqual(results.map(({ attempts }) => attempts).sort(), [1, 2, 3]);
    assert.deepEqual((await log()).map(({ entries }) => entries), [3, 2, 1]);
    assert.deepEqual(texts(await readAll(streamName)).sort(), ['a', 'b', 'c']);
    assert.strictEqual(producer.stats.recordsDelivered, 3);
    assert.strictEqual(producer.stats.recordsRetried, 3);
    await producer.close();
  });

  test('a record is given up after its attempts, and onError gets its error although its promise is not awaited', async (assert) => {
    const streamName = await newStream();
    const fault = { kind: 'records', indices: [0], code: 'InternalFailure', message: 'broken' };
    const { producer, errors } = await producerWith({ queue: Array(3).fill(fault) }, { streamName, recordAttemptsMax: 3 });
    producer.put('x', { partitionKey: 'k' });
    assert.deepEqual(await producer.flush(), { delivered: 0, failed: 1 });
    assert.strictEqual(errors.length, 1);
    const [error] = errors;
    assert.ok(error instanceof KinesisError);
    assert.deepEqual([error.code, error.name, error.attempts, error.partitionKey], ['ERR_ATTEMPTS', 'InternalFailure', 3, 'k']);
    assert.ok(error.message.includes('broken') && error.message.includes('recordAttemptsMax'));
    await producer.close();
  });

  test('an exception that no try can change gives records up at once', async (assert) => {
    const { producer, log } = await producerWith({}, { streamName: 'there-is-none' });
    const error = await errorOf(producer.put('x'));
    assert.deepEqual([error.code, error.name], ['ERR_SERVICE', 'ResourceNotFoundException']);
    assert.strictEqual((await log()).length, 1);
    await producer.close();
  });

  test('a fetch that fails as it does offline costs no try and no life', async (assert) => {
    const streamName = await newStream();
    let failures = 0;
    const onlineAt = Date.now() + 4000;
    const flaky = (url, init) => {
      if (Date.now() > onlineAt) return fetch(url, init);
      failures += 1;
      return Promise.reject(new TypeError('Failed to fetch'));
    };
    const { producer } = await producerWith({}, { streamName, fetch: flaky, recordAttemptsMax: 2, recordTtlMs: 3000 });
    const { attempts } = await producer.put('x');
    assert.strictEqual(attempts, 1);
    assert.ok(failures > 2, `${failures} requests have failed`);
    assert.strictEqual(producer.stats.requestsFailed, failures);
    await producer.close();
  });

  test('a full buffer refuses, ready says when there is room, and nothing is lost', async (assert) => {
    const streamName = await newStream();
    const { producer } = await producerWith({}, { streamName, bufferRecordsMax: 10 });
    const puts = Array.from({ length: 10 }, (_, index) => producer.put(`${index}`));
    const error = await errorOf(producer.put('one too many'));
    assert.strictEqual(error.code, 'ERR_BUFFER_FULL');
    assert.ok(error.message.includes('bufferRecordsMax'));
    await producer.ready;
    await producer.put('there is room');
    await Promise.all(puts);
    assert.strictEqual((await readAll(streamName)).length, 11);
    assert.strictEqual(producer.stats.recordsBuffered, 0);
    await producer.close();
  });

  test('a stream is piped in with back-pressure', async (assert) => {
    const streamName = await newStream(4);
    const { producer } = await producerWith({}, { streamName, bufferRecordsMax: 50, lingerMs: 5, requestRecordsMax: 40 });
    let next = 0;
    const source = new ReadableStream({
      pull(controller) {
        if (next === 300) controller.close();
        else controller.enqueue(next % 2 ? { data: `${next}`, partitionKey: `${next}` } : `${next}`);
        next += 1;
      },
    });
    await source.pipeTo(producer.writable);
    assert.strictEqual(producer.stats.recordsDelivered, 300);
    const stored = texts(await readAll(streamName)).map(Number).sort((a, b) => a - b);
    assert.deepEqual(stored, Array.from({ length: 300 }, (_, index) => index));
    await producer.close();
  });

  test('a closed producer has flushed and takes no more', async (assert) => {
    const streamName = await newStream();
    const { producer } = await producerWith({}, { streamName, lingerMs: 60_000 });
    producer.put('last');
    await producer.close();
    assert.deepEqual(texts(await readAll(streamName)), ['last']);
    assert.strictEqual((await errorOf(producer.put('late'))).code, 'ERR_CLOSED');
  });

  test('keepalive requests are handed to fetch before flush returns, within what they share', async (assert) => {
    const streamName = await newStream(4);
    const bodies = [];
    const counting = (url, init) => {
      bodies.push([init.keepalive, init.body.length]);
      return fetch(url, init);
    };
    const { producer } = await producerWith({}, { streamName, fetch: counting, lingerMs: 60_000 });
    for (let index = 0; index < 40; index += 1) producer.put(noise(3000, index), { partitionKey: `${index}` });
    const flushed = producer.flush({ keepalive: true });
    const atOnce = bodies.filter(([keepalive]) => keepalive);
    const total = atOnce.reduce((sum, [, length]) => sum + length, 0);
    assert.ok(atOnce.length >= 1 && total <= 65_536 && total > 50_000, `${total} bytes`);
    assert.deepEqual(await flushed, { delivered: 40, failed: 0 });
    assert.strictEqual((await readAll(streamName)).length, 40);
    await producer.close();
  });

  for (const aggregation of ['key', 'shard']) {
    test(`aggregation '${aggregation}': many records in few entries, each read back as it was put`, async (assert) => {
      const streamName = await newStream(4);
      const { producer, log } = await producerWith({}, { streamName, aggregation });
      const puts = Array.from({ length: 1000 }, (_, index) => producer.put(`${index}`, { partitionKey: `user-${index % 7}` }));
      const results = await Promise.all(puts);
      const entries = (await log()).reduce((sum, entry) => sum + (entry.entries ?? 0), 0);
      assert.ok(entries <= 14, `${entries} entries`);
      const stored = await userRecords(streamName);
      assert.deepEqual(texts(stored).map(Number).sort((a, b) => a - b), Array.from({ length: 1000 }, (_, index) => index));
      assert.ok(stored.every(({ partitionKey, data }) => partitionKey === `user-${Number(decoder.decode(data)) % 7}`));
      assert.ok(results.every(({ attempts }) => attempts === 1));
      await producer.close();
    });
  }

  test("ordering 'key': with failing entries and lost answers the records of a key arrive in order", async (assert) => {
    const streamName = await newStream(2);
    const plan = { random: { seed: 5, recordFailed: 0.2, answerLost: 0.05, requestLost: 0.05 } };
    const { producer } = await producerWith(plan, { streamName, ordering: 'key', aggregation: 'key', lingerMs: 5, recordAttemptsMax: 50 });
    for (let index = 0; index < 600; index += 1) {
      producer.put(`${index}`, { partitionKey: `k${index % 5}` });
      if (index % 20 === 0) await sleep(1);
    }
    assert.strictEqual((await producer.flush()).failed, 0);
    assert.strictEqual(producer.stats.recordsDelivered, 600);
    const firsts = new Map();
    for (const { partitionKey, data } of await userRecords(streamName)) {
      const seen = firsts.get(partitionKey) ?? new Set();
      firsts.set(partitionKey, seen.add(Number(decoder.decode(data))));
    }
    for (const [key, seen] of firsts) {
      const order = [...seen];
      assert.deepEqual(order, [...order].sort((a, b) => a - b), key);
      assert.strictEqual(order.length, 120);
    }
    await producer.close();
  });

  test('with faults of every kind at once nothing is lost', async (assert) => {
    const streamName = await newStream(4);
    // Entries that fail are throttled ones: their backoff, which grows from a second, sets the length of this test.
    const plan = { random: { seed: 9, recordFailed: 0.05, answerLost: 0.05, requestLost: 0.05, status500: 0.05, delayMsMax: 20 } };
    const { producer, errors } = await producerWith(plan, { streamName, lingerMs: 10, requestRecordsMax: 50, recordAttemptsMax: 50 });
    const puts = Array.from({ length: 1000 }, (_, index) => producer.put(`${index}`, { partitionKey: `${index}` }));
    await Promise.all(puts);
    const stored = new Set(texts(await readAll(streamName)));
    assert.strictEqual(stored.size, 1000);
    assert.deepEqual(errors, []);
    await producer.close();
  });

  test('an outbox gets every record, and what it holds is put again', async (assert) => {
    const streamName = await newStream();
    const kept = new Map([['old', { id: 'old', partitionKey: 'k', data: utf8('from before'), putAt: 0 }]]);
    const added = [];
    const outbox = {
      add: async (records) => records.forEach((record) => (added.push(record), kept.set(record.id, record))),
      remove: async (ids) => ids.forEach((id) => kept.delete(id)),
      all: async () => [...kept.values()],
    };
    const { producer } = await producerWith({}, { streamName, outbox });
    await producer.put('new', { partitionKey: 'n' });
    await producer.close();
    assert.strictEqual(kept.size, 0);
    assert.deepEqual(added.map(({ partitionKey, data }) => [partitionKey, decoder.decode(data)]), [['n', 'new']]);
    assert.deepEqual(texts(await readAll(streamName)).sort(), ['from before', 'new']);
  });

  test('what is forgotten, and what another page has taken over, is not sent; the rest is, also what the outbox has lost', async (assert) => {
    const streamName = await newStream();
    const { outbox, kept, notify } = watchedOutbox();
    const { producer, errors } = await producerWith({}, { streamName, outbox, lingerMs: 60_000 });
    const [forgotten, taken] = ['forgotten', 'taken'].map((text) => errorOf(producer.put(text, { partitionKey: text })));
    const rest = ['lost', 'mine'].map((text) => producer.put(text, { partitionKey: text }));
    await producer[Symbol.for('kinesis-edge.dropRecords')](new Set(['forgotten']));
    assert.deepEqual([...kept.values()].map(({ partitionKey }) => partitionKey), ['taken', 'lost', 'mine']);
    assert.strictEqual((await forgotten).code, 'ERR_ABORTED');
    const [idTaken, idLost] = [...kept.keys()];
    notify({ kind: 'suspended' });
    kept.delete(idTaken);
    kept.delete(idLost);
    const flushed = producer.flush();
    notify({ kind: 'resumed', takenOver: [idTaken] });
    assert.strictEqual((await taken).code, 'ERR_ABORTED');
    assert.deepEqual(await flushed, { delivered: 2, failed: 0 });
    await Promise.all(rest);
    assert.deepEqual(errors.map(({ code }) => code), []);
    await producer.close();
    assert.strictEqual(kept.size, 0);
    assert.deepEqual(texts(await readAll(streamName)).sort(), ['lost', 'mine']);
  });

  test('a failing outbox is reported and costs no record', async (assert) => {
    const streamName = await newStream();
    const fail = async () => {
      throw new Error('disk full');
    };
    const { producer, errors } = await producerWith({}, { streamName, outbox: { add: fail, remove: fail, all: fail } });
    await producer.put('x');
    await producer.close();
    assert.deepEqual(texts(await readAll(streamName)), ['x']);
    assert.ok(errors.length >= 2 && errors.every((error) => error.code === 'ERR_OUTBOX' && error.message.includes('disk full')));
  });

  test('bad options and bad records are refused at once', async (assert) => {
    const good = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, streamName: 's' };
    for (const [change, named] of [
      [{ streamName: undefined }, 'streamName or streamARN'],
      [{ streamName: 'a b' }, 'StreamName'],
      [{ aggregation: 'all' }, 'aggregation'],
      [{ ordering: 'shard' }, 'ordering'],
      ...world.numericOptions.flatMap(badNumbers),
      [{ bufferBytesMax: 1000 }, 'bufferBytesMax'],
      [{ aggregation: 'key', aggregateBytesMax: 1024 * 1024 }, 'aggregateBytesMax'],
      [{ outbox: {} }, 'outbox'],
      [{ onError: 'x' }, 'onError'],
    ]) {
      const error = await errorOf(() => new Producer({ ...good, ...change }));
      assert.strictEqual(error.code, 'ERR_INVALID_ARGUMENT', JSON.stringify(change));
      assert.ok(error.message.includes(named), error.message);
    }
    const { producer, log } = await producerWith({}, { streamName: 's' });
    for (const [data, options, code] of [
      [undefined, {}, 'ERR_INVALID_ARGUMENT'],
      [() => 1, {}, 'ERR_INVALID_ARGUMENT'],
      ['x', { partitionKey: '' }, 'ERR_INVALID_ARGUMENT'],
      ['x', { partitionKey: 5 }, 'ERR_INVALID_ARGUMENT'],
      ['x', { explicitHashKey: '-1' }, 'ERR_INVALID_ARGUMENT'],
      [new Uint8Array(1024 * 1024), { partitionKey: 'k' }, 'ERR_RECORD_TOO_LARGE'],
    ]) {
      assert.strictEqual((await errorOf(producer.put(data, options))).code, code);
    }
    assert.deepEqual(await log(), []);
    await producer.close();
  });

  test('bytes that say they are more than they are, are put as they are', async (assert) => {
    const streamName = await newStream();
    const { producer, errors } = await producerWith({}, { streamName, lingerMs: 60_000 });
    const before = producer.put('before');
    const lied = producer.put(new Liar(utf8('lied')));
    await producer.flush();
    await Promise.all([before, lied]);
    assert.deepEqual(errors, []);
    assert.deepEqual(texts(await readAll(streamName)).sort(), ['before', 'lied']);
    await producer.close();
  });

  test('the dispatcher sends full batches and hands back what was not delivered in this flush', async (assert) => {
    const streamName = await newStream();
    const accessKeyId = newKey();
    const fault = { kind: 'error', status: 400, type: 'ValidationException', message: 'no' };
    // The batch as a whole, and then each of its records alone.
    await setPlan(accessKeyId, { operation: 'PutRecords', queue: [fault, fault, fault] });
    const credentials = { accessKeyId, secretAccessKey: 's' };
    const dispatcher = new KinesisBatchDispatcher(streamName, { region: 'us-east-1', endpoint: world.kinesis, credentials, partitionKeyIdentifier: 'id', maxBatchSize: 2 });
    const payloads = [{ id: 1 }, { id: 'two' }, { id: 3 }];
    for (const payload of payloads.slice(0, 2)) await dispatcher.submitPayload(payload);
    assert.deepEqual(await dispatcher.flushPayloads(), payloads.slice(0, 2), 'each record of the first batch is refused');
    await dispatcher.submitPayload(payloads[2]);
    const missing = await errorOf(dispatcher.submitPayload({ name: 'x' }));
    assert.strictEqual(missing.code, 'ERR_INVALID_ARGUMENT');
    assert.ok(missing.message.includes('"id"'));
    assert.deepEqual(await dispatcher.flushPayloads(), []);
    const stored = (await readAll(streamName)).map(({ partitionKey, data }) => [partitionKey, decoder.decode(data)]);
    assert.deepEqual(stored, [['3', '{"id":3}']]);
  });

  test('deaggregate gives what aws_kinesis_agg put together, and is not misled by random bytes', async (assert) => {
    for (const { records, aggregated } of await file('tests/vectors/aggregates.json')) {
      const data = Uint8Array.from(aggregated.match(/../g), (hex) => Number.parseInt(hex, 16));
      const found = deaggregate({ partitionKey: 'outer', data });
      assert.strictEqual(found.length, records.length);
      const wrong = found.filter(({ partitionKey, subSequenceNumber }, index) => partitionKey !== records[index].partitionKey || subSequenceNumber !== index);
      assert.deepEqual(wrong, []);
    }
    for (let seed = 1; seed < 200; seed += 1) {
      const data = noise(seed, seed);
      data.set([0xf3, 0x89, 0x9a, 0xc2].slice(0, Math.min(4, seed)));
      const [whole, ...more] = deaggregate({ partitionKey: 'k', data });
      assert.ok(more.length === 0 && sameBytes(whole.data, data) && whole.partitionKey === 'k');
    }
  });
}

/** Bytes that say they are more than wasm memory can hold. */
class Liar extends Uint8Array {
  get length() {
    return 2 ** 32 - 1;
  }
}
