// One hot key and 100 keys, with faults, in order: the first occurrences of each key's records, shard by shard.
import { KinesisClient, Producer, deaggregate } from 'kinesis-edge';
import { Stop, command, say } from '../../../xtask/say.mjs';
import { startKinesis } from '../servers.mjs';

const FAULTS = { recordFailed: 0.2, requestLost: 0.05, answerLost: 0.05 };

await command(async () => {
  await inOrder('one hot key, no faults', { keys: 1, records: 50_000 });
  await inOrder('one hot key, with faults', { keys: 1, records: 5000, random: { seed: 1, ...FAULTS } });
  // Half a second goes by after each throttled entry, as AWS advises. What it holds up goes out in fewer, larger entries.
  await inOrder('one hot key, with faults, aggregates of 512 KiB', { keys: 1, records: 100_000, random: { seed: 1, ...FAULTS }, aggregateBytesMax: 524_288 });
  await inOrder('100 keys, with faults', { keys: 100, records: 20_000, random: { seed: 2, ...FAULTS } });
});

async function inOrder(name, { keys, records, random, aggregateBytesMax }) {
  // Without the limits of shards: what is measured is the producer.
  const kinesis = await startKinesis(['--no-limits']);
  try {
    const plan = random ? { operation: 'PutRecords', random } : {};
    await fetch(`${kinesis.endpoint}/_faults/ORDER`, { method: 'PUT', body: JSON.stringify(plan) });
    const options = { region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'ORDER', secretAccessKey: 's' } };
    const client = new KinesisClient(options);
    await client.call('CreateStream', { StreamName: 's', ShardCount: 4 });
    const producer = new Producer({ ...options, streamName: 's', ordering: 'key', aggregation: 'key', aggregateBytesMax, lingerMs: 5, recordAttemptsMax: 1000, recordTtlMs: 3_600_000 });
    const started = performance.now();
    for (let index = 0; index < records; index += 1) {
      await producer.ready;
      producer.put(`${index}`.padEnd(200), { partitionKey: `k${index % keys}` });
    }
    await producer.close();
    const seconds = (performance.now() - started) / 1000;
    const { stats } = producer;
    const misplaced = await outOfOrder(client, records);
    say(`${name}: ${stats.recordsDelivered} delivered, ${misplaced} out of order, ${Math.round(records / seconds)} records/s, ${stats.requests} requests`);
    if (stats.recordsDelivered !== records || misplaced > 0) throw new Stop('records were lost or out of order');
  } finally {
    await kinesis.stop();
  }
}

/** How many first occurrences come after a later record of their key; a record that is missing counts too. */
async function outOfOrder(client, records) {
  const last = new Map();
  const seen = new Set();
  let misplaced = 0;
  const { Shards } = await client.listShards({ StreamName: 's' });
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName: 's', ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    for (let more = true; more; ) {
      const answer = await client.call('GetRecords', { ShardIterator });
      for (const { PartitionKey, Data } of answer.Records) {
        for (const { partitionKey, data } of deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') })) {
          const index = Number(new TextDecoder().decode(data));
          if (seen.has(index)) continue;
          seen.add(index);
          if (index < (last.get(partitionKey) ?? -1)) misplaced += 1;
          last.set(partitionKey, index);
        }
      }
      ShardIterator = answer.NextShardIterator;
      more = answer.Records.length > 0;
    }
  }
  return misplaced + records - seen.size;
}
