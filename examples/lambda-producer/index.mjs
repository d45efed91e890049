// A Lambda function that puts a record for each request of an API. Its role needs kinesis:PutRecords on the stream; Lambda sets
// region and keys in the environment. The producer stays between invocations, with its connections.
import { Producer } from 'kinesis-edge';

const producer = new Producer({ streamName: process.env.STREAM_NAME ?? 'clicks', onError: console.error });

export async function handler(event) {
  const put = producer.put({ path: event.rawPath, body: event.body }, { partitionKey: event.requestContext.http.sourceIp });
  // Lambda freezes the process after the response, so what waits is sent now, and not after `lingerMs`.
  await producer.flush();
  return put.then(
    ({ shardId }) => ({ statusCode: 202, body: JSON.stringify({ shardId }) }),
    ({ code }) => ({ statusCode: 503, body: JSON.stringify({ code }) }),
  );
}
