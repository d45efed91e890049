import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { MIB, bytes, count, oneOf } from '../core/options.js';
import { TIMER_MS_MAX } from '../core/time.js';
import type { Outbox, ProducerOptions } from '../types/types.js';

export type Options = ReturnType<typeof readProducerOptions>;

/** The producer's own options with their defaults. What they may not be together the core says. */
export function readProducerOptions(given: ProducerOptions) {
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

export function withoutUndefined(options: ProducerOptions): ProducerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null)) as unknown as ProducerOptions;
}

function stream(value: unknown, argument: string): string | undefined {
  if (value !== undefined && value !== null && typeof value !== 'string') {
    throw KinesisError.invalid(`${argument} must be a string, not ${kindOf(value)}`);
  }
  return value ?? undefined;
}

function partitionKey(value: unknown): string | ((data: unknown) => string) | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'function') {
    throw KinesisError.invalid(`partitionKey must be a string or a function of the data, not ${kindOf(value)}`);
  }
  return value as string | ((data: unknown) => string);
}

function share(value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw KinesisError.invalid(`shardRateLimit must be a number greater than 0, not ${typeof value === 'number' ? value : kindOf(value)}`);
}

function outbox(value: unknown): Outbox | undefined {
  if (value === undefined || value === null) return undefined;
  const given = value as Record<string, unknown>;
  if (['add', 'remove', 'all'].every((name) => typeof given[name] === 'function')) return value as Outbox;
  throw KinesisError.invalid('outbox must have the functions add, remove and all');
}

function callback(value: unknown): ((error: KinesisError) => void) | undefined {
  if (value === undefined || value === null || typeof value === 'function') return (value ?? undefined) as ((error: KinesisError) => void) | undefined;
  throw KinesisError.invalid(`onError must be a function, not ${kindOf(value)}`);
}

const AGGREGATIONS = ['off', 'key', 'shard'] as const;
const ORDERINGS = ['none', 'key'] as const;
/** What wasm memory can hold with its copies. */
const BUFFER_BYTES_MAX = 1024 * MIB;
