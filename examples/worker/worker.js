// A Cloudflare Worker that records each request. The response does not wait for Kinesis.
import { Producer } from 'kinesis-edge';

let producer; // one for all requests of the isolate, so that their records share requests

export default {
  async fetch(request, env, ctx) {
    producer ??= new Producer({
      region: env.AWS_REGION,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
      endpoint: env.AWS_ENDPOINT_URL_KINESIS || undefined,
      streamName: 'clicks',
      onError: console.error,
    });
    producer.put({ event: 'request', path: new URL(request.url).pathname, country: request.cf?.country });
    ctx.waitUntil(producer.flush());
    return new Response('Hello\n');
  },
};
