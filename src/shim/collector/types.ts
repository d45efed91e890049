import type { ClickstreamEvent } from '../tracker/types.js';
import type { ProducerBaseOptions, StreamOptions } from '../producer/options.js';
import type { FailureReason } from './failure-reason.js';

/**
 * A collector accepts events with further fields, and keeps them. `track` needs `event`. `event` and the four ids have
 * 1 to 256 characters (Unicode code points). A `timestamp` is a date, or date and time, of ISO 8601 in its extended
 * format, such as `2026-01-31` or `2026-01-31T12:00:00+02:00`, in UTC where it has no offset; the collector stores it
 * as `2026-01-31T10:00:00.000Z`. The collector fills in what is missing: `messageId` with a random UUID, `timestamp`
 * with its own clock. An event without `anonymousId` gets a random partition key.
 */
export type { ClickstreamEvent } from '../tracker/types.js';
export type { FailureReason } from './failure-reason.js';

/**
 * The options of a collector, and of the producer behind it. Sizes are bytes before any encoding; times are
 * milliseconds unless the name says otherwise.
 */
export type CollectorOptions = CollectorBaseOptions & StreamOptions;

/** The options of a collector, apart from its stream. */
export interface CollectorBaseOptions extends ProducerBaseOptions {
  /** The path of the URL at which the collector accepts events. @default '/collect' */
  path?: string;
  /**
   * The origins whose pages may send events, each exactly as browsers write it and without a wildcard, or `'*'`. A
   * request from any other origin is refused with 403, and so is a request with neither an origin nor the write key.
   * With `'*'` every request needs the write key, if there is one; without one everybody may send.
   */
  allowedOrigins: string[] | '*';
  /**
   * The largest body, both as it is transferred and decompressed. A larger one is refused with 413.
   * @default 262_144 (256 KiB)
   */
  bodyBytesMax?: number;
  /**
   * The largest event, as JSON before the collector adds to it. A larger one is refused; the other events of the body
   * are accepted.
   * @default 32_768 (32 KiB); at most 1_000_000, with a queue 100_000, and 4 KiB less than `recordBytesMax`
   */
  eventBytesMax?: number;
  /** The most events in a body. A body with more is refused with 413. @default 1000 */
  eventsMax?: number;
  /**
   * The most levels of nested objects and arrays; the event itself is the first. A deeper event is refused.
   * @default 32
   */
  depthMax?: number;
  /**
   * A shared key for clients that are not browsers, and with `allowedOrigins: '*'` for all. They send it in the header
   * `x-write-key`, or as `k` in the query, where logs of URLs show it. The collector compares it in constant time.
   */
  writeKey?: string;
  /**
   * Workers' rate limiting binding. The key is the client's IP address; a request over the limit is refused with 429. A
   * binding that fails, or does not answer within a second, admits every request.
   * @example
   * rateLimiter: env.RATE_LIMITER,
   */
  rateLimiter?: RateLimiterBinding;
  /**
   * A Workers Queue. The collector responds once the queue has the events, and the queue keeps them until Kinesis has
   * acknowledged them. A queue that fails, or takes no batch within 10 seconds, is a response with 503.
   * @example
   * queue: env.EVENTS,
   */
  queue?: QueueBinding;
  /** Whether the collector adds {@link RequestFacts} to each event. @default true */
  enrich?: boolean;
  /**
   * Fields to remove from every event, those that the collector adds included: `['context.ip', 'userId']`.
   * @default []
   */
  dropFields?: string[];
  /**
   * Whether GET accepts an event in its query, from a request with no origin or an allowed one; with `allowedOrigins:
   * '*'` and a write key, from a request with the key as `k`. Without it GET only returns the pixel.
   * @default true
   */
  pixel?: boolean;
  /**
   * A further check of each event that has the right fields. `true` accepts it. A text refuses it and is the reason
   * that the client receives; `false`, or an exception, refuses it without one. A promise refuses it: the check must
   * answer at once. It may change the event, which is refused where it then has wrong fields, or is no JSON.
   * @example
   * validate({ event, properties }) {
   *   return event !== 'order' || typeof properties?.sum === 'number' || 'an order needs a sum';
   * },
   */
  validate?: (event: ClickstreamEvent) => boolean | string;
  /**
   * Queue mode: the longest that a batch waits for Kinesis before its messages return to the queue.
   * @default 30_000; at most 840_000, as Workers end a batch after 15 minutes
   */
  deliveryMsMax?: number;
  /**
   * Queue mode: the delay before a message is delivered again, in seconds. It doubles with each attempt, up to 900; a
   * longer one stays as it is. At most 43_200.
   * @default 10
   */
  retryDelaySeconds?: number;
}

