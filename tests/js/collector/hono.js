import { Hono } from 'hono';
import { Producer } from 'kinesis-edge';
import { createCollector } from 'kinesis-edge/collector';

const app = new Hono();

let producer;
const producerOf = (env) => (producer ??= new Producer({
  region: env.AWS_REGION,
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  streamName: env.STREAM_NAME,
  endpoint: env.KINESIS_ENDPOINT,
}));

app.post('/orders', async (c) => {
  const order = await c.req.json();
  producerOf(c.env).put(order, { partitionKey: order.customer });
  c.executionCtx.waitUntil(producer.flush());
  return c.json({ ok: true }, 202);
});

const collector = createCollector((env) => ({
  region: env.AWS_REGION,
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  streamName: env.STREAM_NAME,
  endpoint: env.KINESIS_ENDPOINT,
  allowedOrigins: ['https://www.example.com'],
}));
app.all('/collect', (c) => collector.fetch(c.req.raw, c.env, c.executionCtx));

export default app;
