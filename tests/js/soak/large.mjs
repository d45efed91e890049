// Records that only a stream takes whose MaxRecordSizeInKiB was raised: 4 MiB read back as they were put, 10 MiB acknowledged,
// both protocols, one byte more refused. The embedded Kinesis takes none, so this runs against kinesis-local, which needs
// three seconds a MiB, and fails by itself when it should give back 10 MiB.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { KinesisClient, Producer } from 'kinesis-edge';
import { Stop, command, say, top } from '../../../xtask/say.mjs';

const MIB = 1024 * 1024;
const StreamName = 'large';
const KEY = 'k';

await command(async () => {
  const { server, endpoint } = await startLocal();
  try {
    const limits = { recordBytesMax: 10 * MIB, requestBytesMax: 10 * MIB };
    const options = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'LARGE', secretAccessKey: 's' }, requestTimeoutMs: 120_000, ...limits };
    const client = new KinesisClient({ ...options, maxAttempts: 20 });
    await createRaised(client);
    for (const protocol of ['json', 'cbor']) await putLarge(client, { ...options, protocol });
  } finally {
    server.kill('SIGKILL');
  }
});

async function putLarge(client, options) {
  const producer = new Producer({ ...options, streamName: StreamName });
  const [large, largest] = [filled(4 * MIB), filled(10 * MIB - KEY.length)];
  const stored = await producer.put(large, { partitionKey: KEY });
  if (!(await read(client, stored)).equals(large)) throw new Stop('4 MiB came back altered');
  const { attempts } = await producer.put(largest, { partitionKey: KEY });
  const refusal = await producer.put(filled(10 * MIB - KEY.length + 1), { partitionKey: KEY }).catch(({ code }) => code);
  if (attempts !== 1 || refusal !== 'ERR_RECORD_TOO_LARGE') throw new Stop(`10 MiB: ${attempts} attempts; one byte more: ${refusal}`);
  say(`${options.protocol}: 4 MiB read back as they were, 10 MiB acknowledged, one byte more refused`);
  await producer.close();
}

async function startLocal() {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const folder = join(top, 'node_modules', 'kinesis-local');
  const server = spawn(process.execPath, ['--require', join(top, 'tests', 'js', 'loopback.cjs'), join(folder, 'main.js')], {
    stdio: 'ignore',
    env: { ...process.env, KINESIS_MOCK_PLAIN_PORT: port, KINESIS_MOCK_TLS_PORT: tlsPort, KINESIS_MOCK_CERT_PATH: join(folder, 'server.json'), LOG_LEVEL: 'ERROR' },
  });
  return { server, endpoint: `http://127.0.0.1:${port}` };
}

async function createRaised(client) {
  await client.call('CreateStream', { StreamName, ShardCount: 1 });
  const { StreamARN } = await active(client);
  await client.call('UpdateMaxRecordSize', { StreamARN, MaxRecordSizeInKiB: 10_240 });
  await active(client);
}

async function active(client) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { StreamDescriptionSummary } = await client.describeStreamSummary({ StreamName });
    if (StreamDescriptionSummary.StreamStatus === 'ACTIVE') return StreamDescriptionSummary;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Stop('the stream does not become ACTIVE');
}

async function read(client, { shardId, sequenceNumber }) {
  const at = { StreamName, ShardId: shardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumber };
  const { ShardIterator } = await client.call('GetShardIterator', at);
  const { Records } = await client.call('GetRecords', { ShardIterator, Limit: 1 });
  return Buffer.from(Records[0].Data, 'base64');
}

/** Each byte depends on its place, or a shifted copy would pass. */
function filled(length) {
  return Buffer.alloc(length).map((_, index) => Math.imul(index, 2_654_435_761) >>> 13);
}

async function freePort() {
  const found = createServer();
  found.listen(0, '127.0.0.1');
  await once(found, 'listening');
  const { port } = found.address();
  found.close();
  await once(found, 'close');
  return String(port);
}
