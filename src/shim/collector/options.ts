import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { count } from '../core/options.js';
import { readProducerOptions } from '../producer/options.js';

/** @typedef {ReturnType<typeof readCollectorOptions>} CollectorSettings */

/**
 * The options of a collector with their defaults.
 * @param {import('../types/collector.js').CollectorOptions} given
 */
export function readCollectorOptions(given) {
  if (typeof given !== 'object' || given === null) throw KinesisError.invalid(`options must be an object, not ${kindOf(given)}`);
  const { bufferBytesMax, bufferRecordsMax, lingerMs, recordBytesMax } = readProducerOptions(given);
  const eventBytesMost = Math.min(given.queue ? EVENT_BYTES_MAX_QUEUED : EVENT_BYTES_MAX, recordBytesMax - ADDED_BYTES_MAX);
  return {
    path: path(given.path ?? '/collect'),
    origins: origins(given.allowedOrigins),
    writeKey: writeKey(given.writeKey),
    bodyBytesMax: count(given.bodyBytesMax ?? 256 * 1024, 'bodyBytesMax', 100 * 1024 * 1024),
    eventBytesMax: count(given.eventBytesMax ?? 32 * 1024, 'eventBytesMax', eventBytesMost),
    eventsMax: count(given.eventsMax ?? 1000, 'eventsMax', 100_000),
    depthMax: count(given.depthMax ?? 32, 'depthMax', 1000),
    rateLimiter: withFunction(given.rateLimiter, 'rateLimiter', 'limit'),
    queue: withFunction(given.queue, 'queue', 'sendBatch'),
    enrich: given.enrich !== false,
    pixel: given.pixel !== false,
    dropFields: dropFields(given.dropFields ?? []),
    validate: validate(given.validate),
    deliveryMsMax: count(given.deliveryMsMax ?? 30_000, 'deliveryMsMax', 840_000),
    retryDelaySeconds: count(given.retryDelaySeconds ?? 10, 'retryDelaySeconds', 43_200, 0),
    producer: { ...given, bufferBytesMax, bufferRecordsMax, lingerMs, aggregation: given.aggregation ?? 'key' },
  };
}

/** @param {unknown} value */
function path(value) {
  if (typeof value === 'string' && /^\/[^?#\s]*$/.test(value)) return value;
  throw KinesisError.invalid("path must be a path such as '/collect'");
}

/**
 * @param {unknown} value
 * @returns {Set<string> | undefined} nothing for all of them
 */
function origins(value) {
  if (value === '*') return undefined;
  if (!Array.isArray(value)) throw KinesisError.invalid(`allowedOrigins must be an array of origins, or '*', not ${kindOf(value)}`);
  value.forEach((origin, index) => {
    const isOrigin = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
    if (!isOrigin) throw KinesisError.invalid(`allowedOrigins[${index}] must be an origin such as 'https://www.example.com', without a path, and in small letters`);
  });
  return new Set(value);
}

/** @param {unknown} value */
function writeKey(value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length < 1) throw KinesisError.invalid('writeKey must be a string, and not empty');
  return new TextEncoder().encode(value);
}

/** @param {unknown} value */
function dropFields(value) {
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
  if (!isList) throw KinesisError.invalid("dropFields must be an array of names such as 'context.ip'");
  return /** @type {string[]} */ (value).map((name) => name.split('.'));
}

/** @param {import('../types/collector.js').CollectorOptions['validate']} value */
function validate(value) {
  if (value !== undefined && value !== null && typeof value !== 'function') throw KinesisError.invalid(`validate must be a function, not ${kindOf(value)}`);
  return value ?? undefined;
}

/**
 * A binding of Workers is an object of the host: it is asked for its function, no more.
 * @template T
 * @param {T | undefined} value
 * @param {string} argument
 * @param {string} name
 */
function withFunction(value, argument, name) {
  if (value === undefined || value === null) return undefined;
  if (typeof (/** @type {any} */ (value)[name]) === 'function') return value;
  throw KinesisError.invalid(`${argument} must be a binding with the function ${name}`);
}

/** A partition key, and what is added to an event. */
const ADDED_BYTES_MAX = 4096;
const EVENT_BYTES_MAX = 1_000_000;
/** Within a message of the queue. */
const EVENT_BYTES_MAX_QUEUED = 100_000;
