// Puts orders, many in one Kinesis record, reads them back, and calls the function as Lambda does: from the item that has failed, until none has.
import { KinesisClient, Producer } from 'kinesis-edge';
import { handler } from './index.mjs';

const StreamName = 'clicks';
const producer = new Producer({ streamName: StreamName, aggregation: 'key' });
for (const order of [1, 2, 3]) producer.put({ messageId: crypto.randomUUID(), order }, { partitionKey: 'customer-1' });
await producer.close();

let event = await eventOfStream();
console.log(`${event.Records.length} Kinesis record`);
for (let failures; (failures = (await handler(event)).batchItemFailures).length > 0; ) {
  const from = event.Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === failures[0].itemIdentifier);
  event = { Records: event.Records.slice(from) };
}
console.log('all orders are handled');

/** What is in the stream, as https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html shows the event. */
async function eventOfStream() {
  const client = new KinesisClient({});
  const { Shards } = await client.listShards({ StreamName });
  const records = [];
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    const { Records } = await client.call('GetRecords', { ShardIterator });
    for (const { Data, PartitionKey, SequenceNumber } of Records) {
      const kinesis = { partitionKey: PartitionKey, sequenceNumber: SequenceNumber, data: Data };
      records.push({ eventSource: 'aws:kinesis', eventID: `${ShardId}:${SequenceNumber}`, kinesis });
    }
  }
  return { Records: records };
}
