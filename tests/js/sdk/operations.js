// Written for the AWS SDK: code that reads streams and looks after them. The test runs it as it is, and again with the import changed.
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  Kinesis,
  KinesisClient,
  ListStreamsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateShardCountCommand,
  paginateListStreams,
} from '@aws-sdk/client-kinesis';

export async function app({ endpoint, StreamName, options }) {
  const connection = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'APP', secretAccessKey: 'secret' }, ...options };
  const client = new KinesisClient(connection);
  const names = [`${StreamName}-a`, `${StreamName}-b`, `${StreamName}-c`];
  const made = [];
  for (const name of names) made.push(await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 })));
  for (const name of names) await active(client, name);

  const started = new Date(Date.now() - 60_000);
  const put = await client.send(new PutRecordCommand({ StreamName: names[0], Data: new TextEncoder().encode('first'), PartitionKey: 'k' }));
  const Data = new Uint8Array([0, 255, 128]);
  await client.send(new PutRecordsCommand({ StreamName: names[0], Records: [{ Data, PartitionKey: 'k' }] }));

  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: names[0] }));
  const [{ ShardId }] = StreamDescription.Shards;
  const read = await readAll(client, { StreamName: names[0], ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: started });
  const after = await readAll(client, { StreamName: names[0], ShardId, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: put.SequenceNumber });

  const pages = [];
  for await (const { StreamNames } of paginateListStreams({ client }, {})) pages.push(StreamNames);
  const listed = await client.send(new ListStreamsCommand({ Limit: 100 }));

  const errors = [];
  for (const command of [new GetShardIteratorCommand({ StreamName: 'there-is-none', ShardId, ShardIteratorType: 'LATEST' }), new CreateStreamCommand({ StreamName: names[0], ShardCount: 1 })]) {
    errors.push(await client.send(command).catch((error) => error));
  }

  const kinesis = new Kinesis(connection);
  const byMethod = await kinesis.describeStream({ StreamName: names[1] });
  const resized = await client.send(new UpdateShardCountCommand({ StreamName: names[1], TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }));
  for (const name of names) await client.send(new DeleteStreamCommand({ StreamName: name }));
  client.destroy();

  return {
    made: made.map(({ $metadata, ...rest }) => [rest, metadata($metadata)]),
    metadata: metadata(put.$metadata),
    read,
    after,
    isDate: StreamDescription.StreamCreationTimestamp instanceof Date && byMethod.StreamDescription.StreamCreationTimestamp instanceof Date,
    created: Math.abs(StreamDescription.StreamCreationTimestamp - Date.now()) < 600_000,
    shards: StreamDescription.Shards.map(({ ShardId, HashKeyRange }) => [ShardId, HashKeyRange]),
    byMethod: byMethod.StreamDescription.StreamName,
    pages: pages.flat().filter((name) => names.includes(name)),
    listed: listed.StreamNames.filter((name) => names.includes(name)),
    resized: [resized.StreamName, resized.CurrentShardCount, resized.TargetShardCount],
    errors: errors.map((error) => ({
      name: error.name,
      classes: [ResourceNotFoundException, ResourceInUseException, TypeError].map((type) => error instanceof type),
      metadata: metadata(error.$metadata),
    })),
  };
}

/** Ids differ from run to run. */
function metadata({ httpStatusCode, requestId, attempts, totalRetryDelay }) {
  return { httpStatusCode, hasId: typeof requestId === 'string' && requestId.length > 10, attempts, totalRetryDelay };
}

async function active(client, StreamName) {
  for (;;) {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
    if (StreamDescription.StreamStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readAll(client, from) {
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
  const { Records, MillisBehindLatest } = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10 }));
  const records = Records.map((record) => [[...record.Data], record.PartitionKey, record.ApproximateArrivalTimestamp instanceof Date]);
  return [records, MillisBehindLatest, Records.every(({ Data }) => Data instanceof Uint8Array)];
}
