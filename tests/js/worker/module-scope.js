// What a Worker does before its first request, while its script is evaluated: timers, requests and randomness are forbidden there.
import { KinesisClient, Producer } from 'kinesis-edge';

const options = { region: 'us-east-1', endpoint: ENDPOINT, credentials: { accessKeyId: 'MODULE', secretAccessKey: 'secret' } };
const errors = [];
const producer = new Producer({ ...options, streamName: 'module-scope', onError: ({ code, message }) => errors.push(`${code} ${message}`) });
const put = [producer.put('text'), producer.put(new Uint8Array([98, 121, 116, 101, 115])), producer.put({ json: 1 }, { partitionKey: 'k' })];
const outcomes = {};
const note = (name, promise) => promise.then(() => (outcomes[name] = 'done'), ({ name: kind, code, message }) => (outcomes[name] = `${kind} ${code}: ${message}`));
for (const [index, promise] of put.entries()) note(`put ${index}`, promise);
note('refused', producer.put(() => {}));
note('ready', producer.ready);
note('flush', producer.flush());
note('call', new KinesisClient(options).putRecord({ StreamName: 'module-scope', Data: 'call', PartitionKey: 'k' }));
const buffered = producer.stats.recordsBuffered;

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/put') await producer.put('in a request');
    if (pathname === '/flush') await producer.flush();
    return new Response(JSON.stringify({ buffered, outcomes, errors, stats: producer.stats }));
  },
};
