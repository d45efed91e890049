// An embedded Kinesis for one test file, with a stream in it and a client.
import { KinesisClient } from 'kinesis-edge';
import { startKinesis } from './servers.mjs';

/** Keys that the embedded Kinesis takes. */
export const CREDENTIALS = { accessKeyId: 'TEST', secretAccessKey: 's' };

/** A client of an embedded Kinesis. */
export function clientOf({ endpoint }) {
  return new KinesisClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS });
}

/** Starts an embedded Kinesis and creates a stream. */
export async function startKinesisWith(streamName, shards = 2) {
  const kinesis = await startKinesis();
  const client = clientOf(kinesis);
  await client.call('CreateStream', { StreamName: streamName, ShardCount: shards });
  return { kinesis, client };
}
