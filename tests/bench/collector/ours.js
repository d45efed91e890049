// The collector as a Worker has it: direct mode at /collect, and the two halves of queue mode without a queue in between, which
// is not the Worker's to pay for: /collect-queued, and /consume with twenty messages.
import { createCollector } from 'kinesis-edge/collector';

const options = (env) => ({
  region: 'us-east-1',
  endpoint: env.KINESIS,
  streamName: env.STREAM,
  credentials: { accessKeyId: 'OURS', secretAccessKey: 'secret' },
  allowedOrigins: ['https://www.example.com'],
});
const direct = createCollector(options);
const queued = createCollector((env) => ({ ...options(env), path: '/collect-queued', queue: { async sendBatch() {} } }));

export default {
  async fetch(request, env, ctx) {
    if (request.url.endsWith('/collect')) return direct.fetch(request, env, ctx);
    if (request.url.endsWith('/collect-queued')) return queued.fetch(request, env, ctx);
    const bodies = (await request.text()).split('\n\n');
    await queued.queue({ messages: bodies.map((body) => ({ body, ack() {}, retry() {} })) }, env, ctx);
    return new Response(null, { status: 202 });
  },
};
