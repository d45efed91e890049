import { UnrepeatedLog } from './unrepeated-log.js';
import { Collector } from './collector.js';
import { discardBody } from './discard-body.js';
import { summaryOf } from './error-summary.js';
import { waitUntilSettled } from './wait-until.js';
import { openResponse } from './open-response.js';
import { OptionsFunction } from './options-function.js';
import type { CollectorContext, CollectorHandlers, CollectorOptions } from './types.js';

/**
 * Creates a whole Worker with `fetch` and `queue` handlers. The function is called once in each isolate, or
 * with each request while it throws. It returns the options at once, not a promise.
 *
 * `POST {path}?sentAt={the client's clock in ms}` accepts one event, an array, or JSON Lines as `application/json`,
 * `application/x-ndjson` or `text/plain`, with `content-encoding: gzip` or `deflate` if the client compresses. Where
 * `sentAt` differs from the collector's clock by more than two seconds, the collector corrects timestamps by the
 * difference. Responses: 202 with {@link CollectorAnswer}; otherwise `{ error }` with 400 no event could be read, 403
 * origin or key, 404 path, 405 method, 413 too large, 415 type or encoding, 429 and 503 with `retry-after`, 500 wrong
 * options.
 *
 * `GET {path}?…` returns a transparent pixel, whether or not it accepts the event in its query: `type`, `event`,
 * `messageId`, `anonymousId`, `userId`, `sessionId`, `timestamp`, `url`, `path`, `title`, `referrer`, `utm_*`,
 * ids of clicks on advertisements such as `gclid`, and `p.NAME` for `properties.NAME`.
 *
 * `GET /health` responds with 200 and `{ "status": "ok" }`, or with 503 and another {@link CollectorHealth}.
 *
 * Without a queue, accepted events wait in the isolate's memory after the response, for `lingerMs` or until Kinesis has
 * acknowledged them: events in an isolate that ends before are lost. `aggregation` defaults to `'key'` here.
 * @example
 * export default createCollector((env: Env) => ({
 *   region: 'us-east-1',
 *   streamName: 'clicks',
 *   credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
 *   allowedOrigins: ['https://www.example.com'],
 * }));
 */
export function createCollector<Env>(options: (env: Env) => CollectorOptions): CollectorHandlers<Env> {
  let collector: Collector | undefined;
  const optionsFunction = new OptionsFunction(options);
  const log = new UnrepeatedLog();
  // An isolate serves many requests with one collector.
  const collectorOf = (env: Env) => (collector ??= new Collector(optionsFunction.call(env)));
  const respond = async (request: Request, env: Env, ctx: CollectorContext | undefined) => {
    try {
      return await collectorOf(env).fetch(request, ctx);
    } catch (error) {
      log.write(summaryOf(error));
      return openResponse(request, 500, 'the collector failed: its log says why');
    }
  };
  return {
    async fetch(request, env, ctx) {
      const response = await respond(request, env, ctx);
      if (!response.ok) await discardBody(request);
      return response;
    },
    async queue(batch, env, ctx) {
      const consumed = collectorOf(env).consume(batch);
      waitUntilSettled(ctx, consumed);
      await consumed;
    },
  };
}
