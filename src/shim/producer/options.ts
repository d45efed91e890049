import { MIB, RECORD_ATTEMPTS_MAX, TIMER_MS_MAX } from '../core/limits.js';
import { CLIENT_OPTIONS, type ClientOptions } from '../client/options.js';
import { kindOf } from '../core/data.js';
import { KEY_LENGTH_MAX } from '../core/packed-batch.js';
import { KinesisError, reading } from '../core/error.js';
import { checkBytes, checkCount, checkOneOf, checkOptionalFunction } from '../core/checks.js';
import { presentMembers } from '../core/present-members.js';
import type { Outbox } from '../outbox/types.js';

/** `Event` is what `put` takes. */
export type ProducerOptions<Event = unknown> = ProducerBaseOptions<Event> & StreamOptions;

/** The stream, by name, by ARN, or by both. */
export type StreamOptions =
  { streamName: string; streamARN?: string | undefined } | { streamName?: string | undefined; streamARN: string };

/** The options of a producer, apart from its stream. */
export interface ProducerBaseOptions<Event = unknown> extends ClientOptions {
  /**
   * Key of records that `put` gives none for: one for all, or a function of the data. The type of its parameter is what
   * `put` then takes. @default a random key for each record
   * @example
   * const producer = new Producer({ streamName: 'clicks', partitionKey: (event: ClickEvent) => event.userId });
   */
  partitionKey?: string | ((data: Event) => string);
  /**
   * Many user records in one Kinesis record, in the KPL's format; consumers read the user records with the KCL, or with
   * {@link deaggregate}.
   * - `'key'`: records of one partition key. Safe across resharding; needs no permission beyond PutRecords.
   * - `'shard'`: records of one shard. Needs ListShards.
   *
   * Not for streams whose record distribution ignores partition keys.
   * @default 'off'
   */
  aggregation?: 'off' | 'key' | 'shard';
  /**
   * `'key'`: the records of one partition key reach their shard in the order in which they were put, retries included.
   * @default 'none'
   */
  ordering?: 'none' | 'key';
  /**
   * Longest time in milliseconds that a record waits for others to fill its request. Higher: fewer and fuller requests.
   * Lower: earlier delivery. Allowed: 0 to 2_147_483_647.
   * @default 100
   */
  lingerMs?: number;
  /**
   * Entries of one request. Higher: fewer requests. Lower: smaller requests; the service takes no more than 500.
   * Allowed: 1 to 500.
   * @default 500
   */
  requestRecordsMax?: number;
  /**
   * Bytes of the data of one aggregate. Higher: fewer and larger entries, and more records of one key per second with
   * `ordering`. Lower: less is sent again where an entry fails. Allowed: 1 to 10_485_760, with `aggregation` at most
   * `recordBytesMax` less 1_024 for a partition key.
   * @default 51_200, or what fits into a smaller `recordBytesMax`
   */
  aggregateBytesMax?: number;
  /**
   * Requests in flight at once. Higher: more records per second where responses take long. Lower: fewer connections and
   * less memory for bodies. Allowed: 1 to 100.
   * @default 4
   */
  requestsInFlightMax?: number;
  /**
   * Bytes of data plus partition keys that may wait in memory; past it `put` rejects with `ERR_BUFFER_FULL` and `ready`
   * is pending. Higher: a longer outage loses no record. Lower: less memory. Allowed: 1 to 1_073_741_824, at least
   * `recordBytesMax`.
   * @default 8_388_608 (8 MiB), or `requestBytesMax` and `recordBytesMax` together where that is more
   */
  bufferBytesMax?: number;
  /**
   * Records that may wait in memory; past it `put` rejects in the same way as past `bufferBytesMax`. Higher: a longer
   * outage loses no record. Lower: less memory where records are small. Allowed: 1 to 100_000_000.
   * @default 100_000
   */
  bufferRecordsMax?: number;
  /**
   * Attempts per record, the first one included; those made while offline do not count, nor those refused for a cause
   * that the operator can repair, nor those in a request that is refused as a whole and then halved. Higher:
   * fewer records are given up while Kinesis throttles. Lower: a record that cannot be delivered is given up sooner.
   * Allowed: 1 to 1_000_000.
   * @default 10
   */
  recordAttemptsMax?: number;
  /**
   * Longest time in milliseconds from `put` to the last attempt of a record; the time offline does not count, nor that
   * until the module is loaded. The records of an aggregate expire together, at most an eighth of this time early. A
   * record that comes out of an outbox has this time again. Higher: records survive longer faults. Lower: a record that
   * would arrive too late is given up. Allowed: 1 to 2_147_483_647.
   * @default 300_000
   */
  recordTtlMs?: number;
  /**
   * Share of a shard's write limits (1,000 records/s, 1 MiB/s) that this producer allows itself, with aggregation
   * `'shard'`. Higher: faster where no other producer writes; above 1 some records are throttled. Lower: room for other
   * producers. Allowed: more than 0; `Infinity` is no limit.
   * @default 1.5
   */
  shardRateLimit?: number;
  /**
   * Where records wait that must outlive this process. @default memory only
   * @example
   * outbox: indexedDBOutbox(),
   */
  outbox?: Outbox;
  /**
   * Called for every record that could not be delivered, also where its promise is not awaited, and for errors of the
   * outbox and of the WebAssembly module, which have no `partitionKey`. Without it and without a `logger`, the console
   * shows one error: that of the first failed record whose promise is not used; in Workers, of the first failed record.
   * @example
   * onError: ({ code, partitionKey, message }) => console.error(code, partitionKey, message),
   */
  onError?: (error: KinesisError) => void;
  /**
   * Whether records that Kinesis refuses because of wrong keys, a missing permission or a missing stream are sent again
   * even if no record was delivered yet. Otherwise they fail at once until one was delivered, because the options are
   * probably wrong.
   * @internal
   * @default whether there is an outbox
   */
  retriesOperatorErrors?: boolean;
  /**
   * Called when `failuresInARow` or `lastError` of `stats` have changed.
   * @internal
   */
  onFailure?: () => void;
}

