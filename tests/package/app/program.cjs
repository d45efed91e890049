// The same as put.js, by `require`.
const { KinesisClient, Producer } = require('kinesis-edge');

async function put({ endpoint, text }) {
  const connection = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' } };
  await new KinesisClient(connection).putRecord({ StreamName: 'package', Data: `${text}: client`, PartitionKey: 'k' });
  const producer = new Producer({ ...connection, streamName: 'package' });
  await producer.put(`${text}: producer`);
  await producer.close();
}

const [endpoint, text] = process.argv.slice(2);
put({ endpoint, text }).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
