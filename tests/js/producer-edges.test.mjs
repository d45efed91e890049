// What a producer does before its module is loaded, while a load fails, and where functions of the user call it again.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { Producer, start } from 'kinesis-edge/slim';
import { top } from '../../xtask/say.mjs';

const applyDefaults = Symbol.for('kinesis-edge.applyDefaults');
const bodies = [];

/** Answers like Kinesis, and keeps what was sent. */
async function stub(_, { body }) {
  const { Records } = JSON.parse(new TextDecoder().decode(body));
  bodies.push(Records);
  const stored = Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' }));
  return new Response(JSON.stringify({ FailedRecordCount: 0, Records: stored }));
}

function producerWith(options = {}) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  return new Producer({ region: 'us-east-1', streamName: 's', credentials, fetch: stub, lingerMs: 5, ...options });
}

async function codeOf(promise) {
  return promise.then(() => 'stored', ({ code }) => code);
}

test('before the module is loaded a record that is too large is refused, by put and by a stream', async () => {
  const producer = producerWith();
  assert.equal(await codeOf(producer.put('x'.repeat(1024 * 1024 + 1))), 'ERR_RECORD_TOO_LARGE');
  const writer = producer.writable.getWriter();
  writer.closed.catch(() => {});
  assert.equal(await codeOf(writer.write(new Uint8Array(9 * 1024 * 1024))), 'ERR_RECORD_TOO_LARGE');
});

test('a module that cannot be loaded is the last error of the producer, and a line of its logger', async () => {
  start(Promise.reject(new Error('not found'))).catch(() => {});
  const lines = [];
  const producer = producerWith({ logger: { error: (line) => lines.push(line) } });
  assert.equal(await codeOf(producer.put('in vain')), 'ERR_CORE');
  assert.equal(producer.stats.lastError.code, 'ERR_CORE');
  assert.match(lines[0], /^kinesis-edge: the WebAssembly module could not be loaded: not found/);
});

test('before the module is loaded a text is encoded once, and one that is too large never', async () => {
  const { encode } = TextEncoder.prototype;
  let encoded = 0;
  TextEncoder.prototype.encode = function (text) {
    encoded += text?.length > 1000 ? 1 : 0;
    return encode.call(this, text);
  };
  try {
    const loading = start(new Promise((_, reject) => setTimeout(reject, 200, new Error('lost')))).catch(() => {});
    const producer = producerWith();
    const put = producer.put('x'.repeat(100_000));
    assert.equal(producer.stats.bytesBuffered, 100_000);
    assert.equal(encoded, 1);
    assert.equal(await codeOf(producer.put('x'.repeat(20_000_000))), 'ERR_RECORD_TOO_LARGE');
    assert.equal(encoded, 1);
    await loading;
    assert.equal(await codeOf(put), 'ERR_CORE');
    assert.equal(encoded, 1);
  } finally {
    TextEncoder.prototype.encode = encode;
  }
});

