// Deno, with the network and the environment allowed and nothing else.
import { KinesisError, Producer } from 'kinesis-edge';

interface Measurement {
  sensor: string;
  celsius: number;
}

const producer = new Producer({ streamName: 'clicks', partitionKey: (data) => (data as Measurement).sensor });
const measurement: Measurement = { sensor: 'roof', celsius: 21.5 };

try {
  const { shardId } = await producer.put(measurement);
  console.log(`stored in ${shardId}`);
} catch (error) {
  if (error instanceof KinesisError) console.error(error.code, error.message);
  throw error;
} finally {
  await producer.close();
}
