// What the tracker asks of a producer that it is given, and nobody else needs. In the registry of symbols, because a page may
// load the two from different bundles.

/**
 * `producer[takeDefaults](options)`: options in place of the defaults, where the producer's user has set none. Only before the first
 * `put`; returns whether they were taken.
 */
export const takeDefaults = Symbol.for('kinesis-edge.takeDefaults');

/** `producer[forget](partitionKey)`: drops, unsent and without a report, what waits under a partition key. */
export const forget = Symbol.for('kinesis-edge.forget');
