import { kindOf } from '../core/data.js';
import { describe } from '../core/describe.js';
import { KinesisError } from '../core/error.js';
import { checkCount, checkFlag, checkOptionalFunction, parseUrl } from '../core/checks.js';
import { checkSpelling } from '../core/option-names.js';
import { PRODUCER_OPTIONS, type ProducerOptions, readProducerOptions } from '../producer/options.js';
import type { CollectorOptions } from './types.js';

export type CollectorSettings = ReturnType<typeof readCollectorOptions>;

/** Checks the options of a collector and fills in their defaults. */
export function readCollectorOptions(options: CollectorOptions) {
  if (typeof options !== 'object' || options === null) {
    throw KinesisError.invalid(`options must be an object, not ${kindOf(options)}`);
  }
  checkSpelling(options, COLLECTOR_OPTIONS);
  const { bufferBytesMax, bufferRecordsMax, lingerMs, recordBytesMax } = readProducerOptions(options);
  const transportLimit = options.queue ? QUEUED_BYTES_MAX : EVENT_BYTES_MAX;
  const eventBytesLimit = Math.min(transportLimit, recordBytesMax - ADDED_BYTES_MAX);
  if (eventBytesLimit < 1)
    throw KinesisError.invalid(`recordBytesMax must be above ${ADDED_BYTES_MAX}, which a collector adds to an event`);
  return {
    path: path(options.path ?? '/collect'),
    origins: origins(options.allowedOrigins),
    writeKey: writeKey(options.writeKey),
    bodyBytesMax: checkCount(options.bodyBytesMax ?? 256 * 1024, 'bodyBytesMax', { max: 100 * 1024 * 1024 }),
    eventBytesMax: checkCount(options.eventBytesMax ?? Math.min(32 * 1024, eventBytesLimit), 'eventBytesMax', {
      max: eventBytesLimit,
    }),
    eventsMax: checkCount(options.eventsMax ?? 1000, 'eventsMax', { max: 100_000 }),
    depthMax: checkCount(options.depthMax ?? 32, 'depthMax', { max: 1000 }),
    rateLimiter: binding(options.rateLimiter, 'rateLimiter', 'limit'),
    queue: binding(options.queue, 'queue', 'sendBatch'),
    enrich: checkFlag(options.enrich ?? true, 'enrich'),
    pixel: checkFlag(options.pixel ?? true, 'pixel'),
    dropFields: fieldPaths(options.dropFields ?? []),
    validate: checkOptionalFunction(options.validate, 'validate'),
    deliveryMsMax: checkCount(options.deliveryMsMax ?? 30_000, 'deliveryMsMax', { max: 840_000 }),
    retryDelaySeconds: checkCount(options.retryDelaySeconds ?? 10, 'retryDelaySeconds', { min: 0, max: 43_200 }),
    producer: {
      ...producerOptionsOf(options),
      bufferBytesMax,
      bufferRecordsMax,
      lingerMs,
      aggregation: options.aggregation ?? 'key',
    },
  };
}

function producerOptionsOf(options: CollectorOptions): ProducerOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !OWN_OPTIONS.includes(name))) as ProducerOptions;
}

function path(value: unknown): string {
  const url = typeof value === 'string' && /^\/[^?#\s]*$/.test(value) ? parseUrl(`https://host${value}`) : undefined;
  if (url?.pathname === '/health')
    throw KinesisError.invalid("path must not be '/health', where the collector reports its health");
  if (url) return url.pathname;
  throw KinesisError.invalid(`path must begin with / and have no query, such as '/collect', not ${describe(value)}`);
}

/** @returns `undefined` for all origins */
function origins(value: unknown): Set<string> | undefined {
  if (value === '*') return undefined;
  if (!Array.isArray(value)) {
    throw KinesisError.invalid(`allowedOrigins must be an array of origins, or '*', not ${describe(value)}`);
  }
  value.forEach((origin, index) => {
    const hasWildcard = typeof origin === 'string' && origin.includes('*');
    if (
      typeof origin === 'string' &&
      (APP_ORIGIN.test(origin) || (!hasWildcard && parseUrl(origin)?.origin === origin))
    )
      return;
    const remedy = hasWildcard ? `: ${NO_WILDCARD}` : '';
    throw KinesisError.invalid(`allowedOrigins[${index}] must be ${ORIGIN}, not ${describe(origin)}${remedy}`);
  });
  return new Set(value);
}

/** The message does not repeat the key. */
function writeKey(value: unknown): Uint8Array | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return new TextEncoder().encode(value);
  const problem = value === '' ? 'an empty one' : kindOf(value);
  throw KinesisError.invalid(`writeKey must be a string that is not empty, not ${problem}`);
}

/** Each path as the names on it. */
function fieldPaths(value: unknown): string[][] {
  if (!Array.isArray(value)) {
    throw KinesisError.invalid(`dropFields must be an array of names such as 'context.ip', not ${describe(value)}`);
  }
  return value.map((name: unknown, index) => {
    if (typeof name === 'string' && name !== '') return name.split('.');
    throw KinesisError.invalid(`dropFields[${index}] must be a name such as 'context.ip', not ${describe(name)}`);
  });
}

/** A binding of Workers is an object of the host: the check is for its method alone. */
function binding<T extends object>(value: T | undefined, argument: string, method: keyof T & string): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value[method] === 'function') return value;
  throw KinesisError.invalid(`${argument} must be a binding with the method ${method}, not ${describe(value)}`);
}

const OWN_OPTIONS = Object.keys({
  path: 0,
  allowedOrigins: 0,
  bodyBytesMax: 0,
  eventBytesMax: 0,
  eventsMax: 0,
  depthMax: 0,
  writeKey: 0,
  rateLimiter: 0,
  queue: 0,
  enrich: 0,
  dropFields: 0,
  pixel: 0,
  validate: 0,
  deliveryMsMax: 0,
  retryDelaySeconds: 0,
} satisfies Record<Exclude<keyof CollectorOptions, keyof ProducerOptions>, 0>);
const COLLECTOR_OPTIONS = {
  ...PRODUCER_OPTIONS,
  owner: 'createCollector',
  known: [...PRODUCER_OPTIONS.known, ...OWN_OPTIONS],
};
const ORIGIN = "an origin such as 'https://www.example.com', without a path and in lower case";
/** Of an app in a WebView, such as `capacitor://localhost`: `URL` has no origin for such a scheme. */
const APP_ORIGIN = /^(?!https?:)[a-z][a-z\d+.-]*:\/\/[a-z\d.-]+(:\d+)?$/;
const NO_WILDCARD = "name each origin, or allow all of them by allowedOrigins: '*'";
/** The most that the collector adds to an event, with its partition key. */
const ADDED_BYTES_MAX = 4096;
const EVENT_BYTES_MAX = 1_000_000;
/** An event must fit into a message of the queue. */
const QUEUED_BYTES_MAX = 100_000;
