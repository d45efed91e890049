// A producer at module scope, shared by every request of the isolate.
import { Producer } from 'kinesis-edge';

const taken = [];
let producer;

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/taken') return Response.json(taken);
    producer ??= new Producer({
      region: 'us-east-1',
      endpoint: env.KINESIS,
      streamName: env.STREAM,
      credentials: { accessKeyId: 'WORKER', secretAccessKey: 'secret' },
      aggregation: 'key',
      lingerMs: 20,
      requestTimeoutMs: 2000,
    });
    const id = searchParams.get('id');
    producer.put(id, { partitionKey: `k${Number(id) % 10}` });
    taken.push(id);
    ctx.waitUntil(producer.flush());
    // Long enough for some clients to leave while their request is under way.
    await new Promise((resolve) => setTimeout(resolve, Number(id) % 40));
    return new Response(null, { status: 202 });
  },
};