/** https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ */
export interface RateLimiterBinding {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** https://developers.cloudflare.com/queues/configuration/javascript-apis/#queue */
export interface QueueBinding {
  sendBatch(messages: Iterable<{ body: unknown; contentType?: 'text' }>): Promise<unknown>;
}

/**
 * What `enrich` adds to an event's `context`, in place of fields of the same names from the client. Facts that are
 * unknown are left out. Beside the context the event gets `receivedAt`, the collector's clock in ISO 8601.
 */
export interface RequestFacts {
  /**
   * This and the next three come from Workers' `request.cf`:
   * https://developers.cloudflare.com/workers/runtime-apis/request/#incomingrequestcfproperties
   */
  country?: string;
  city?: string;
  colo?: string;
  asn?: number;
  /** The network of the client's address: its /24 of IPv4 (`203.0.113.0`) or its /48 of IPv6 (`2001:db8:1::`). */
  ip?: string;
  userAgent?: UserAgent;
}

/** What a User-Agent header says, precise enough to group events by and too coarse to identify a visitor. */
export interface UserAgent {
  browser?: string;
  /** The major version of the browser. */
  version?: number;
  os?: string;
  mobile: boolean;
  bot: boolean;
}

/**
 * The context that Workers pass to a handler. Node needs none. Where Workers get none, or its `waitUntil` does not
 * work, the response waits until the events are delivered, and is 503 where they are not within 30 seconds.
 */
export interface CollectorContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** A message of a Workers Queue. */
export interface CollectorMessage {
  readonly body: unknown;
  readonly attempts?: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** A batch of messages, as a Workers Queue delivers it. */
export interface CollectorBatch {
  readonly messages: readonly CollectorMessage[];
}

/** The body of a 202 response: the collector has accepted the POST, wholly or in part. */
export interface CollectorAnswer {
  /** The number of accepted events. */
  accepted: number;
  /** The events that the collector refuses, however often the request is repeated. */
  refused: RefusedEvent[];
  /** The collector's clock in ISO 8601. */
  serverTime: string;
}

/** The body of a `/health` response, of the isolate that responds. Its status is 200 for `ok` and 503 otherwise. */
export interface CollectorHealth {
  /**
   * - `ok`: events are delivered, or nothing is known to the contrary.
   * - `failing`: the last events were not delivered, and none after them.
   * - `full`: no more events are accepted now, because the buffer or the queue takes none.
   */
  status: 'ok' | 'failing' | 'full';
  /**
   * Why events are not delivered. The log has AWS's exception name.
   * - `credentials`, `permission`, `stream`, `encryption`: what the operator must repair: the access key, its
   *   permission to put into the stream, the region or the name of the stream, its permission to use the key of an
   *   encrypted stream.
   * - `throttled`, `unavailable`: Kinesis takes less than there is, or does not respond.
   * - `refused`: Kinesis refuses the events themselves.
   */
  reason?: FailureReason;
}

export interface RefusedEvent {
  /** The position of the event in the body, from 0. */
  index: number;
  reason: string;
}

/** The handlers of a Worker. */
export interface CollectorHandlers<Env> {
  fetch(request: Request, env: Env, ctx?: CollectorContext): Promise<Response>;
  queue(batch: CollectorBatch, env: Env, ctx?: CollectorContext): Promise<void>;
}
