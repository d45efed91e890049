import { DescribeStreamSummaryCommand, ListShardsCommand, PutRecordCommand, PutRecordsCommand } from 'kinesis-edge';
import { clientWith, errorOf, newStream, noise, readAll, sameBytes, utf8 } from './tools.js';

const MIB = 1024 * 1024;

/** Data in every form that it can be given in, and the bytes that must come back. */
function samples() {
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const wide = new Uint16Array([1, 0x1234, 0xffff]);
  return [
    ['every byte', every, every],
    ['empty bytes', new Uint8Array(), new Uint8Array()],
    ['empty string', '', new Uint8Array()],
    ['Unicode', 'ä€😀\u0000"\\\n', utf8('ä€😀\u0000"\\\n')],
    ['lone surrogate', 'a\ud800b', utf8('a\ufffdb')],
    ['part of a buffer', every.subarray(3, 10), every.slice(3, 10)],
    ['ArrayBuffer', every.buffer, every],
    ['DataView', new DataView(every.buffer, 250), every.slice(250)],
    ['Uint16Array', wide, new Uint8Array(wide.buffer)],
  ];
}

export default function put(QUnit) {
  const { module, test } = QUnit;
  module('putting records');

  test('PutRecord stores every kind of data as it was given', async (assert) => {
    const StreamName = await newStream();
    const { client } = await clientWith();
    for (const [PartitionKey, Data] of samples()) {
      const result = await client.putRecord({ StreamName, Data, PartitionKey });
      assert.strictEqual(result.ShardId, 'shardId-000000000000', PartitionKey);
      assert.ok(/^\d{20,}$/.test(result.SequenceNumber), result.SequenceNumber);
    }
    const stored = new Map((await readAll(StreamName)).map((record) => [record.partitionKey, record.data]));
    for (const [name, , bytes] of samples()) assert.ok(sameBytes(stored.get(name), bytes), name);
  });

  test('data of every length comes back, whatever step it is encoded in', async (assert) => {
    const StreamName = await newStream();
    const { client } = await clientWith();
    const all = Array.from({ length: 100 }, (_, length) => noise(length, length + 1));
    await client.putRecords({ StreamName, Records: all.map((Data, length) => ({ Data, PartitionKey: `${length}` })) });
    const stored = await readAll(StreamName);
    assert.strictEqual(stored.length, all.length);
    for (const { partitionKey, data } of stored) assert.ok(sameBytes(data, all[partitionKey]), partitionKey);
  });

  test('PutRecords stores them too, in the order of the answer', async (assert) => {
    const StreamName = await newStream(4);
    const { client } = await clientWith();
    const Records = samples().map(([PartitionKey, Data]) => ({ Data, PartitionKey }));
    const answer = await client.putRecords({ StreamName, Records });
    assert.strictEqual(answer.FailedRecordCount, 0);
    const stored = new Map((await readAll(StreamName)).map((record) => [record.sequenceNumber, record]));
    samples().forEach(([name, , bytes], index) => {
      const record = stored.get(answer.Records[index].SequenceNumber);
      assert.strictEqual(record.partitionKey, name);
      assert.strictEqual(record.shardId, answer.Records[index].ShardId);
      assert.ok(sameBytes(record.data, bytes), name);
    });
  });

  test('a record of 1 MiB comes back byte for byte, by both calls', async (assert) => {
    const StreamName = await newStream(2);
    const { client } = await clientWith({}, { maxAttempts: 10 });
    const { Shards } = await client.listShards({ StreamName });
    const [first, second] = Shards.map((shard) => shard.HashKeyRange.StartingHashKey);
    const [a, b] = [noise(MIB - 1, 1), noise(MIB - 1, 2)];
    await client.putRecord({ StreamName, Data: a, PartitionKey: 'a', ExplicitHashKey: first });
    await client.putRecords({ StreamName, Records: [{ Data: b, PartitionKey: 'b', ExplicitHashKey: second }] });
    const stored = new Map((await readAll(StreamName)).map((record) => [record.partitionKey, record.data]));
    assert.ok(sameBytes(stored.get('a'), a));
    assert.ok(sameBytes(stored.get('b'), b));
  });

  test('partial failures are reported per entry and nothing is sent twice', async (assert) => {
    const StreamName = await newStream();
    const { client, log } = await clientWith({
      queue: [{ kind: 'records', indices: [0, 2], code: 'InternalFailure', message: 'Internal service failure.', nulls: true }],
    });
    const Records = ['a', 'b', 'c'].map((key) => ({ Data: key, PartitionKey: key }));
    const answer = await client.putRecords({ StreamName, Records });
    const failed = { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure.' };
    assert.strictEqual(answer.FailedRecordCount, 2);
    assert.deepEqual(answer.Records[0], failed);
    assert.deepEqual(answer.Records[2], failed);
    assert.deepEqual(Object.keys(answer.Records[1]).sort(), ['SequenceNumber', 'ShardId']);
    assert.strictEqual((await log()).length, 1);
    assert.deepEqual((await readAll(StreamName)).map((record) => record.partitionKey), ['b']);
  });

  test('SequenceNumberForOrdering reaches the service and is honoured', async (assert) => {
    const StreamName = await newStream();
    const { client } = await clientWith();
    const record = { StreamName, Data: 'x', PartitionKey: 'k' };
    const first = await client.putRecord(record);
    const second = await client.putRecord({ ...record, SequenceNumberForOrdering: first.SequenceNumber });
    assert.ok(BigInt(second.SequenceNumber) > BigInt(first.SequenceNumber));
    // A sequence number holds its second in bits 36 to 71: one of tomorrow cannot have been given yet.
    const future = (BigInt(second.SequenceNumber) + (86_400n << 36n)).toString();
    const error = await errorOf(client.putRecord({ ...record, SequenceNumberForOrdering: future }));
    assert.strictEqual(error.name, 'InvalidArgumentException');
  });

  test('StreamARN alone is enough', async (assert) => {
    const StreamName = await newStream(2);
    const { client } = await clientWith();
    const { StreamDescriptionSummary } = await client.describeStreamSummary({ StreamName });
    const { StreamARN } = StreamDescriptionSummary;
    await client.putRecord({ StreamARN, Data: 'a', PartitionKey: 'a' });
    await client.putRecords({ StreamARN, Records: [{ Data: 'b', PartitionKey: 'b' }] });
    // For the other two calls the embedded server wants a name; the servers that check signatures take the ARN.
    assert.strictEqual((await readAll(StreamName)).length, 2);
  });

  test('listShards follows every page', async (assert) => {
    const StreamName = await newStream(3);
    const page = { Shards: [{ ShardId: 'from-page-one' }], NextToken: 'token' };
    const { client, log } = await clientWith({
      queue: [
        { kind: 'body', status: 200, contentType: 'application/x-amz-json-1.1', text: JSON.stringify(page) },
        { kind: 'body', status: 200, contentType: 'application/x-amz-json-1.1', text: JSON.stringify({ Shards: [{ ShardId: 'from-page-two' }], NextToken: null }) },
      ],
    });
    const { Shards } = await client.listShards({ StreamName });
    assert.deepEqual(Shards, [{ ShardId: 'from-page-one' }, { ShardId: 'from-page-two' }]);
    assert.strictEqual((await log()).length, 2);
  });

  test('commands of the AWS SDK are calls', async (assert) => {
    const StreamName = await newStream();
    const { client } = await clientWith();
    const one = await client.send(new PutRecordCommand({ StreamName, Data: utf8('a'), PartitionKey: 'a' }));
    const many = await client.send(new PutRecordsCommand({ StreamName, Records: [{ Data: utf8('b'), PartitionKey: 'b' }] }));
    const shards = await client.send(new ListShardsCommand({ StreamName }));
    const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    assert.strictEqual(one.ShardId, many.Records[0].ShardId);
    assert.strictEqual(shards.Shards.length, 1);
    assert.strictEqual(summary.StreamDescriptionSummary.StreamName, StreamName);
    const error = await errorOf(client.send({ input: {} }));
    assert.strictEqual(error.code, 'ERR_INVALID_ARGUMENT');
  });

  test('an injected fetch may read the body when it likes', async (assert) => {
    const StreamName = await newStream();
    const slow = async (url, init) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return fetch(url, init);
    };
    const { client } = await clientWith({}, { fetch: slow });
    // The second call makes wasm memory grow while the first one's body has not been read.
    const small = client.putRecord({ StreamName, Data: 'small', PartitionKey: 'small' });
    const large = client.putRecord({ StreamName, Data: noise(MIB / 2), PartitionKey: 'large' });
    await Promise.all([small, large]);
    assert.strictEqual((await readAll(StreamName)).length, 2);
  });
}