/** @internal */
export type CheckedProducerOptions = ReturnType<typeof readProducerOptions>;

/**
 * The producer's own options with their defaults. The core checks limits that depend on each other (`Options::check`).
 * @internal
 */
export function readProducerOptions(options: ProducerOptions<never>) {
  return reading('options', () => readOptions(options));
}

function readOptions(options: ProducerOptions<never>) {
  if ((options.streamName ?? options.streamARN ?? undefined) === undefined)
    throw KinesisError.invalid('streamName or streamARN is missing: a producer needs one of them');
  const recordBytesMax = checkBytes(options.recordBytesMax, 'recordBytesMax') ?? MIB;
  const requestBytesMax = checkBytes(options.requestBytesMax, 'requestBytesMax') ?? Math.max(5 * MIB, recordBytesMax);
  const outbox = checkOutbox(options.outbox);
  return {
    streamName: checkStream(options.streamName, 'streamName'),
    streamARN: checkStream(options.streamARN, 'streamARN'),
    partitionKey: checkPartitionKey(options.partitionKey),
    aggregation: checkOneOf(options.aggregation ?? 'off', 'aggregation', AGGREGATIONS),
    ordering: checkOneOf(options.ordering ?? 'none', 'ordering', ORDERINGS),
    lingerMs: checkCount(options.lingerMs ?? 100, 'lingerMs', { min: 0, max: TIMER_MS_MAX }),
    requestRecordsMax: checkCount(options.requestRecordsMax ?? 500, 'requestRecordsMax', { max: 500 }),
    recordBytesMax,
    requestBytesMax,
    aggregateBytesMax: checkCount(
      options.aggregateBytesMax ?? Math.min(51_200, aggregateRoom(recordBytesMax)),
      'aggregateBytesMax',
      {
        max: 10 * MIB,
      },
    ),
    requestsInFlightMax: checkCount(options.requestsInFlightMax ?? 4, 'requestsInFlightMax', { max: 100 }),
    bufferBytesMax: checkCount(
      options.bufferBytesMax ?? Math.max(8 * MIB, requestBytesMax + recordBytesMax),
      'bufferBytesMax',
      {
        max: BUFFER_BYTES_MAX,
      },
    ),
    bufferRecordsMax: checkCount(options.bufferRecordsMax ?? 100_000, 'bufferRecordsMax', { max: 100_000_000 }),
    recordAttemptsMax: checkCount(options.recordAttemptsMax ?? 10, 'recordAttemptsMax', { max: RECORD_ATTEMPTS_MAX }),
    recordTtlMs: checkCount(options.recordTtlMs ?? 300_000, 'recordTtlMs', { max: TIMER_MS_MAX }),
    shardRateLimit: checkShardRateLimit(options.shardRateLimit ?? 1.5),
    outbox,
    retriesOperatorErrors: options.retriesOperatorErrors === true || outbox !== undefined,
    onError: checkOptionalFunction(options.onError, 'onError'),
    onFailure: options.onFailure,
  };
}

