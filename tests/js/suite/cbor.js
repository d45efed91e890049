import { Producer, deaggregate, ready } from 'kinesis-edge';
import { clientWith, errorOf, newKey, newStream, noise, readAll, sameBytes, setPlan, utf8, world } from './tools.js';

const MIB = 1024 * 1024;
const CONTENT_TYPE = 'application/x-amz-cbor-1.1';
const ERROR_500 = { kind: 'error', status: 500, type: 'InternalFailure', message: 'Internal service failure.' };
const HTML = { kind: 'body', status: 502, contentType: 'text/html', text: '<html><h1>Bad Gateway</h1></html>' };
const JSON_ERROR = { kind: 'body', status: 500, contentType: 'application/x-amz-json-1.1', text: '{"__type":"InternalFailure","message":"in JSON"}' };

/** Faults on the first try, and what it stores all the same. */
const PASSING = [
  ['a 500', ERROR_500, 0],
  ['a 500 in JSON', JSON_ERROR, 0],
  ['an HTML error page', HTML, 0],
  ['a captive portal that answers 200', { ...HTML, status: 200 }, 0],
  ['an empty 200', { kind: 'forward-body', status: 200, text: '' }, 1],
  ['a body cut short', { kind: 'cut', bytes: 20 }, 1],
  ['a connection cut inside the body', { kind: 'cut-connection', bytes: 20 }, 1],
  ['throttling', { kind: 'throttle' }, 0],
];

/** Faults on every try, and the error that comes out of them. */
const LASTING = [
  ['a 500', ERROR_500, { status: 500, name: 'InternalFailure', message: 'Internal service failure.' }],
  ['a 500 in JSON', JSON_ERROR, { status: 500, name: 'InternalFailure', message: 'in JSON' }],
  ['an HTML error page', HTML, { status: 502, name: 'KinesisError' }],
  ['an empty 503', { kind: 'body', status: 503, text: '' }, { status: 503, name: 'KinesisError' }],
  ['a body cut short', { kind: 'cut', bytes: 20 }, { status: 200, name: 'KinesisError' }],
  ['throttling', { kind: 'throttle' }, { status: 400, name: 'ProvisionedThroughputExceededException' }],
];

