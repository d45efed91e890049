// Methods of a producer that only the tracker calls. Their symbols are registered globally, because a page may load the
// producer and the tracker from different bundles.
import type { Outbox } from '../outbox/types.js';
import type { ProducerOptions } from './options.js';

/**
 * `producer[takeDefaults](options, makeOutbox)` uses `options`, and an outbox from `makeOutbox`, where the producer's
 * user has set none. It has no effect after the first `put`, but that a `logger` is used where the user has set none. Returns whether the options are in use.
 */
export const takeDefaults = Symbol.for('kinesis-edge.takeDefaults');

/**
 * `producer[forget](partitionKeys, cleared)` drops, unsent and without a report, the waiting records of these partition
 * keys. With `cleared`, which settles when the outbox is empty, it also drops those that come from the outbox, and takes
 * none out of it until then.
 */
export const forget = Symbol.for('kinesis-edge.forget');

/** `producer[streamOf]` is the name or the ARN of its stream. */
export const streamOf = Symbol.for('kinesis-edge.streamOf');

/** The hooks are optional: a stand-in for a producer has none. */
export interface InternalHooks {
  [takeDefaults]?(options: Partial<ProducerOptions>, makeOutbox: ((stream: string) => Outbox) | undefined): boolean;
  [forget]?(partitionKeys: ReadonlySet<string>, cleared?: Promise<unknown>): Promise<void>;
  readonly [streamOf]?: string;
}
