// A Worker for old compatibility dates: a producer that requests share, a call, and a signature.
import { KinesisClient, Producer, signRequest } from 'kinesis-edge';

const credentials = { accessKeyId: 'WORKER', secretAccessKey: 's' };
let producer;

export default {
  async fetch(_, { KINESIS, STREAM }) {
    const options = { region: 'us-east-1', endpoint: KINESIS, credentials: async () => credentials };
    producer ??= new Producer({ ...options, streamName: STREAM, lingerMs: 20 });
    const [first, large] = await Promise.all([producer.put({ a: [1, 2] }), producer.put('x'.repeat(200_000))]);
    const { ShardId } = await new KinesisClient(options).putRecord({ StreamName: STREAM, Data: 'call', PartitionKey: 'k' });
    const { headers } = signRequest({ method: 'GET', url: KINESIS, region: 'us-east-1', service: 'kinesis', credentials });
    return new Response(JSON.stringify({ stored: [first.shardId, large.shardId, ShardId], isSigned: headers.authorization.startsWith('AWS4') }));
  },
};
