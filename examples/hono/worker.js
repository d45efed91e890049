// Hono on Cloudflare Workers: a route that puts an order and answers when Kinesis has it.
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Producer } from 'kinesis-edge';

let producer;

/** Gives the producer to the routes, one for all requests of the isolate. */
const kinesis = createMiddleware(async (c, next) => {
  producer ??= new Producer({
    region: c.env.AWS_REGION,
    credentials: { accessKeyId: c.env.AWS_ACCESS_KEY_ID, secretAccessKey: c.env.AWS_SECRET_ACCESS_KEY },
    endpoint: c.env.AWS_ENDPOINT_URL_KINESIS || undefined,
    streamName: 'clicks',
  });
  c.set('producer', producer);
  await next();
});

const app = new Hono();

app.post('/orders', kinesis, async (c) => {
  const order = await c.req.json();
  const { shardId } = await c.get('producer').put(order, { partitionKey: order.customer });
  return c.json({ shardId }, 202);
});

app.onError((error, c) => {
  console.error(error);
  return c.json({ code: error.code ?? 'ERR_INTERNAL' }, 503);
});

export default app;
