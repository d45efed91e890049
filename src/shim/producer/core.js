import { startClient } from '../client/client.js';
import { NEW_PRODUCER, TELL_STATS, joined, run, told } from '../core/core.js';
import { errorFrom } from '../core/error.js';

/** @typedef {import('../core/core.js').Handle} Handle */

/**
 * The core's producer for checked options.
 * @param {import('../core/options.js').Options} client
 * @param {import('./options.js').Options} options
 */
export function startProducer(client, options) {
  const { streamName, streamARN, aggregation, ordering, recordBytesMax, requestBytesMax } = options;
  const core = startClient({ ...client, recordBytesMax, requestBytesMax }, Math.random());
  const counts = COUNTS.map((name) => /** @type {any} */ (options)[name] ?? client.requestTimeoutMs);
  try {
    run(NEW_PRODUCER, core, Number(ordering === 'key'), AGGREGATIONS.indexOf(aggregation), 0, 0, joined(streamName, streamARN), new Uint8Array(new Float64Array(counts).buffer));
  } catch (error) {
    core.free();
    throw errorFrom(error);
  }
  return core;
}

/**
 * @param {Handle | undefined} core
 * @param {{ count: number, bytes: number }} early what it has not been given yet
 * @returns {import('../types/types.js').ProducerStats}
 */
export function statsOf(core, early) {
  if (core) run(TELL_STATS, core);
  const counts = core ? JSON.parse(told) : [];
  const stats = Object.fromEntries(STATS.map((name, index) => [name, counts[index] ?? 0]));
  stats.recordsPut = (stats.recordsPut ?? 0) + early.count;
  stats.recordsBuffered = (stats.recordsBuffered ?? 0) + early.count;
  stats.bytesBuffered = (stats.bytesBuffered ?? 0) + early.bytes;
  return /** @type {any} */ (stats);
}

/** In the order in which the core takes them; what is not the producer's own option is the time for a request. @type {any[]} */
const COUNTS = [
  'lingerMs', 'requestRecordsMax', 'aggregateBytesMax', 'requestsInFlightMax', 'bufferBytesMax', 'bufferRecordsMax',
  'recordAttemptsMax', 'recordTtlMs', 'requestTimeoutMs', 'shardRateLimit',
];
/** By the core's numbers. */
const AGGREGATIONS = ['off', 'key', 'shard'];
/** In the order in which the core gives them. */
const STATS = [
  'recordsPut', 'recordsDelivered', 'recordsFailed', 'recordsBuffered', 'bytesBuffered', 'requests', 'requestsFailed',
  'recordsRetried', 'recordsThrottled', 'bytesSent', 'clockOffsetMs',
];
