// Methods of a producer that only the tracker calls. Their symbols are registered globally, because a page may load the
// producer and the tracker from different bundles.
import type { Outbox } from '../outbox/types.js';
import type { ProducerOptions } from './options.js';

/**
 * `producer[applyDefaults](options, makeOutbox)` sets each of `options` that the producer's user has not set, and the
 * outbox that `makeOutbox` returns if the user has set none. After the first `put` only a `logger` is still set.
 * Returns whether the other options were set as well.
 */
export const applyDefaults = Symbol.for('kinesis-edge.applyDefaults');

/**
 * `producer[dropRecords](partitionKeys, outboxEmptied)` drops the buffered records of these partition keys, unsent and
 * without a call of `onError`. `outboxEmptied`, if it is given, settles when the outbox is empty: all records that
 * earlier pages have left in the outbox are then dropped too, and until it settles no more of them are read.
 */
export const dropRecords = Symbol.for('kinesis-edge.dropRecords');

/** `producer[streamOf]` is the name or the ARN of its stream. */
export const streamOf = Symbol.for('kinesis-edge.streamOf');

/** The hooks are optional: a stand-in for a producer has none. */
export interface InternalHooks {
  [applyDefaults]?(options: Partial<ProducerOptions>, makeOutbox: ((stream: string) => Outbox) | undefined): boolean;
  [dropRecords]?(partitionKeys: ReadonlySet<string>, outboxEmptied?: Promise<unknown>): Promise<void>;
  readonly [streamOf]?: string;
}
