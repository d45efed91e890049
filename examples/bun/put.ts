// Bun: a measurement, and where it is stored. Region, keys and endpoint are those of the environment.
import { KinesisError, Producer } from 'kinesis-edge';

interface Measurement {
  sensor: string;
  celsius: number;
}

const producer = new Producer<Measurement>({ streamName: 'clicks', partitionKey: ({ sensor }) => sensor });

try {
  const { shardId } = await producer.put({ sensor: 'roof', celsius: 21.5 });
  console.log(`stored in ${shardId}`);
} catch (error) {
  if (error instanceof KinesisError) console.error(error.code, error.message);
  throw error;
} finally {
  await producer.close();
}
