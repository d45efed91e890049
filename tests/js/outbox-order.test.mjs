// The order of a partition key where an outbox has older records of it: those go first.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Producer, start } from 'kinesis-edge/slim';
import { top } from '../../xtask/say.mjs';

await start(readFile(join(top, 'dist', 'kinesis-edge.wasm')));

function memoryOutbox(left, delayMs = 0) {
  const kept = new Map(left.map((text, index) => [`${index}`, { id: `${index}`, partitionKey: 'k', data: new TextEncoder().encode(text), putAt: Date.now() }]));
  const outbox = {
    add: async (records) => records.forEach((record) => kept.set(record.id, record)),
    remove: async (ids) => ids.forEach((id) => kept.delete(id)),
    all: () => new Promise((resolve) => setTimeout(() => resolve([...kept.values()]), delayMs)),
  };
  return { outbox, kept };
}

function producerWith(outbox, options = {}) {
  const stored = [];
  const fetch = async (_, { body }) => {
    const { Records } = JSON.parse(new TextDecoder().decode(body));
    stored.push(...Records.map(({ Data }) => atob(Data)));
    return Response.json({ Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) });
  };
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials, fetch, lingerMs: 0, ordering: 'key', outbox, ...options });
  return { producer, stored };
}

test('records of the outbox go before new ones of their key', async () => {
  const { outbox, kept } = memoryOutbox(['old 1', 'old 2'], 30);
  const { producer, stored } = producerWith(outbox);
  const puts = ['new 1', 'new 2'].map((text) => producer.put(text, { partitionKey: 'k' }));
  await Promise.all(puts);
  puts.push(producer.put('new 3', { partitionKey: 'k' }));
  await producer.close();
  await Promise.all(puts);
  assert.deepEqual(stored, ['old 1', 'old 2', 'new 1', 'new 2', 'new 3']);
  assert.equal(kept.size, 0);
});

test('a record is in the outbox before it is sent, also where it is flushed in the turn of its put', async () => {
  const { outbox, kept } = memoryOutbox([]);
  const before = [];
  const { producer } = producerWith(outbox, { ordering: 'none' });
  const { producer: watched } = producerWith(outbox, {
    ordering: 'none',
    fetch: async (_, { body }) => {
      const { Records } = JSON.parse(new TextDecoder().decode(body));
      before.push([Records.length, kept.size]);
      return Response.json({ Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) });
    },
  });
  await producer.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  watched.put('x');
  watched.put('y');
  await watched.flush();
  assert.deepEqual(before, [[2, 2]]);
  await watched.close();
});

test('an outbox may give bytes back in another view; what has no bytes stays in it', async () => {
  const bytes = new TextEncoder().encode('in a view!');
  const views = { buffer: bytes.buffer.slice(0), words: new Uint16Array(bytes.buffer.slice(0)), data: new DataView(bytes.buffer.slice(0)), none: 7, text: 'text' };
  const left = Object.entries(views).map(([id, data]) => ({ id, partitionKey: 'k', data, putAt: Date.now() }));
  const removed = [];
  const errors = [];
  const outbox = { add: async () => {}, remove: async (ids) => void removed.push(...ids), all: async () => left };
  const { producer, stored } = producerWith(outbox, { onError: ({ code }) => errors.push(code) });
  for (let tries = 0; removed.length < 3 && tries < 500; tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(stored, Array(3).fill('in a view!'));
  assert.deepEqual([removed.sort(), errors], [['buffer', 'data', 'words'], ['ERR_OUTBOX']]);
  await producer.close();
});

test('a flush waits for the records that wait for the outbox, and counts them', async () => {
  const { outbox } = memoryOutbox(['old'], 30);
  const { producer, stored } = producerWith(outbox);
  producer.put('new', { partitionKey: 'k' });
  assert.equal(producer.stats.recordsBuffered, 1);
  const { delivered, failed } = await producer.flush();
  assert.deepEqual([stored, delivered > 0, failed], [['old', 'new'], true, 0]);
  await producer.close();
});

test('more records than the buffer holds come from the outbox, and new ones follow them', async () => {
  const old = Array.from({ length: 50 }, (_, index) => `old ${index}`);
  const { outbox, kept } = memoryOutbox(old, 10);
  const { producer, stored } = producerWith(outbox, { bufferRecordsMax: 3 });
  const fresh = [];
  for (let index = 0; index < 10; index += 1) {
    await producer.ready;
    fresh.push(`new ${index}`);
    producer.put(`new ${index}`, { partitionKey: 'k' });
  }
  await producer.close();
  assert.deepEqual(stored, [...old, ...fresh]);
  assert.equal(kept.size, 0);
});

test('new records are delivered although the outbox does not answer', { timeout: 60_000 }, async () => {
  const { outbox } = memoryOutbox([]);
  const { producer, stored } = producerWith({ ...outbox, all: () => new Promise(() => {}) });
  await producer.put('new', { partitionKey: 'k' });
  assert.deepEqual(stored, ['new']);
});

test('without an order of keys new records do not wait', async () => {
  const { outbox } = memoryOutbox(['old'], 200);
  const { producer, stored } = producerWith(outbox, { ordering: 'none' });
  await producer.put('new', { partitionKey: 'k' });
  assert.deepEqual(stored, ['new']);
  await producer.close();
});

test('records that the outbox has not are kept where those of another key are dropped', async () => {
  const { outbox, kept } = memoryOutbox([]);
  // As an outbox that has dropped its oldest records for its limit.
  outbox.add = async (records) => records.forEach((record) => record.partitionKey !== 'kept only in memory' && kept.set(record.id, record));
  const { producer, stored } = producerWith(outbox, { lingerMs: 10_000 });
  const keys = ['dropped', 'kept only in memory', 'kept'];
  await new Promise((resolve) => setTimeout(resolve, 20));
  const puts = keys.map((key) => producer.put(key, { partitionKey: key }));
  const outcomes = Promise.allSettled(puts);
  await producer[Symbol.for('kinesis-edge.dropRecords')](new Set(['dropped']));
  await producer.close();
  assert.deepEqual((await outcomes).map(({ status, reason }) => reason?.code ?? status), ['ERR_ABORTED', 'fulfilled', 'fulfilled']);
  assert.deepEqual(stored, keys.slice(1));
  assert.equal(kept.size, 0);
});
