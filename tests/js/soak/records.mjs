// 200,000 records from one producer into 8 shards while the stream is split and merged, in each aggregation and
// protocol, against the embedded Kinesis with its real limits. Every acknowledged record is read back, out of its aggregate by npm's
// aws-kinesis-agg and by PyPI's, and compared.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import aggregation from 'aws-kinesis-agg';
import { KinesisClient, Producer } from 'kinesis-edge';
import { Stop, command, say } from '../../../xtask/say.mjs';
import { pythonWithPackages } from '../../verifiers/python.mjs';
import { startKinesis } from '../servers.mjs';

const RECORDS = Number(process.env.RECORDS ?? 200_000);
const KEYS = 5000;
const credentials = { accessKeyId: 'SOAK', secretAccessKey: 'secret' };

/** How often each user record is there, and which are not as they were put. */
class Count {
  counts = new Map();
  wrong = [];

  add(partitionKey, data) {
    const index = Number(data.subarray(0, 8).toString());
    if (!data.equals(dataOf(index)) || partitionKey !== keyOf(index)) this.wrong.push(index);
    this.counts.set(index, (this.counts.get(index) ?? 0) + 1);
  }

  get twice() {
    return [...this.counts.values()].filter((count) => count > 1).length;
  }
}

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
    const records = await readAll(client, StreamName);
    await report(mode, protocol, { acknowledged, records, stats, seconds });
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

/** Every Kinesis record, with the hash keys of its shard. */
async function readAll(client, StreamName) {
  const { Shards } = await client.listShards({ StreamName });
  const records = [];
  for (const { ShardId, HashKeyRange } of Shards) {
    const range = { start: HashKeyRange.StartingHashKey, end: HashKeyRange.EndingHashKey };
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    while (ShardIterator) {
      const answer = await client.call('GetRecords', { ShardIterator, Limit: 5000 });
      records.push(...answer.Records.map(({ PartitionKey, Data }) => ({ key: PartitionKey, data: Data, ...range })));
      ShardIterator = answer.Records.length > 0 || answer.MillisBehindLatest > 0 ? answer.NextShardIterator : undefined;
    }
  }
  return records;
}

function readWithNpm(records) {
  const count = new Count();
  for (const { key, data } of records) {
    const kinesis = { partitionKey: key, data, sequenceNumber: '1', kinesisSchemaVersion: '1.0', approximateArrivalTimestamp: 0 };
    aggregation.deaggregateSync(kinesis, true, (error, users) => {
      if (error) throw error;
      for (const user of users) count.add(user.partitionKey, Buffer.from(user.data, 'base64'));
    });
  }
  return count;
}

/** `all` is what is in the stream, `kcl` what the KCL would deliver of it. */
async function readWithPython(records) {
  const python = spawn(await pythonWithPackages(say), [join(import.meta.dirname, 'read_back.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(python, 'exit');
  const [all, kcl] = [new Count(), new Count()];
  const reading = (async () => {
    for await (const line of createInterface({ input: python.stdout })) {
      const [partitionKey, base64, delivered] = JSON.parse(line);
      const data = Buffer.from(base64, 'base64');
      all.add(partitionKey, data);
      if (delivered) kcl.add(partitionKey, data);
    }
  })();
  for (const record of records) if (!python.stdin.write(`${JSON.stringify(record)}\n`)) await once(python.stdin, 'drain');
  python.stdin.end();
  await reading;
  const [code] = await ended;
  if (code !== 0) throw new Stop(`read_back.py ended with exit code ${code}`);
  return { all, kcl };
}

async function report(mode, protocol, { acknowledged, records, stats, seconds }) {
  const npm = readWithNpm(records);
  const { all, kcl } = await readWithPython(records);
  const missing = (count) => [...acknowledged].filter((index) => !count.counts.has(index)).length;
  say(
    `${mode.padEnd(5)} ${protocol}: ${acknowledged.size} acknowledged in ${seconds.toFixed(1)} s, ${stats.recordsThrottled} throttled, ${stats.requests} requests ` +
      `(${stats.requestsFailed} failed), ${stats.bytesSent} bytes; read by npm, PyPI and as the KCL would: ` +
      `${[npm, all, kcl].map(missing).join('/')} missing, ${[npm, all, kcl].map(({ wrong }) => wrong.length).join('/')} altered, ${[npm, all, kcl].map(({ twice }) => twice).join('/')} more than once`,
  );
  const isWhole = [npm, all, kcl].every((count) => missing(count) === 0 && count.wrong.length === 0);
  if (acknowledged.size !== RECORDS || !isWhole) throw new Stop('records were lost or altered');
  // No answer was lost here. What was stored on another shard at the split was sent again, and no KCL delivers it twice.
  if (stats.requestsFailed > 0 || kcl.twice > 0) throw new Stop('a request was refused, or a record is there twice');
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
