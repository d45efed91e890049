import { placeOf } from '../client/options.js';
import type { AcceptedEvent } from './accepted-event.js';
import { Authorizer } from './authorizer.js';
import { readBody } from './body.js';
import { DeliveryHealth } from './delivery-health.js';
import type { Delivery } from './delivery.js';
import { DirectDelivery } from './direct-delivery.js';
import { EventEnricher } from './enricher.js';
import { type ParsedEvent, parseEvents } from './event-parser.js';
import { jsonResponse } from './json-response.js';
import { openResponse } from './open-response.js';
import { type CollectorSettings, readCollectorOptions } from './options.js';
import { eventFromQuery, pixelResponse } from './pixel.js';
import { QueueConsumer } from './queue-consumer.js';
import { QueueDelivery } from './queue-delivery.js';
import { isAdmitted } from './rate-limit.js';
import { Refusal } from './refusal.js';
import type { CollectorBatch, CollectorContext, CollectorHealth, CollectorOptions, RefusedEvent } from './types.js';
import { Validator } from './validator.js';

interface RequestUrl {
  pathname: string;
  query: URLSearchParams | undefined;
}

type CorsHeaders = Record<string, string>;
type Context = CollectorContext | undefined;

/** Serves the requests of an isolate, and the batches of its queue. */
export class Collector {
  readonly #settings: CollectorSettings;
  readonly #authorizer: Authorizer;
  readonly #validator: Validator;
  readonly #health: DeliveryHealth;
  readonly #consumer: QueueConsumer;
  readonly #delivery: Delivery;

  constructor(options: CollectorOptions) {
    this.#settings = readCollectorOptions(options);
    this.#authorizer = new Authorizer(this.#settings);
    this.#validator = new Validator(this.#settings);
    const { queue, producer } = this.#settings;
    this.#health = new DeliveryHealth({
      consequence: queue ? 'messages go back to the queue' : 'events are lost',
      isSilent: producer.onError !== undefined,
      holdsOperatorErrors: !queue,
      place: placeOf(producer),
    });
    this.#consumer = new QueueConsumer(this.#settings, this.#health);
    this.#delivery = queue ? new QueueDelivery(queue) : new DirectDelivery(this.#settings, this.#health);
  }

  async fetch(request: Request, ctx: Context): Promise<Response> {
    const url = splitUrl(request.url);
    if (url.pathname === '/health') return this.#serveHealth(request);
    if (url.pathname !== this.#settings.path) return openResponse(request, 404, 'there is nothing at this path');
    const headers = this.#authorizer.corsHeaders(request);
    try {
      return await this.#serve(request, url, headers, ctx);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return jsonResponse(error.status, { error: error.reason }, { ...headers, ...error.headers });
    }
  }

  consume(batch: CollectorBatch): Promise<void> {
    return this.#consumer.consume(batch);
  }

  #serveHealth(request: Request): Response {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) return openResponse(request, 405, METHOD_REFUSED, { allow: 'GET, HEAD' });
    const health = this.#readHealth();
    return health.status === 'ok' ? jsonResponse(200, health) : jsonResponse(503, health, { 'retry-after': '5' });
  }

  #readHealth(): CollectorHealth {
    this.#delivery.updateHealth();
    const { reason } = this.#health;
    if (this.#delivery.isFull()) return { status: 'full', ...(reason && { reason }) };
    return reason ? { status: 'failing', reason } : { status: 'ok' };
  }

  #serve(request: Request, url: RequestUrl, headers: CorsHeaders, ctx: Context): Promise<Response> | Response {
    switch (request.method) {
      case 'POST':
        return this.#servePost(request, url, headers, ctx);
      case 'GET':
        return this.#servePixel(request, url, headers, ctx);
      case 'HEAD':
        return pixelResponse(headers);
      case 'OPTIONS':
        return this.#authorizer.preflight(request, headers);
      default:
        throw new Refusal(405, METHOD_REFUSED, { allow: 'GET, HEAD, POST, OPTIONS' });
    }
  }

  async #servePost(request: Request, { query }: RequestUrl, headers: CorsHeaders, ctx: Context): Promise<Response> {
    this.#authorizer.authorize(request, query);
    if (this.#settings.rateLimiter) await this.#limitRate(request);
    const { text, isLines } = await readBody(request, this.#settings.bodyBytesMax);
    const { events, refused } = parseEvents(text, isLines, this.#settings);
    const enricher = new EventEnricher(request, this.#settings, this.#validator, query?.get('sentAt') ?? null);
    const accepted = enrichAll(enricher, events, refused);
    if (accepted.length > 0) await this.#delivery.deliver(accepted, ctx);
    refused.sort((a, b) => a.index - b.index);
    return jsonResponse(202, { accepted: accepted.length, refused, serverTime: enricher.serverTime }, headers);
  }

  /** The response is the same pixel whether the event is accepted or refused. */
  async #servePixel(request: Request, { query }: RequestUrl, headers: CorsHeaders, ctx: Context): Promise<Response> {
    if (!query || !this.#settings.pixel) return pixelResponse(headers);
    try {
      this.#authorizer.authorizePixel(request, query);
      await this.#limitRate(request);
      const enricher = new EventEnricher(request, this.#settings, this.#validator, null);
      const accepted = enrichAll(enricher, [{ index: 0, event: eventFromQuery(query) }], []);
      if (accepted.length > 0) await this.#delivery.deliver(accepted, ctx);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    return pixelResponse(headers);
  }

  async #limitRate(request: Request): Promise<void> {
    const { rateLimiter } = this.#settings;
    if (!rateLimiter) return;
    const key = request.headers.get('cf-connecting-ip') ?? 'unknown';
    const isOverLimit = !(await isAdmitted(rateLimiter, key));
    if (isOverLimit) throw new Refusal(429, 'too many requests from this address', { 'retry-after': '10' });
  }
}

/** @param refused receives the events that the enricher refuses */
function enrichAll(enricher: EventEnricher, events: ParsedEvent[], refused: RefusedEvent[]): AcceptedEvent[] {
  const accepted: AcceptedEvent[] = [];
  for (const { index, event } of events) {
    const result = enricher.enrich(event);
    if (typeof result === 'string') refused.push({ index, reason: result });
    else accepted.push(result);
  }
  return accepted;
}

/** A request's URL is normalised already, so it is split without a parser. */
function splitUrl(url: string): RequestUrl {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?');
  if (end < 0) return { pathname: url.slice(start), query: undefined };
  return { pathname: url.slice(start, end), query: new URLSearchParams(url.slice(end)) };
}

const METHOD_REFUSED = 'the method is not allowed here';
