// What a user of the package writes: one record by a client, one by a producer. Both WebAssembly modules are needed for it.
import { KinesisClient, Producer } from 'kinesis-edge';

export async function put({ endpoint, text }) {
  const connection = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' } };
  const client = new KinesisClient(connection);
  await client.putRecord({ StreamName: 'package', Data: `${text}: client`, PartitionKey: 'k' });
  const producer = new Producer({ ...connection, streamName: 'package' });
  await producer.put(`${text}: producer`);
  await producer.close();
}

/** In a page: the address says where to put what, the title how it went. */
export async function putFromPage() {
  try {
    await put(Object.fromEntries(new URLSearchParams(location.search)));
    document.title = 'put';
  } catch (error) {
    document.title = `failed: ${error.stack}`;
  }
}
