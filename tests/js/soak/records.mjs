// 200,000 records from one producer into 8 shards while the stream is split and merged, in each aggregation and
// protocol, against the embedded Kinesis with its real limits. Every acknowledged record is read back, taken apart by npm's
// aws-kinesis-agg where it was aggregated, and compared.
import { createHash } from 'node:crypto';
import aggregation from 'aws-kinesis-agg';
import { KinesisClient, Producer } from 'kinesis-edge';
import { Stop, command, say } from '../../../xtask/say.mjs';
import { startKinesis } from '../world.mjs';

const RECORDS = Number(process.env.RECORDS ?? 200_000);
const KEYS = 5000;
const credentials = { accessKeyId: 'SOAK', secretAccessKey: 'secret' };

await command(async () => {
  const protocols = (process.env.PROTOCOLS ?? 'json,cbor').split(',');
  const modes = (process.env.MODES ?? 'off,key,shard').split(',');
  for (const protocol of protocols) {
    for (const mode of modes) await soak(mode, protocol);
  }
});

async function soak(mode, protocol) {
  const kinesis = await startKinesis();
  try {
    const options = { region: 'us-east-1', endpoint: kinesis.endpoint, credentials };
    const client = new KinesisClient({ ...options, maxAttempts: 20 });
    const StreamName = `soak-${mode}-${protocol}`;
    await client.call('CreateStream', { StreamName, ShardCount: 8 });
    const producer = new Producer({ ...options, protocol, streamName: StreamName, aggregation: mode, recordAttemptsMax: 100, shardRateLimit: 0.9 });
    const started = performance.now();
    const resharding = reshard(client, StreamName);
    const acknowledged = await putAll(producer);
    await producer.close();
    const seconds = (performance.now() - started) / 1000;
    await resharding;
    const { stats } = producer;
    const read = await readAll(client, StreamName);
    report(mode, protocol, { acknowledged, read, stats, seconds });
  } finally {
    await kinesis.stop();
  }
}

/** Puts with back-pressure; the set of records that were acknowledged. */
async function putAll(producer) {
  const acknowledged = new Set();
  const losses = [];
  for (let index = 0; index < RECORDS; index += 1) {
    await producer.ready;
    const data = dataOf(index);
    producer.put(data, { partitionKey: keyOf(index) }).then(() => acknowledged.add(index), (error) => losses.push(error));
  }
  await producer.flush();
  await new Promise((resolve) => setTimeout(resolve));
  if (losses.length > 0) throw new Stop(`${losses.length} records were given up, the first: ${losses[0]}`);
  return acknowledged;
}

/** Splits the first shard and merges two others, while records arrive. */
async function reshard(client, StreamName) {
  await pause(1500);
  const open = async () => (await client.listShards({ StreamName })).Shards.filter((shard) => !shard.SequenceNumberRange.EndingSequenceNumber);
  const [first] = await open();
  const { StartingHashKey, EndingHashKey } = first.HashKeyRange;
  const middle = (BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n;
  await client.call('SplitShard', { StreamName, ShardToSplit: first.ShardId, NewStartingHashKey: `${middle}` });
  await pause(1500);
  const sorted = (await open()).sort((a, b) => (BigInt(a.HashKeyRange.StartingHashKey) < BigInt(b.HashKeyRange.StartingHashKey) ? -1 : 1));
  await client.call('MergeShards', { StreamName, ShardToMerge: sorted[4].ShardId, AdjacentShardToMerge: sorted[5].ShardId });
}

/** How often each record is in the stream, after deaggregation. */
async function readAll(client, StreamName) {
  const { Shards } = await client.listShards({ StreamName });
  const counts = new Map();
  const wrong = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    while (ShardIterator) {
      const answer = await client.call('GetRecords', { ShardIterator, Limit: 5000 });
      for (const record of answer.Records) {
        for (const { partitionKey, data } of deaggregated(record)) {
          const index = Number(data.subarray(0, 8).toString());
          if (!data.equals(dataOf(index)) || partitionKey !== keyOf(index)) wrong.push(index);
          counts.set(index, (counts.get(index) ?? 0) + 1);
        }
      }
      ShardIterator = answer.Records.length > 0 || answer.MillisBehindLatest > 0 ? answer.NextShardIterator : undefined;
    }
  }
  return { counts, wrong };
}

function deaggregated({ PartitionKey, Data, SequenceNumber }) {
  const kinesis = { partitionKey: PartitionKey, data: Data, sequenceNumber: SequenceNumber, kinesisSchemaVersion: '1.0', approximateArrivalTimestamp: 0 };
  let found = [];
  aggregation.deaggregateSync(kinesis, true, (error, records) => {
    if (error) throw error;
    found = records;
  });
  return found.map((record) => ({ partitionKey: record.partitionKey, data: Buffer.from(record.data, 'base64') }));
}

function report(mode, protocol, { acknowledged, read, stats, seconds }) {
  const missing = [...acknowledged].filter((index) => !read.counts.has(index)).length;
  const twice = [...read.counts.values()].filter((count) => count > 1).length;
  say(
    `${mode.padEnd(5)} ${protocol}: ${acknowledged.size} acknowledged, ${missing} missing, ${read.wrong.length} altered, ${twice} more than once, ` +
      `${stats.recordsThrottled} throttled, ${stats.requests} requests, ${stats.bytesSent} bytes, ${seconds.toFixed(1)} s`,
  );
  if (acknowledged.size !== RECORDS || missing > 0 || read.wrong.length > 0) throw new Stop('records were lost or altered');
}

/** 200 bytes that name the record and are otherwise noise. */
function dataOf(index) {
  const head = String(index).padStart(8, '0');
  return Buffer.concat([Buffer.from(head), createHash('sha512').update(head).digest(), createHash('sha512').update(`${head}2`).digest(), createHash('sha512').update(`${head}3`).digest()]);
}

function keyOf(index) {
  return `user-${(index * 7919) % KEYS}`;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