function samples() {
  return [
    ['every byte', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ['empty', new Uint8Array()],
    ['Unicode ä€😀\u0000"\\', utf8('ä€😀\u0000"\\\n')],
    ['24 bytes', noise(24)],
    ['65536 bytes', noise(65_536)],
  ];
}

function cborClient(plan, options) {
  return clientWith(plan, { protocol: 'cbor', ...options });
}

async function cborProducer(plan, options) {
  const accessKeyId = newKey();
  await setPlan(accessKeyId, plan);
  const producer = new Producer({
    region: 'us-east-1',
    endpoint: world.kinesis,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    protocol: 'cbor',
    ...options,
  });
  const log = async () => (await fetch(`${world.kinesis}/_faults/${accessKeyId}`)).json();
  return { producer, log };
}

async function byKey(StreamName) {
  return new Map((await readAll(StreamName)).map((record) => [record.partitionKey, record]));
}

function isAllCbor(log) {
  return log.length > 0 && log.every(({ contentType }) => contentType === CONTENT_TYPE);
}

export default function cbor(QUnit) {
  const { module, test } = QUnit;
  module('CBOR', { before: () => ready });

  test('every call is made in it, but for `call`, which stays JSON', async (assert) => {
    const StreamName = await newStream(3);
    const { client, log } = await cborClient();
    const plain = await clientWith();
    await client.putRecord({ StreamName, Data: 'a', PartitionKey: 'a' });
    await client.putRecords({ StreamName, Records: [{ Data: 'b', PartitionKey: 'b' }] });
    assert.deepEqual(await client.listShards({ StreamName }), await plain.client.listShards({ StreamName }));
    assert.deepEqual(await client.describeStreamSummary({ StreamName }), await plain.client.describeStreamSummary({ StreamName }));
    assert.ok(isAllCbor(await log()));
    const { StreamNames } = await client.call('ListStreams', {});
    assert.ok(Array.isArray(StreamNames));
    assert.strictEqual((await log()).at(-1).contentType, 'application/x-amz-json-1.1');
    assert.ok((await log()).every(({ signedHeaders }) => signedHeaders.startsWith('content-type;')));
  });

  test('both calls store data and keys as they were given', async (assert) => {
    const StreamName = await newStream();
    const { client } = await cborClient();
    const records = samples().map(([PartitionKey, Data]) => ({ PartitionKey, Data }));
    for (const record of records) {
      const result = await client.putRecord({ StreamName, ...record });
      assert.deepEqual(Object.keys(result).sort(), ['SequenceNumber', 'ShardId']);
    }
    const many = await client.putRecords({ StreamName, Records: records.map((record) => ({ ...record, ExplicitHashKey: '7' })) });
    assert.strictEqual(many.FailedRecordCount, 0);
    const stored = await readAll(StreamName);
    const sequence = new Set(many.Records.map(({ SequenceNumber }) => SequenceNumber));
    for (const isOfMany of [false, true]) {
      const half = stored.filter(({ sequenceNumber }) => sequence.has(sequenceNumber) === isOfMany);
      assert.strictEqual(half.length, records.length);
      const found = new Map(half.map(({ partitionKey, data }) => [partitionKey, data]));
      for (const [key, data] of samples()) assert.ok(sameBytes(found.get(key), data), key);
    }
  });

  test('a record of 1 MiB comes back byte for byte, by both calls', async (assert) => {
    const StreamName = await newStream(2);
    const { client, log } = await cborClient({}, { maxAttempts: 10 });
    const { Shards } = await client.listShards({ StreamName });
    const [first, second] = Shards.map((shard) => shard.HashKeyRange.StartingHashKey);
    const [a, b] = [noise(MIB - 1, 1), noise(MIB - 1, 2)];
    await client.putRecord({ StreamName, Data: a, PartitionKey: 'a', ExplicitHashKey: first });
    await client.putRecords({ StreamName, Records: [{ Data: b, PartitionKey: 'b', ExplicitHashKey: second }] });
    const stored = await byKey(StreamName);
    assert.ok(sameBytes(stored.get('a').data, a));
    assert.ok(sameBytes(stored.get('b').data, b));
    assert.ok((await log()).every(({ bytes }) => bytes < MIB + 300));
  });

  test('500 records of random bytes are a fifth smaller than in JSON', async (assert) => {
    const StreamName = await newStream();
    const Records = Array.from({ length: 500 }, (_, index) => ({ Data: noise(200, index), PartitionKey: `user-${index}` }));
    const bytes = [];
    for (const protocol of ['json', 'cbor']) {
      const { client, log } = await clientWith({}, { protocol });
      assert.strictEqual((await client.putRecords({ StreamName, Records })).FailedRecordCount, 0);
      bytes.push((await log()).at(-1).bytes);
    }
    assert.ok(bytes[1] <= bytes[0] * 0.8, `${bytes[1]} bytes, in JSON ${bytes[0]}`);
  });

  for (const nulls of [false, true]) {
    test(`partial failures are reported per entry, absent members ${nulls ? 'null' : 'left out'}`, async (assert) => {
      const StreamName = await newStream();
      const { client, log } = await cborClient({
        queue: [{ kind: 'records', indices: [0, 2], code: 'InternalFailure', message: 'Internal service failure.', nulls }],
      });
      const Records = ['a', 'b', 'c'].map((key) => ({ Data: key, PartitionKey: key }));
      const answer = await client.putRecords({ StreamName, Records });
      const failed = { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure.' };
      assert.strictEqual(answer.FailedRecordCount, 2);
      assert.deepEqual([answer.Records[0], answer.Records[2]], [failed, failed]);
      assert.deepEqual(Object.keys(answer.Records[1]).sort(), ['SequenceNumber', 'ShardId']);
      assert.strictEqual((await log()).length, 1);
      assert.deepEqual([...(await byKey(StreamName)).keys()], ['b']);
    });
  }

  test('an exception has its name and message', async (assert) => {
    const { client, log } = await cborClient();
    const error = await errorOf(client.putRecord({ StreamName: 'there-is-none', Data: 'x', PartitionKey: 'k' }));
    assert.deepEqual([error.code, error.name, error.status], ['ERR_SERVICE', 'ResourceNotFoundException', 400]);
    assert.ok(error.message.includes('there-is-none'), error.message);
    assert.ok(error.requestId?.length > 10);
    assert.strictEqual((await log()).length, 1);
  });

  for (const [name, fault, stored] of PASSING) {
    test(`${name} is passed over by a second try`, async (assert) => {
      const StreamName = await newStream();
      const { client, log } = await cborClient({ queue: [fault] });
      const result = await client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
      assert.strictEqual(result.ShardId, 'shardId-000000000000');
      assert.strictEqual((await log()).length, 2);
      assert.strictEqual((await readAll(StreamName)).length, stored + 1);
    });
  }

  for (const [name, fault, expected] of LASTING) {
    test(`${name} on every try becomes an error that says so`, async (assert) => {
      const StreamName = await newStream();
      const { client } = await cborClient({ queue: [fault, fault] }, { maxAttempts: 2 });
      const error = await errorOf(client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' }));
      for (const [key, value] of Object.entries({ code: 'ERR_SERVICE', attempts: 2, ...expected })) {
        assert.strictEqual(error[key], value, `${key}: ${error}`);
      }
    });
  }

  test('a wrong clock is repaired where only the message says the time', async (assert) => {
    const StreamName = await newStream();
    const { client, log } = await cborClient({ clockMs: 3_600_000, hideDate: true });
    await client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
    assert.deepEqual((await log()).map(({ status }) => status), [400, 200]);
  });

  for (const aggregation of ['off', 'key', 'shard']) {
    test(`the producer, aggregation '${aggregation}': what fails is sent again, and all arrives as it was put`, async (assert) => {
      const streamName = await newStream(4);
      const failed = { kind: 'records', indices: [0, 1], code: 'InternalFailure' };
      const { producer, log } = await cborProducer({ operation: 'PutRecords', queue: [failed, ERROR_500, { kind: 'cut', bytes: 30 }] }, { streamName, aggregation });
      const records = Array.from({ length: 300 }, (_, index) => ({ data: noise(index + 4, index), key: `ключ-${index}`, group: `key-${index % 20}` }));
      const puts = records.map(({ data, key, group }) => producer.put(data, { partitionKey: aggregation === 'key' ? group : key }));
      const results = await Promise.all(puts);
      assert.ok(results.some(({ attempts }) => attempts > 1));
      assert.ok(isAllCbor(await log()));
      const stored = (await readAll(streamName)).flatMap((record) => deaggregate(record));
      // What was stored by a request whose answer was cut is stored twice.
      const texts = new Set(stored.map(({ partitionKey, data }) => `${partitionKey} ${data}`));
      const wanted = new Set(records.map(({ data, key, group }) => `${aggregation === 'key' ? group : key} ${data}`));
      assert.strictEqual(texts.size, wanted.size);
      assert.ok([...wanted].every((text) => texts.has(text)));
      await producer.close();
    });
  }

  test('after a partial failure the producer sends only the failed entries again', async (assert) => {
    const streamName = await newStream();
    const { producer, log } = await cborProducer({ queue: [{ kind: 'records', indices: [1], code: 'InternalFailure', nulls: true }] }, { streamName });
    const results = await Promise.all(['a', 'b', 'c'].map((key) => producer.put(key, { partitionKey: key })));
    assert.deepEqual(results.map(({ attempts }) => attempts), [1, 2, 1]);
    assert.deepEqual((await log()).map(({ entries }) => entries), [3, 1]);
    assert.deepEqual([...(await byKey(streamName)).keys()].sort(), ['a', 'b', 'c']);
    await producer.close();
  });
}
