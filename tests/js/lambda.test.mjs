// Lambda functions that read a stream: user records of aggregates, reports of failures, records that come again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KinesisError, Producer } from 'kinesis-edge';
import { processRecords, recentMessageIds, userRecords } from 'kinesis-edge/lambda';
import { CREDENTIALS, startKinesisWith } from './kinesis.mjs';

const STREAM = 'lambda';
let kinesis;
let client;
/** The event that Lambda makes of what is in the stream. */
let event;

before(async () => {
  ({ kinesis, client } = await startKinesisWith(STREAM, 1));
  const options = { region: 'us-east-1', endpoint: kinesis.endpoint, credentials: CREDENTIALS, streamName: STREAM };
  await client.putRecord({ StreamName: STREAM, Data: '{"messageId":"m0"}', PartitionKey: 'plain' });
  const producer = new Producer({ ...options, aggregation: 'key' });
  for (const index of [1, 2, 3]) producer.put({ messageId: `m${index}` }, { partitionKey: 'aggregate' });
  await producer.close();
  await client.putRecord({ StreamName: STREAM, Data: 'no JSON', PartitionKey: 'plain' });
  event = await lambdaEvent();
});
after(() => kinesis?.stop());

/** As https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html shows it. */
async function lambdaEvent() {
  const { Shards } = await client.listShards({ StreamName: STREAM });
  const [{ ShardId }] = Shards;
  const { ShardIterator } = await client.call('GetShardIterator', { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { Records } = await client.call('GetRecords', { ShardIterator });
  return {
    Records: Records.map(({ Data, PartitionKey, SequenceNumber, ApproximateArrivalTimestamp }) => ({
      kinesis: { kinesisSchemaVersion: '1.0', partitionKey: PartitionKey, sequenceNumber: SequenceNumber, data: Data, approximateArrivalTimestamp: ApproximateArrivalTimestamp },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${ShardId}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
    })),
  };
}

const textOf = ({ data }) => Buffer.from(data).toString();

test('userRecords gives the records of an event in order, those of an aggregate one by one', () => {
  const [plain, aggregate, last] = event.Records.map(({ kinesis: { sequenceNumber } }) => sequenceNumber);
  assert.deepEqual(userRecords(event).map((record) => [textOf(record), record.partitionKey, record.sequenceNumber, record.subSequenceNumber]), [
    ['{"messageId":"m0"}', 'plain', plain, 0],
    ['{"messageId":"m1"}', 'aggregate', aggregate, 0],
    ['{"messageId":"m2"}', 'aggregate', aggregate, 1],
    ['{"messageId":"m3"}', 'aggregate', aggregate, 2],
    ['no JSON', 'plain', last, 0],
  ]);
  assert.equal(userRecords(event)[2].eventId, event.Records[1].eventID);
  assert.deepEqual(userRecords({ Records: [] }), []);
});

test('what is no event of Kinesis is refused', async () => {
  const record = (kinesis) => ({ Records: [{ kinesis }] });
  const good = { partitionKey: 'k', sequenceNumber: '1', data: 'YQ==' };
  for (const [bad, named] of [
    [undefined, 'event'],
    [{}, 'event'],
    [{ Records: 'no' }, 'event'],
    [{ Records: [{ s3: {} }] }, 'event.Records[0].kinesis'],
    [record({ ...good, data: 5 }), 'event.Records[0].kinesis.data'],
    [record({ ...good, data: 'not base64!' }), 'event.Records[0].kinesis.data'],
    [record({ ...good, data: 'YQ=' }), 'event.Records[0].kinesis.data'],
    [record({ ...good, sequenceNumber: undefined }), 'event.Records[0].kinesis.sequenceNumber'],
    [record({ ...good, partitionKey: undefined }), 'event.Records[0].kinesis.partitionKey'],
  ]) {
    const isRefused = (error) => error instanceof KinesisError && error.code === 'ERR_INVALID_ARGUMENT' && error.message.startsWith(named);
    assert.throws(() => userRecords(bad), isRefused, named);
    // With a sequence number only what begins there comes again.
    const failed = named.endsWith('.data') || named.endsWith('.partitionKey');
    if (failed) assert.deepEqual(await processRecords(bad, () => {}), { batchItemFailures: [{ itemIdentifier: '1' }] });
    else await assert.rejects(processRecords(bad, () => {}), isRefused, named);
  }
  await assert.rejects(processRecords({ Records: [null] }, () => {}), { code: 'ERR_INVALID_ARGUMENT' });
  for (const handle of [undefined, 'handle']) await assert.rejects(processRecords(event, handle), { code: 'ERR_INVALID_ARGUMENT', message: /^handle must be a function/ });
  await assert.rejects(processRecords(event, () => {}, { onError: 5 }), { code: 'ERR_INVALID_ARGUMENT', message: /^onError must be a function/ });
});

test('an onError that fails hides nothing', async () => {
  const fail = () => Promise.reject(new Error('not mine'));
  assert.deepEqual(await processRecords(event, fail, { onError: fail }), { batchItemFailures: [{ itemIdentifier: event.Records[0].kinesis.sequenceNumber }] });
});

describe('processRecords', () => {
  test('awaits a record before it handles the next', async () => {
    const order = [];
    const result = await processRecords(event, async (record) => {
      order.push(`begin ${textOf(record)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      order.push(`end ${textOf(record)}`);
    });
    assert.deepEqual(result, { batchItemFailures: [] });
    assert.equal(order.length, 10);
    for (let at = 0; at < 10; at += 2) assert.equal(order[at].slice(6), order[at + 1].slice(4));
  });

  for (const [failing, place] of [['{"messageId":"m0"}', 0], ['{"messageId":"m2"}', 1], ['no JSON', 2]]) {
    test(`reports the Kinesis record of ${failing}, and leaves what follows to the next delivery`, async () => {
      const [handled, errors] = [[], []];
      const handle = async (record) => {
        if (textOf(record) === failing) throw new Error('not now');
        handled.push(textOf(record));
      };
      const result = await processRecords(event, handle, { onError: (error, record) => errors.push([error.message, textOf(record)]) });
      assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: event.Records[place].kinesis.sequenceNumber }] });
      const all = userRecords(event).map(textOf);
      assert.deepEqual(handled, all.slice(0, all.indexOf(failing)));
      assert.deepEqual(errors, [['not now', failing]]);
    });
  }

  test('drops what it has handled when the batch comes again, and not what has failed', async () => {
    const recentMessages = recentMessageIds();
    const handled = [];
    let isBroken = true;
    const handle = (record) => {
      if (isBroken && textOf(record).includes('m2')) throw new Error('not now');
      handled.push(textOf(record));
    };
    const options = { recentMessages, onError: () => {} };
    await processRecords(event, handle, options);
    isBroken = false;
    assert.deepEqual(await processRecords({ Records: event.Records.slice(1) }, handle, options), { batchItemFailures: [] });
    assert.deepEqual(handled, userRecords(event).map(textOf));
  });
});

test('ids in a database are awaited, and what cannot have ids is refused', async () => {
  const ids = new Set(['m1']);
  const recentMessages = { has: async (id) => ids.has(id), add: async (id) => void ids.add(id) };
  const handled = [];
  const handle = (record) => void handled.push(textOf(record));
  assert.deepEqual(await processRecords(event, handle, { recentMessages }), { batchItemFailures: [] });
  assert.deepEqual(handled, userRecords(event).map(textOf).filter((text) => !text.includes('m1')));
  assert.deepEqual([...ids].sort(), ['m0', 'm1', 'm2', 'm3']);
  // A database that fails leaves the record, and what follows, to the next delivery.
  for (const failing of ['has', 'add']) {
    const broken = { ...recentMessages, has: async () => false, [failing]: async () => { throw new Error('no database'); } };
    const errors = [];
    const { batchItemFailures } = await processRecords(event, handle, { recentMessages: broken, onError: ({ message }, { sequenceNumber }) => errors.push([message, sequenceNumber]) });
    assert.deepEqual(batchItemFailures.map(({ itemIdentifier }) => ['no database', itemIdentifier]), errors);
    assert.equal(errors.length, 1);
  }
  for (const wrong of [{}, { has: () => false }, { add() {} }])
    await assert.rejects(processRecords(event, handle, { recentMessages: wrong }), { code: 'ERR_INVALID_ARGUMENT', message: /^recentMessages\.(has|add) must be a function/ });
  assert.deepEqual(await processRecords({ Records: [] }, handle, null), { batchItemFailures: [] });
  assert.equal(recentMessageIds(null).has('m'), false);
});

test('an id that is longer than any of the tracker is not kept: such records are handled each time', async () => {
  const recentMessages = recentMessageIds();
  const handled = [];
  const withId = (messageId) => ({ Records: [{ eventID: 'shardId-0:1', eventSource: 'aws:kinesis', kinesis: { partitionKey: 'k', sequenceNumber: '1', data: Buffer.from(JSON.stringify({ messageId })).toString('base64'), approximateArrivalTimestamp: 1 } }] });
  for (const length of [512, 512, 513, 513]) await processRecords(withId('x'.repeat(length)), () => void handled.push(length), { recentMessages });
  assert.deepEqual(handled, [512, 513, 513]);
});

test('recentMessageIds forgets the oldest past idsMax, and ids past ageMaxMs', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const ids = recentMessageIds({ idsMax: 2, ageMaxMs: 1000 });
  for (const id of ['a', 'b', 'c']) ids.add(id);
  assert.deepEqual(['a', 'b', 'c'].map((id) => ids.has(id)), [false, true, true]);
  ids.add('b');
  ids.add('d');
  assert.deepEqual(['b', 'c', 'd'].map((id) => ids.has(id)), [true, false, true]);
  t.mock.timers.tick(1000);
  assert.equal(ids.has('d'), true);
  t.mock.timers.tick(1);
  assert.equal(ids.has('d'), false);
  for (const bad of [{ idsMax: 0 }, { idsMax: 10_000_001 }, { ageMaxMs: 0 }, { ageMaxMs: 7 * 86_400_000 + 1 }]) {
    assert.throws(() => recentMessageIds(bad), ({ code, message }) => code === 'ERR_INVALID_ARGUMENT' && message.startsWith(Object.keys(bad)[0]));
  }
});