test('a record that an outbox has left, restored while the module cannot be loaded, stays there and is no unhandled rejection', async () => {
  const unhandled = [];
  const note = (reason) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  start(Promise.reject(new Error('lost'))).catch(() => {});
  const left = [{ id: '1', partitionKey: 'k', data: new Uint8Array([1]), putAt: Date.now() }];
  const removed = [];
  const errors = [];
  producerWith({ outbox: { add: async () => {}, remove: async (ids) => removed.push(...ids), all: async () => left }, onError: (error) => errors.push(error.code) });
  for (let tries = 0; tries < 100 && errors.length === 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.off('unhandledRejection', note);
  assert.deepEqual([errors[0], removed, unhandled], ['ERR_CORE', [], []]);
});

test('a record that is put while a load fails is tried with the next load, and every record settles', async () => {
  start(Promise.reject(new Error('lost'))).catch(() => {});
  const again = [];
  const producer = producerWith({ onError: () => again.length < 2 && again.push(codeOf(producer.put('again'))) });
  assert.equal(await codeOf(producer.put('first')), 'ERR_CORE');
  assert.equal(again.length > 0, true);
  const { failed } = await producer.flush();
  assert.equal(failed >= 0, true);
  await start(readFile(join(top, 'dist', 'kinesis-edge.wasm')));
  const last = codeOf(producer.put('last'));
  for (const code of await Promise.all(again)) assert.match(code, /^(stored|ERR_CORE)$/);
  assert.equal(await last, 'stored');
  const { recordsPut, recordsDelivered, recordsFailed, recordsBuffered } = producer.stats;
  assert.deepEqual([recordsBuffered, recordsPut], [0, recordsDelivered + recordsFailed]);
});

test('defaults that the tracker sets before the first record are those of the core', async () => {
  const producer = producerWith({ lingerMs: undefined });
  assert.equal(producer[applyDefaults]({ aggregation: 'key' }), true);
  bodies.length = 0;
  await Promise.all([producer.put('a', { partitionKey: 'k' }), producer.put('b', { partitionKey: 'k' })]);
  assert.equal(bodies[0].length, 1);
});

for (const [options, entries] of [[{ recordBytesMax: 20_000 }, 1], [{ aggregateBytesMax: 1_048_576 }, 2], [{ recordBytesMax: 20_000, aggregateBytesMax: 20_000 }, 2]]) {
  const limits = JSON.stringify(options);
  for (const when of ['before its core is there', 'after its core is there']) {
    test(`defaults of the tracker lose no record of a producer with ${limits}, set ${when}`, async () => {
      const producer = producerWith({ lingerMs: undefined, ...options });
      if (when.startsWith('after')) await producer.flush();
      assert.equal(producer[applyDefaults]({ aggregation: 'key' }), true);
      bodies.length = 0;
      await Promise.all([producer.put('a', { partitionKey: 'k' }), producer.put('b', { partitionKey: 'k' })]);
      assert.equal(bodies[0].length, entries);
    });
  }
}

test('a producer keeps its core where another one is refused', async () => {
  const producer = producerWith({ lingerMs: undefined, requestBytesMax: 1_048_576 });
  await producer.flush();
  assert.throws(() => producer[applyDefaults]({ bufferBytesMax: 1000 }), { code: 'ERR_INVALID_ARGUMENT', message: /^bufferBytesMax must be at least recordBytesMax/ });
  await producer.put('a');
});

test('aggregates fit into a record whose limit alone is set', async () => {
  const producer = producerWith({ aggregation: 'key', recordBytesMax: 2000 });
  bodies.length = 0;
  await Promise.all(Array.from({ length: 3 }, () => producer.put('x'.repeat(400), { partitionKey: 'k' })));
  assert.equal(bodies.flat().length, 2);
});

test('an ArrayBuffer of another realm is bytes', async () => {
  const buffer = runInNewContext('new Uint8Array([1, 2, 3]).buffer');
  bodies.length = 0;
  await producerWith().put(buffer, { partitionKey: 'k' });
  assert.equal(bodies[0][0].Data, 'AQID');
});

test('a fetch that puts again, while texts that are not ASCII are passed on one by one, loses no promise', async () => {
  let isFirst = true;
  const more = [];
  const fetch = (url, init) => {
    if (isFirst) more.push(producer.put('put by fetch', { partitionKey: 'k' }));
    isFirst = false;
    return stub(url, init);
  };
  const producer = producerWith({ fetch, requestRecordsMax: 1, lingerMs: 0 });
  const puts = ['é', 'ü', '日本'].map((text) => producer.put(text, { partitionKey: 'k' }));
  await Promise.all(puts);
  await Promise.all(more);
  assert.equal(producer.stats.recordsDelivered, 4);
});

test('a buffer that open aggregates have filled is sent when a record finds no room in it, whatever lingerMs says', async () => {
  const producer = producerWith({ aggregation: 'key', lingerMs: 600_000, bufferRecordsMax: 10 });
  const puts = Array.from({ length: 10 }, (_, index) => producer.put('x', { partitionKey: `${index}` }));
  assert.equal(await codeOf(producer.put('x', { partitionKey: 'k' })), 'ERR_BUFFER_FULL');
  await Promise.all(puts);
  assert.equal(producer.stats.recordsDelivered, 10);
  await producer.close();
});

test('ready sends what fills the buffer, whatever lingerMs says, also where one request does not make room', async () => {
  for (const options of [{ aggregation: 'key' }, {}, { requestRecordsMax: 3, bufferBytesMax: 1_048_576, recordBytesMax: 1_048_576 }]) {
    const producer = producerWith({ lingerMs: 600_000, bufferRecordsMax: 10, ...options });
    const puts = Array.from({ length: 10 }, (_, index) => producer.put('x', { partitionKey: `${index}` }));
    await producer.ready;
    assert.ok(producer.hasRoomFor(1, 1));
    const last = producer.put('y');
    await producer.flush();
    await Promise.all([...puts, last]);
    assert.equal(producer.stats.recordsDelivered, 11);
    await producer.close();
  }
});

test('a writable goes on where its records fill the buffer before a request is full', { timeout: 20_000 }, async () => {
  const producer = producerWith({ lingerMs: 600_000, bufferRecordsMax: 10 });
  const writer = producer.writable.getWriter();
  for (let index = 0; index < 35; index++) await writer.write(`${index}`);
  await writer.close();
  assert.equal(producer.stats.recordsDelivered, 35);
});
