// Bytes on the wire and PUT payload units. The events go to the embedded Kinesis through a proxy that counts what the client
// sends, request lines and headers included, and are read back.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisClient, deaggregate } from 'kinesis-edge';
import { startKinesis } from '../js/servers.mjs';
import { CREDENTIALS, REGION, entries } from './inputs.js';
import { putAll } from './peers/put-records-loop.js';
import { producer } from './peers/ours.js';
import { sdk } from './peers/sdk.js';

const VISITORS = 1000;
/** 30 of each visitor: what fits the producer's buffer. */
const COUNT = 30_000;
const MILLION = 1_000_000;
/** A PUT payload unit is up to 25 KB of a record's data: https://aws.amazon.com/kinesis/data-streams/pricing/ */
const PAYLOAD_UNIT_BYTES = 25 * 1024;

const VARIANTS = [
  ...['json', 'cbor'].flatMap((protocol) => ['off', 'key', 'shard'].map((aggregation) => ({ name: `kinesis-edge, ${protocol}, aggregation '${aggregation}'`, protocol, aggregation }))),
  { name: 'client-kinesis' },
];

/** `[{ name, bytes, records, payloadUnits }]`, each for a million events. */
export async function wire() {
  const events = entries(COUNT).map((entry, index) => ({ ...entry, PartitionKey: `visitor-${String(index % VISITORS).padStart(8, '0')}` }));
  const results = [];
  for (const variant of VARIANTS) results.push(await weigh(variant, events));
  return results;
}

/** A server for each: what it stores stays in memory. */
async function weigh({ name, protocol, aggregation }, events) {
  const kinesis = await startKinesis(['--no-limits']);
  const proxy = await countingProxy(kinesis.endpoint);
  const admin = new KinesisClient({ region: REGION, endpoint: kinesis.endpoint, credentials: CREDENTIALS });
  try {
    await admin.call('CreateStream', { StreamName: 'clicks', ShardCount: 4 });
    await (protocol ? byProducer({ endpoint: proxy.endpoint, protocol, aggregation }, events) : bySdk(proxy.endpoint, events));
    const bytes = proxy.bytes();
    const stored = await readAll(admin);
    const found = stored.reduce((sum, record) => sum + deaggregate(record).length, 0);
    if (found !== events.length) throw new Error(`${name}: ${found} of ${events.length} events are in the stream`);
    const units = stored.reduce((sum, { data }) => sum + Math.ceil(data.length / PAYLOAD_UNIT_BYTES), 0);
    const toMillion = (value) => Math.round((value * MILLION) / events.length);
    return { name, bytes: toMillion(bytes), records: toMillion(stored.length), payloadUnits: toMillion(units) };
  } finally {
    await proxy.stop();
    await kinesis.stop();
  }
}

async function byProducer(options, events) {
  // Sent when full or flushed and for no other reason, so that each run sends the same.
  const one = producer({ ...options, shardRateLimit: Infinity, lingerMs: 60_000 });
  for (const { Data, PartitionKey } of events) one.put(Data, { partitionKey: PartitionKey });
  const { failed } = await one.flush();
  if (failed > 0) throw new Error(`${failed} records failed`);
  await one.close();
}

async function bySdk(endpoint, events) {
  const client = sdk({ endpoint, requestHandler: new NodeHttpHandler() });
  await putAll(client.putRecords, 'clicks', events);
  client.destroy();
}

async function readAll(client) {
  const StreamName = 'clicks';
  const { Shards } = await client.listShards({ StreamName });
  const all = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    for (;;) {
      const { Records, NextShardIterator, MillisBehindLatest } = await client.call('GetRecords', { ShardIterator });
      all.push(...Records.map(({ PartitionKey, Data }) => ({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') })));
      if (Records.length === 0 && !(MillisBehindLatest > 0)) break;
      ShardIterator = NextShardIterator;
    }
  }
  return all;
}

async function countingProxy(upstream) {
  const { hostname, port } = new URL(upstream);
  let bytes = 0;
  const sockets = new Set();
  const server = createServer((client) => {
    const onward = connect(Number(port), hostname);
    for (const socket of [client, onward]) sockets.add(socket.on('error', () => {}));
    client.on('data', (chunk) => (bytes += chunk.length));
    client.pipe(onward).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { endpoint: `http://127.0.0.1:${server.address().port}`, bytes: () => bytes, stop };
}
