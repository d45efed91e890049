// A collector with a queue: pages send events to it without keys. It answers when Cloudflare's queue has them, and an event leaves the queue
// when Kinesis has acknowledged it.
import { createCollector } from 'kinesis-edge/collector';

export default createCollector((env) => ({
  region: env.AWS_REGION,
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  endpoint: env.AWS_ENDPOINT_URL_KINESIS || undefined,
  streamName: 'clicks',
  allowedOrigins: ['https://www.example.com'], // the sites whose pages may send
  queue: env.EVENTS,
}));
