import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { bytes, count, oneOf } from '../core/options.js';

const MIB = 1024 * 1024;
const AGGREGATIONS = ['off', 'key', 'shard'];
const ORDERINGS = ['none', 'key'];

/** @typedef {ReturnType<typeof readProducerOptions>} Options */

/**
 * The producer's own options with their defaults. What they may not be together the core says.
 * @param {import('../types/types.js').ProducerOptions} given
 */
export function readProducerOptions(given) {
  const recordBytesMax = bytes(given.recordBytesMax, 'recordBytesMax') ?? MIB;
  const requestBytesMax = bytes(given.requestBytesMax, 'requestBytesMax') ?? Math.max(5 * MIB, recordBytesMax);
  return {
    streamName: stream(given.streamName, 'streamName'),
    streamARN: stream(given.streamARN, 'streamARN'),
    partitionKey: partitionKey(given.partitionKey),
    aggregation: oneOf(given.aggregation ?? 'off', 'aggregation', AGGREGATIONS),
    ordering: oneOf(given.ordering ?? 'none', 'ordering', ORDERINGS),
    lingerMs: count(given.lingerMs ?? 100, 'lingerMs', TIMER_MS_MAX, 0),
    requestRecordsMax: count(given.requestRecordsMax ?? 500, 'requestRecordsMax', 500),
    recordBytesMax,
    requestBytesMax,
    aggregateBytesMax: count(given.aggregateBytesMax ?? 51_200, 'aggregateBytesMax', 10 * MIB),
    requestsInFlightMax: count(given.requestsInFlightMax ?? 4, 'requestsInFlightMax', 100),
    bufferBytesMax: count(given.bufferBytesMax ?? Math.max(8 * MIB, requestBytesMax), 'bufferBytesMax', BUFFER_BYTES_MAX),
    bufferRecordsMax: count(given.bufferRecordsMax ?? 100_000, 'bufferRecordsMax', 100_000_000),
    recordAttemptsMax: count(given.recordAttemptsMax ?? 10, 'recordAttemptsMax', 1_000_000),
    recordTtlMs: count(given.recordTtlMs ?? 300_000, 'recordTtlMs', TIMER_MS_MAX),
    shardRateLimit: share(given.shardRateLimit ?? 1.5),
    outbox: outbox(given.outbox),
    onError: callback(given.onError),
  };
}

/**
 * @param {import('../types/types.js').ProducerOptions} options
 * @returns {import('../types/types.js').ProducerOptions}
 */
export function withoutUndefined(options) {
  return /** @type {any} */ (Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null)));
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function stream(value, argument) {
  if (value !== undefined && value !== null && typeof value !== 'string') {
    throw KinesisError.invalid(`${argument} must be a string, not ${kindOf(value)}`);
  }
  return value ?? undefined;
}

/** @param {unknown} value */
function partitionKey(value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'function') {
    throw KinesisError.invalid(`partitionKey must be a string or a function of the data, not ${kindOf(value)}`);
  }
  return /** @type {string | ((data: unknown) => string)} */ (value);
}

/** @param {unknown} value */
function share(value) {
  if (typeof value === 'number' && value > 0) return value;
  throw KinesisError.invalid(`shardRateLimit must be a number greater than 0, not ${String(value)}`);
}

/** @param {unknown} value */
function outbox(value) {
  if (value === undefined || value === null) return undefined;
  const given = /** @type {Record<string, unknown>} */ (value);
  if (['add', 'remove', 'all'].every((name) => typeof given[name] === 'function')) {
    return /** @type {import('../types/types.js').Outbox} */ (value);
  }
  throw KinesisError.invalid('outbox must have the functions add, remove and all');
}

/** @param {unknown} value */
function callback(value) {
  if (value === undefined || value === null || typeof value === 'function') {
    return /** @type {((error: KinesisError) => void) | undefined} */ (value ?? undefined);
  }
  throw KinesisError.invalid(`onError must be a function, not ${kindOf(value)}`);
}

/** Longer timers fire at once: they are kept in 31 bits. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** What wasm memory can hold with its copies. */
const BUFFER_BYTES_MAX = 1024 * MIB;
