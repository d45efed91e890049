// npm start: builds everything, starts the embedded Kinesis and the Worker, puts a record and reads it back.
import { build } from './build.mjs';
import { command, say } from './say.mjs';

await command(async () => {
  await build();
  const { CREDENTIALS, REGION, STREAM, buildKinesis, serve } = await import('./serve.mjs');
  await buildKinesis();
  say('starting the embedded Kinesis and the Worker');
  const served = await serve();
  const stop = async () => {
    await served.stop();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const { KinesisClient } = await import('kinesis-edge');
  const client = new KinesisClient({ region: REGION, endpoint: served.kinesis, credentials: CREDENTIALS });
  const put = await client.putRecord({ StreamName: STREAM, Data: 'Hello from npm start', PartitionKey: 'first' });
  const data = await readBack(client, STREAM, put);
  say('put a record and read it back:');
  console.log(`
  ShardId         ${put.ShardId}
  SequenceNumber  ${put.SequenceNumber}
  Data            ${data}

  Page            ${served.page}
  Kinesis         ${served.kinesis} (stream ${STREAM}, region ${REGION}, any credentials)

  Ctrl-C ends both.
`);
});

async function readBack(client, StreamName, { ShardId, SequenceNumber }) {
  const at = { StreamName, ShardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: SequenceNumber };
  const { ShardIterator } = await client.call('GetShardIterator', at);
  const { Records } = await client.call('GetRecords', { ShardIterator, Limit: 1 });
  return Buffer.from(Records[0].Data, 'base64').toString();
}