/**
 * The user's options, with other defaults. A default `aggregation` is used only if an aggregate of `aggregateBytesMax`
 * fits into a record: the core would refuse the options otherwise.
 * @internal
 */
export function withDefaults(
  userOptions: ProducerOptions<never>,
  defaults: Partial<ProducerOptions>,
): CheckedProducerOptions {
  const own = presentMembers(userOptions);
  const options = readProducerOptions({ ...defaults, ...own } as ProducerOptions);
  const canAggregate = options.aggregateBytesMax <= aggregateRoom(options.recordBytesMax);
  return canAggregate ? options : { ...options, aggregation: own.aggregation ?? 'off' };
}

/** The bytes of an aggregate, beside its partition key, in a record of at most `recordBytesMax`. At least 1. */
function aggregateRoom(recordBytesMax: number): number {
  return Math.max(1, recordBytesMax - PARTITION_KEY_BYTES_MAX);
}

/** 256 characters of four bytes. */
const PARTITION_KEY_BYTES_MAX = 1024;

function checkStream(value: unknown, argument: string): string | undefined {
  if (value !== undefined && value !== null && typeof value !== 'string') {
    throw KinesisError.invalid(`${argument} must be a string, not ${kindOf(value)}`);
  }
  return value ?? undefined;
}

function checkPartitionKey(value: unknown): string | ((data: unknown) => string) | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'function') {
    throw KinesisError.invalid(`partitionKey must be a string or a function of the data, not ${kindOf(value)}`);
  }
  if (typeof value === 'string' && (value === '' || [...value].length > KEY_LENGTH_MAX))
    throw KinesisError.invalid(`partitionKey must have 1 to ${KEY_LENGTH_MAX} characters, not ${[...value].length}`);
  return value as string | ((data: unknown) => string);
}

function checkShardRateLimit(value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw KinesisError.invalid(
    `shardRateLimit must be a number greater than 0, not ${typeof value === 'number' ? value : kindOf(value)}`,
  );
}

function checkOutbox(value: unknown): Outbox | undefined {
  if (value === undefined || value === null) return undefined;
  const members = value as Record<string, unknown>;
  if (['add', 'remove', 'all'].every((name) => typeof members[name] === 'function')) return value as Outbox;
  throw KinesisError.invalid('outbox must have the functions add, remove and all');
}

const AGGREGATIONS = ['off', 'key', 'shard'] as const;
const ORDERINGS = ['none', 'key'] as const;
/** @internal */
export const PRODUCER_OPTIONS = {
  owner: 'Producer',
  known: [
    ...CLIENT_OPTIONS.known,
    // `satisfies` makes the list complete. The values mean nothing.
    ...Object.keys({
      streamName: 0,
      streamARN: 0,
      partitionKey: 0,
      aggregation: 0,
      ordering: 0,
      lingerMs: 0,
      requestRecordsMax: 0,
      aggregateBytesMax: 0,
      requestsInFlightMax: 0,
      bufferBytesMax: 0,
      bufferRecordsMax: 0,
      recordAttemptsMax: 0,
      recordTtlMs: 0,
      shardRateLimit: 0,
      outbox: 0,
      onError: 0,
      retriesOperatorErrors: 0,
      onFailure: 0,
    } satisfies Record<Exclude<keyof ProducerOptions, keyof ClientOptions>, 0>),
  ],
  namesElsewhere: {
    ...CLIENT_OPTIONS.namesElsewhere,
    aggregate: 'aggregation',
    AggregationEnabled: 'aggregation',
    AggregationMaxSize: 'aggregateBytesMax',
    batchSize: 'requestRecordsMax',
    batchTimeout: 'lingerMs',
    bufferSize: 'bufferRecordsMax',
    CollectionMaxCount: 'requestRecordsMax',
    CollectionMaxSize: 'requestBytesMax',
    concurrency: 'requestsInFlightMax',
    flushInterval: 'lingerMs',
    flushIntervalMs: 'lingerMs',
    flushSize: 'requestRecordsMax',
    highWaterMark: 'bufferRecordsMax',
    maxBatchSize: 'requestRecordsMax',
    maxBufferBytes: 'bufferBytesMax',
    MaxConnections: 'requestsInFlightMax',
    RateLimit: 'shardRateLimit',
    rateLimit: 'shardRateLimit',
    recordMaxBufferedTime: 'lingerMs',
    RecordMaxBufferedTime: 'lingerMs',
    resendLimit: 'recordAttemptsMax',
    stream: 'streamName',
  },
};
/** What wasm memory can hold with its copies. */
export const BUFFER_BYTES_MAX = 1024 * MIB;
