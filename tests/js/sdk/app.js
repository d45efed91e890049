// Written for the AWS SDK. The test runs it as it is, and again with nothing but the import changed.
import { KinesisClient, ListShardsCommand, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';

export async function app({ endpoint, StreamName, options }) {
  const client = new KinesisClient({
    region: 'us-east-1',
    endpoint,
    credentials: async () => ({ accessKeyId: 'APP', secretAccessKey: 'secret' }),
    maxAttempts: 5,
    ...options,
  });
  const encode = (text) => new TextEncoder().encode(text);

  const first = await client.send(new PutRecordCommand({ StreamName, Data: encode('first'), PartitionKey: 'a' }));
  const Data = encode('many');
  const many = await client.send(
    new PutRecordsCommand({ StreamName, Records: ['a', 'b', 'c'].map((PartitionKey) => ({ Data, PartitionKey })) }),
  );
  const { Shards } = await client.send(new ListShardsCommand({ StreamName }));

  const errors = [];
  const ofTomorrow = (BigInt(first.SequenceNumber) + (86_400n << 36n)).toString();
  for (const wrong of [{ StreamName: 'there-is-none' }, { SequenceNumberForOrdering: ofTomorrow }]) {
    try {
      await client.send(new PutRecordCommand({ StreamName, Data: encode('x'), PartitionKey: 'a', ...wrong }));
    } catch (error) {
      errors.push({ name: error.name, message: error.message.replaceAll(/\d{20,}/g, '…'), isError: error instanceof Error });
    }
  }
  const stopped = new AbortController();
  stopped.abort();
  try {
    await client.send(new PutRecordCommand({ StreamName, Data: encode('x'), PartitionKey: 'a' }), { abortSignal: stopped.signal });
  } catch (error) {
    errors.push({ name: error.name });
  }
  client.destroy();

  return {
    shardOfFirst: first.ShardId,
    numbersGrow: BigInt(many.Records[0].SequenceNumber) > BigInt(first.SequenceNumber),
    failed: many.FailedRecordCount,
    shardsOfMany: many.Records.map((record) => record.ShardId),
    errorCodes: many.Records.map((record) => record.ErrorCode),
    ranges: Shards.map((shard) => [shard.ShardId, shard.HashKeyRange, shard.SequenceNumberRange.EndingSequenceNumber]),
    errors,
  };
}
