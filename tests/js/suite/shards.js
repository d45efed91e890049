import { hashKey, ready, shardFor } from 'kinesis-edge';
import { clientWith, errorOf, file, newStream, sleep } from './tools.js';

const TOP = 2n ** 128n - 1n;

export default function shards(QUnit) {
  const { module, test } = QUnit;
  module('hash keys and shards', { before: () => ready });

  test('hashKey is the MD5 of the UTF-8 bytes in decimal', async (assert) => {
    const vectors = await file('tests/vectors/hash_keys.json');
    assert.ok(vectors.length >= 100);
    const wrong = vectors.filter((vector) => hashKey(vector.partitionKey) !== vector.hashKey);
    assert.deepEqual(wrong, []);
  });

  test('10,000 random keys map to the shard that the server put them on', async (assert) => {
    const StreamName = await newStream(8);
    const { client } = await clientWith({}, { maxAttempts: 10 });
    const { Shards } = await client.listShards({ StreamName });
    const used = new Set();
    let put = 0;
    while (put < 10_000) {
      const Records = Array.from({ length: 500 }, () => ({ Data: '', PartitionKey: randomKey() }));
      const answer = await client.putRecords({ StreamName, Records });
      const wrong = Records.filter(({ PartitionKey }, index) => {
        const { ShardId } = answer.Records[index];
        return ShardId !== undefined && shardFor(Shards, { partitionKey: PartitionKey })?.ShardId !== ShardId;
      });
      assert.deepEqual(wrong, []);
      answer.Records.forEach(({ ShardId }) => ShardId && used.add(ShardId));
      put += 500 - answer.FailedRecordCount;
      // A shard takes 1,000 records a second.
      if (answer.FailedRecordCount > 0) await sleep(200);
    }
    assert.strictEqual(used.size, 8);
  });

  test('both edges of every shard belong to it', async (assert) => {
    const StreamName = await newStream(8);
    const { client } = await clientWith();
    const { Shards } = await client.listShards({ StreamName });
    for (const { ShardId, HashKeyRange } of Shards) {
      for (const explicitHashKey of [HashKeyRange.StartingHashKey, HashKeyRange.EndingHashKey]) {
        const found = await client.putRecord({ StreamName, Data: '', PartitionKey: 'k', ExplicitHashKey: explicitHashKey });
        assert.strictEqual(found.ShardId, ShardId);
        assert.strictEqual(shardFor(Shards, { explicitHashKey })?.ShardId, ShardId);
      }
    }
  });

  test('closed shards take no records, and a gap has no shard', (assert) => {
    const shard = (ShardId, start, end, EndingSequenceNumber) => ({
      ShardId,
      HashKeyRange: { StartingHashKey: `${start}`, EndingHashKey: `${end}` },
      SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber },
    });
    const list = [shard('parent', 0n, TOP, '9'), shard('low', 0n, 9n), shard('high', 11n, TOP, null)];
    assert.strictEqual(shardFor(list, { explicitHashKey: '9' }), list[1]);
    assert.strictEqual(shardFor(list, { explicitHashKey: `${TOP}` }), list[2]);
    assert.strictEqual(shardFor(list, { explicitHashKey: '10' }), undefined);
    assert.strictEqual(shardFor([], { partitionKey: 'a' }), undefined);
  });

  test('what is no key or no shard is refused', async (assert) => {
    for (const bad of [
      () => hashKey(7),
      () => shardFor({}, { partitionKey: 'a' }),
      () => shardFor([{}], { partitionKey: 'a' }),
      () => shardFor([], {}),
      () => shardFor([], { partitionKey: '' }),
      () => shardFor([], { explicitHashKey: '-1' }),
      () => shardFor([], undefined),
    ]) {
      const error = await errorOf(bad);
      assert.strictEqual(error.code, 'ERR_INVALID_ARGUMENT', String(bad));
    }
  });
}

function randomKey() {
  const length = 1 + Math.floor(Math.random() * 30);
  const characters = Array.from({ length }, () => String.fromCodePoint(32 + Math.floor(Math.random() * 0x2000)));
  return characters.join('');
}
