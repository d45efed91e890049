// What a producer does with responses that store nothing: of a proxy, of a service that refuses one record, or refuses them all.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Producer, start } from 'kinesis-edge/slim';
import { top } from '../../xtask/say.mjs';

await start(readFile(join(top, 'dist', 'kinesis-edge.wasm')));

/** A `fetch` that answers as `answer` says for the records of a request: a status and an exception, or nothing for a success. */
function kinesis(answer) {
  const requests = [];
  const fetch = async (_, { body }) => {
    const { Records } = JSON.parse(new TextDecoder().decode(body));
    requests.push(Records);
    const refusal = answer(Records, requests.length);
    if (refusal instanceof Response) return refusal;
    if (refusal) return Response.json({ __type: refusal, message: 'refused' }, { status: 400 });
    return Response.json({ Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) });
  };
  return { fetch, requests };
}

function producerWith(fetch, options = {}) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  return new Producer({ region: 'us-east-1', streamName: 's', credentials, fetch, lingerMs: 5, ...options });
}

function memoryOutbox() {
  const kept = new Map();
  return {
    add: async (records) => records.forEach((record) => kept.set(record.id, record)),
    remove: async (ids) => ids.forEach((id) => kept.delete(id)),
    all: async () => [...kept.values()],
  };
}

for (const status of [403, 408, 520]) {
  test(`HTTP ${status} with a page of a proxy costs no record`, async () => {
    const page = () => new Response('<html>Not today</html>', { status });
    const { fetch, requests } = kinesis((_, request) => request === 1 && page());
    const producer = producerWith(fetch);
    assert.equal((await producer.put('x')).attempts, 2);
    assert.equal(requests.length, 2);
  });
}

test('one refused record does not lose the 30 beside it', async () => {
  const { fetch } = kinesis((records) => records.some(({ PartitionKey }) => PartitionKey === 'bad') && 'InvalidArgumentException');
  const producer = producerWith(fetch);
  const keys = Array.from({ length: 31 }, (_, index) => (index === 13 ? 'bad' : `good-${index}`));
  const results = await Promise.allSettled(keys.map((partitionKey) => producer.put('x', { partitionKey })));
  const failed = results.filter(({ status }) => status === 'rejected');
  assert.deepEqual(failed.map(({ reason }) => [reason.name, reason.partitionKey]), [['InvalidArgumentException', 'bad']]);
});

test('a missing stream fails at once in a producer that has never delivered, and is held in one that has or has an outbox', async () => {
  const always = kinesis(() => 'ResourceNotFoundException');
  await assert.rejects(producerWith(always.fetch).put('x'), { name: 'ResourceNotFoundException', attempts: 1 });
  assert.equal(always.requests.length, 1);

  const later = kinesis((_, request) => request > 1 && request < 4 && 'AccessDeniedException');
  const delivered = producerWith(later.fetch, { recordAttemptsMax: 1 });
  await delivered.put('first');
  assert.equal((await delivered.put('second')).attempts, 1);
  assert.equal(later.requests.length, 4);

  const first = kinesis((_, request) => request < 3 && 'UnrecognizedClientException');
  const withOutbox = producerWith(first.fetch, { recordAttemptsMax: 1, outbox: memoryOutbox() });
  assert.equal((await withOutbox.put('x')).attempts, 1);
  await withOutbox.close();
});

test('the provider is asked again while records wait because the service does not know the keys', async () => {
  let asked = 0;
  const credentials = async () => ({ accessKeyId: `key-${(asked += 1)}`, secretAccessKey: 's' });
  const fetch = async (url, init) => {
    const isOld = new Headers(init.headers).get('authorization').includes('key-1/');
    return inner(url, init, isOld);
  };
  const { fetch: good } = kinesis(() => undefined);
  const { fetch: bad } = kinesis(() => 'UnrecognizedClientException');
  const inner = (url, init, isOld) => (isOld ? bad : good)(url, init);
  const producer = producerWith(fetch, { credentials, retriesOperatorErrors: true });
  assert.ok((await producer.put('x')).sequenceNumber);
  assert.equal(asked, 2);
});
