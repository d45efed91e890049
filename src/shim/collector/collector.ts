import { Access } from './access.js';
import { Refusal, answer, pixel } from './answer.js';
import { readText } from './body.js';
import { Consumer } from './consumer.js';
import { Direct } from './direct.js';
import { readEvents } from './json.js';
import { readCollectorOptions } from './options.js';
import { eventOf } from './pixel.js';
import { Queued } from './queue.js';
import { Stamp } from './stamp.js';
import { KinesisError } from '../core/error.js';

/**
 * @typedef {import('../types/collector.js').CollectorOptions} CollectorOptions
 * @typedef {import('../types/collector.js').CollectorContext} Context
 * @typedef {{ data: string, partitionKey: string | undefined }} Taken an event as the stream gets it
 * @typedef {{ index: number, reason: string }} Refused
 * @typedef {{ pathname: string, query: URLSearchParams | undefined }} Place
 */

/**
 * A whole Worker: `export default createCollector((env) => ({ … }))`.
 * @template Env
 * @param {(env: Env) => CollectorOptions} options
 */
export function createCollector(options) {
  /** @type {Collector | undefined} */
  let collector;
  // An isolate serves many requests: its options are read, and its producer is made, once.
  const ofIsolate = (/** @type {Env} */ env) => (collector ??= new Collector(options(env)));
  return {
    /** @param {Request} request @param {Env} env @param {Context} [ctx] @returns {Promise<Response>} */
    async fetch(request, env, ctx) {
      try {
        return await ofIsolate(env).fetch(request, ctx);
      } catch (error) {
        console.error(`kinesis-edge/collector: ${nameOf(error)}`);
        return answer(500, { error: 'the collector failed: its log says why' });
      }
    },
    /** @param {import('../types/collector.js').CollectorBatch} batch @param {Env} env @param {Context} [ctx] @returns {Promise<void>} */
    async queue(batch, env, ctx) {
      const drained = ofIsolate(env).drain(batch);
      ctx?.waitUntil(drained);
      await drained;
    },
  };
}

/** What an isolate keeps. */
class Collector {
  #options;
  #access;
  #consumer;
  #delivery;

  /** @param {CollectorOptions} given */
  constructor(given) {
    this.#options = readCollectorOptions(given);
    this.#access = new Access(this.#options);
    this.#consumer = new Consumer(this.#options);
    const { queue } = this.#options;
    this.#delivery = queue ? new Queued(queue) : new Direct(this.#options);
  }

  /**
   * @param {Request} request
   * @param {Context | undefined} ctx
   */
  async fetch(request, ctx) {
    const url = split(request.url);
    if (url.pathname === '/health') return this.#health(request.method);
    if (url.pathname !== this.#options.path) return answer(404, { error: 'there is nothing at this path' });
    const headers = this.#access.headers(request);
    try {
      return await this.#serve(request, url, headers, ctx);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // What is not read is called off, so that a large body costs nothing.
      request.body?.cancel().catch(() => {});
      return answer(error.status, { error: error.reason }, { ...headers, ...error.headers });
    }
  }

  /** @param {import('../types/collector.js').CollectorBatch} batch */
  drain(batch) {
    return this.#consumer.drain(batch);
  }

  /** @param {string} method */
  #health(method) {
    if (method !== 'GET' && method !== 'HEAD') return answer(405, { error: 'the method is not allowed here' }, { allow: 'GET, HEAD' });
    return this.#delivery.isFull() ? answer(503, { status: 'full' }, { 'retry-after': '5' }) : answer(200, { status: 'ok' });
  }

  /**
   * @param {Request} request
   * @param {Place} url
   * @param {Record<string, string>} headers
   * @param {Context | undefined} ctx
   */
  #serve(request, url, headers, ctx) {
    switch (request.method) {
      case 'POST':
        return this.#collect(request, url, headers, ctx);
      case 'GET':
        return this.#look(request, url, headers, ctx);
      case 'HEAD':
        return pixel(headers);
      case 'OPTIONS':
        return this.#access.preflight(request, headers);
      default:
        throw new Refusal(405, 'the method is not allowed here', { allow: 'GET, HEAD, POST, OPTIONS' });
    }
  }

  /**
   * @param {Request} request
   * @param {Place} url
   * @param {Record<string, string>} headers
   * @param {Context | undefined} ctx
   */
  async #collect(request, url, headers, ctx) {
    this.#access.admit(request, url.query);
    if (this.#options.rateLimiter) await this.#limit(request);
    const { text, isLines } = await readText(request, this.#options.bodyBytesMax);
    const { items, refused } = readEvents(text, isLines, this.#options);
    const stamp = new Stamp(request, this.#options, url.query?.get('sentAt') ?? null);
    const events = this.#take(stamp, items, refused);
    if (events.length > 0) await this.#delivery.take(events, ctx);
    refused.sort((a, b) => a.index - b.index);
    return answer(202, { accepted: events.length, refused, serverTime: stamp.serverTime }, headers);
  }

  /**
   * The pixel: its answer is the same whatever comes of it.
   * @param {Request} request
   * @param {Place} url
   * @param {Record<string, string>} headers
   * @param {Context | undefined} ctx
   */
  async #look(request, url, headers, ctx) {
    if (!url.query || !this.#options.pixel) return pixel(headers);
    try {
      this.#access.admitPixel(request);
      await this.#limit(request);
      const stamp = new Stamp(request, this.#options, null);
      const events = this.#take(stamp, [{ index: 0, event: eventOf(url.query) }], []);
      if (events.length > 0) await this.#delivery.take(events, ctx);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    return pixel(headers);
  }

  /**
   * @param {Stamp} stamp
   * @param {{ index: number, event: Record<string, unknown> }[]} items
   * @param {Refused[]} refused those that are not taken are added
   * @returns {Taken[]}
   */
  #take(stamp, items, refused) {
    /** @type {Taken[]} */
    const events = [];
    for (const { index, event } of items) {
      const taken = stamp.take(event);
      if (typeof taken === 'string') refused.push({ index, reason: taken });
      else events.push(taken);
    }
    return events;
  }

  /** @param {Request} request */
  async #limit(request) {
    const { rateLimiter } = this.#options;
    if (!rateLimiter) return;
    const key = request.headers.get('cf-connecting-ip') ?? 'unknown';
    // A limiter that fails lets everybody in: it guards a quota, not the data.
    const { success } = await rateLimiter.limit({ key }).catch(() => ({ success: true }));
    if (!success) throw new Refusal(429, 'too many requests from this address', { 'retry-after': '10' });
  }
}

/**
 * A request's URL is in its normal form: to take it apart needs no parser.
 * @param {string} url
 * @returns {Place}
 */
function split(url) {
  const at = url.indexOf('?');
  const end = at < 0 ? url.length : at;
  return { pathname: url.slice(url.indexOf('/', url.indexOf('//') + 2), end), query: at < 0 ? undefined : new URLSearchParams(url.slice(at)) };
}

/**
 * For the log. A message of the package never holds a secret; anything else's might.
 * @param {unknown} error
 */
function nameOf(error) {
  if (error instanceof KinesisError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.name : typeof error;
}
