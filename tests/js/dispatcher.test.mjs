// The dispatcher: payloads that are not awaited, a buffer that is full, and payloads that JSON cannot hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KinesisBatchDispatcher } from 'kinesis-edge';

const STORED = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };

test('payloads whose submitPayload was not awaited are part of the next flush', async () => {
  const { dispatcher, sent } = dispatcherOf();
  for (let n = 0; n < 5; n++) void dispatcher.submitPayload({ n });
  assert.deepEqual(await dispatcher.flushPayloads(), []);
  assert.deepEqual(sent(), [0, 1, 2, 3, 4]);
});

test('payloads that are submitted at once wait for room in the buffer, and arrive in their order', { timeout: 60_000 }, async () => {
  const { dispatcher, sent } = dispatcherOf({ bufferRecordsMax: 20, maxBatchSize: 8 });
  const submitted = Array.from({ length: 100 }, (_, n) => dispatcher.submitPayload({ n }));
  assert.deepEqual(await dispatcher.flushPayloads(), []);
  await Promise.all(submitted);
  assert.deepEqual(sent(), Array.from({ length: 100 }, (_, n) => n));
});

test('a buffer that holds less than a batch is sent when it is full', { timeout: 60_000 }, async () => {
  for (const options of [{ bufferRecordsMax: 5 }, { bufferRecordsMax: 5, aggregation: 'key' }]) {
    const { dispatcher, sent } = dispatcherOf(options);
    for (let n = 0; n < 23; n++) await dispatcher.submitPayload({ n });
    assert.deepEqual(await dispatcher.flushPayloads(), []);
    assert.deepEqual(sent(), Array.from({ length: 23 }, (_, n) => n));
  }
});

test('payloads of which JSON would lose content are refused, and so are those without a usable key', async () => {
  const { dispatcher, sent } = dispatcherOf({ partitionKeyIdentifier: 'key' });
  for (const payload of [Promise.resolve({ key: 'a' }), new Map([['key', 'a']]), { key: 'a', items: new Set([1]) }, NaN, new Uint8Array(3), new ArrayBuffer(3)]) {
    await assert.rejects(dispatcher.submitPayload(payload), { name: 'KinesisError', code: 'ERR_INVALID_ARGUMENT', message: /^payload(\.items)? must be a JSON value, not / });
  }
  for (const key of [{}, [], Object.create(null), Symbol('s')]) {
    await assert.rejects(dispatcher.submitPayload({ key }), { code: 'ERR_INVALID_ARGUMENT', message: /^the field "key" of payload must be a string, a number or a boolean, not / });
  }
  const throwing = { get key() { throw new TypeError('no'); } };
  await assert.rejects(dispatcher.submitPayload(throwing), { name: 'KinesisError' });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  await assert.rejects(dispatcher.submitPayload(proxy), { name: 'KinesisError' });
  for (const key of ['a', 1, true]) await dispatcher.submitPayload({ key });
  assert.deepEqual(await dispatcher.flushPayloads(), []);
  assert.equal(sent().length, 3);
  assert.throws(() => dispatcherOf({ bufferBytesMax: 500_000 }), { code: 'ERR_INVALID_ARGUMENT', message: /^bufferBytesMax must be .*1000000/ });
});

test('what is not delivered is returned by the flush that follows its submit, in the order of the submits', async () => {
  const fetch = async (_, { body }) => {
    const { Records } = JSON.parse(Buffer.from(body));
    const all = Records.map(({ Data }) => (JSON.parse(Buffer.from(Data, 'base64')).n % 2 ? { ErrorCode: 'InvalidArgumentException', ErrorMessage: 'no' } : STORED));
    return new Response(JSON.stringify({ FailedRecordCount: 1, Records: all }));
  };
  const { dispatcher } = dispatcherOf({ fetch, bufferRecordsMax: 4, maxBatchSize: 2 });
  for (let n = 0; n < 10; n++) void dispatcher.submitPayload({ n });
  assert.deepEqual(await dispatcher.flushPayloads(), [1, 3, 5, 7, 9].map((n) => ({ n })));
  assert.deepEqual(await dispatcher.flushPayloads(), []);
});

/** A dispatcher of a service that stores everything, and the numbers `n` of the payloads that it has stored. */
function dispatcherOf(options) {
  const bodies = [];
  const fetch = async (_, { body }) => {
    const { Records } = JSON.parse(Buffer.from(body));
    bodies.push(...Records.map(({ Data }) => Buffer.from(Data, 'base64')));
    return new Response(JSON.stringify({ FailedRecordCount: 0, Records: Records.map(() => STORED) }));
  };
  const credentials = { accessKeyId: 'DISPATCHER', secretAccessKey: 'hush' };
  const dispatcher = new KinesisBatchDispatcher('s', { region: 'us-east-1', credentials, fetch, ...options });
  return { dispatcher, sent: () => bodies.map((body) => JSON.parse(body).n) };
}
