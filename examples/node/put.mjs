// Node: three orders, in the order of each customer, and what became of them. Region, keys and endpoint are those of the environment.
import { Producer } from 'kinesis-edge';
import { nodeFetch } from 'kinesis-edge/node';

const producer = new Producer({ streamName: 'clicks', ordering: 'key', fetch: nodeFetch, onError: console.error });

for (const order of [1, 2, 3]) producer.put({ event: 'order', order }, { partitionKey: `customer-${order % 2}` });

const { delivered, failed } = await producer.flush();
console.log(`${delivered} delivered, ${failed} failed`);
await producer.close();
process.exitCode = failed ? 1 : 0;
