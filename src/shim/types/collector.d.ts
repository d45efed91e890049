// The public types of `kinesis-edge/collector`. Sizes are bytes before any encoding; times are milliseconds unless they say otherwise.
import type { ClickstreamEvent } from './tracker.js';
import type { ProducerOptions } from './types.js';

/**
 * Fields beyond these are kept. `track` needs `event`; it and the four ids have 1–256 characters. What is absent is made: `messageId` a random UUID,
 * `timestamp` the collector's clock; an event without `anonymousId` gets a random partition key.
 */
export type { ClickstreamEvent } from './tracker.js';

/**
 * What `enrich` adds to `context`, over whatever the client called so; each where it is known. Beside it the event gets
 * `receivedAt`, the collector's clock in ISO 8601.
 */
export interface RequestFacts {
  /** Of Workers' `request.cf`: https://developers.cloudflare.com/workers/runtime-apis/request/#incomingrequestcfproperties */
  country?: string;
  city?: string;
  colo?: string;
  asn?: number;
  /** The network, not the address: /24 of IPv4 (`203.0.113.0`), /48 of IPv6 (`2001:db8:1::`). */
  ip?: string;
  userAgent?: { browser?: string; version?: number; os?: string; mobile: boolean; bot: boolean };
}

export interface CollectorOptions extends ProducerOptions {
  /** @default '/collect' */
  path?: string;
  /**
   * Exact origins, or `'*'`. A request from any other is refused with 403, and so is one without an origin and without the
   * write key. With `'*'` and no write key everybody gets in.
   */
  allowedOrigins: string[] | '*';
  /** Of a body, as it comes and unpacked; larger is 413. @default 262_144 (256 KiB) */
  bodyBytesMax?: number;
  /**
   * Of an event as JSON, before anything is added. A larger one is refused, the others of the body are taken.
   * @default 32_768 (32 KiB); at most 1_000_000, with a queue 100_000, and 4 KiB less than `recordBytesMax`
   */
  eventBytesMax?: number;
  /** Of a body; more are 413. @default 1000 */
  eventsMax?: number;
  /** Objects and arrays inside each other, the event counted. A deeper event is refused. @default 32 */
  depthMax?: number;
  /**
   * A shared key for what is not a browser: the header `x-write-key`, or the query's `k`, which ends up in logs of URLs. It is
   * compared in constant time.
   */
  writeKey?: string;
  /** Workers' rate limiting binding, asked per client IP; refused is 429. One that fails lets everybody in. */
  rateLimiter?: { limit(options: { key: string }): Promise<{ success: boolean }> };
  /** A Workers Queue: events are answered once the queue has them, and leave it only when Kinesis has acknowledged them. */
  queue?: { sendBatch(messages: Iterable<{ body: unknown; contentType?: 'text' }>): Promise<unknown> };
  /** Adds {@link RequestFacts}. @default true */
  enrich?: boolean;
  /** Fields that no event keeps, the added ones too: `['context.ip', 'userId']`. @default [] */
  dropFields?: string[];
  /** GET takes an event from its query, from whoever names no origin or an allowed one. Else it is a pixel and no more. @default true */
  pixel?: boolean;
  /**
   * A further check, of events in the right shape. Text is the reason that the client is told; false, or an error, has none.
   */
  validate?: (event: ClickstreamEvent) => boolean | string;
  /** Queue mode: the longest that a batch waits for Kinesis before it goes back to the queue. @default 30_000; at most 840_000, as Workers end a batch after 15 minutes */
  deliveryMsMax?: number;
  /** Queue mode: the pause before the first repeat of a message, in seconds; doubled each time, up to 900. @default 10 */
  retryDelaySeconds?: number;
}

/** What Workers give a handler. In Node there need be none. */
export interface CollectorContext {
  waitUntil(promise: Promise<unknown>): void;
}

export interface CollectorMessage {
  readonly body: unknown;
  readonly attempts?: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

export interface CollectorBatch {
  readonly messages: readonly CollectorMessage[];
}

/** Of a POST that was taken, wholly or in part: status 202. */
export interface CollectorAnswer {
  accepted: number;
  /** Events that no repeat of the request will bring in; `index` is their place in the body. */
  refused: { index: number; reason: string }[];
  /** ISO 8601. */
  serverTime: string;
}

/**
 * A whole Worker with `fetch` and `queue` handlers: `export default createCollector((env) => ({ … }))`. The function is called
 * once in an isolate.
 *
 * `POST {path}?sentAt={the client's clock in ms}` takes one event, an array, or JSON Lines as `application/json`,
 * `application/x-ndjson` or `text/plain`, also with `content-encoding: gzip` or `deflate`. Where `sentAt` is more than two
 * seconds off, timestamps are corrected by the difference. Answers: 202 {@link CollectorAnswer}; else `{ error }` with 400 no
 * event could be read, 403 origin or key, 404, 405, 413 too large, 415 type or encoding, 429 and 503 with `retry-after`.
 *
 * `GET {path}?…` is a transparent pixel, whatever comes of its event: `type`, `event`, `messageId`, `anonymousId`, `userId`,
 * `sessionId`, `timestamp`, `url`, `path`, `title`, `referrer`, `utm_*`, and `p.NAME` for `properties.NAME`.
 *
 * `GET /health` answers 200 `{ "status": "ok" }`, or 503 `{ "status": "full" }`.
 *
 * Without a queue events wait in the isolate's memory after the answer, for `lingerMs` or until Kinesis takes them: what ends
 * the isolate loses them. The default of `aggregation` is `'key'` here.
 */
export function createCollector<Env>(options: (env: Env) => CollectorOptions): {
  fetch(request: Request, env: Env, ctx?: CollectorContext): Promise<Response>;
  queue(batch: CollectorBatch, env: Env, ctx?: CollectorContext): Promise<void>;
};
