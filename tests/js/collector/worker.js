// A collector for each mode, as a Worker has them, and a reader for what the queue could not deliver.
import { createCollector } from 'kinesis-edge/collector';

const common = (env) => ({
  region: 'us-east-1',
  endpoint: env.KINESIS,
  streamName: env.STREAM,
  credentials: { accessKeyId: env.ACCESS_KEY ?? 'COLLECTOR', secretAccessKey: 'the-secret-of-the-stream' },
  allowedOrigins: env.ORIGINS === '*' ? '*' : ['https://www.example.com', 'https://shop.example.com'],
  writeKey: env.WRITE_KEY,
  rateLimiter: env.LIMITED ? env.RATE_LIMITER : undefined,
  lingerMs: 20,
  requestTimeoutMs: 2000,
  ...env.OPTIONS,
});
const direct = createCollector(common);
const queued = createCollector((env) => ({ ...common(env), path: '/collect-queued', queue: env.QUEUE, deliveryMsMax: 3000, retryDelaySeconds: 1, ...env.OPTIONS }));

/** The rejections that no code handles. */
const strays = [];
addEventListener('unhandledrejection', ({ reason }) => strays.push(String(reason)));

export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/strays') return Response.json(strays);
    const context = env.WITHOUT_CTX ? undefined : ctx;
    return (pathname === '/collect-queued' ? queued : direct).fetch(request, env, context);
  },
  queue(batch, env, ctx) {
    return queued.queue(batch, env, ctx);
  },
};
