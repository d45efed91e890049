import type { ProducerCounts } from '../generated/producer-module.js';

export type { ProducerCounts };

/** The counts of a producer that has no core. */
export function noCounts(): ProducerCounts {
  return {
    recordsPut: 0,
    recordsDelivered: 0,
    recordsFailed: 0,
    recordsBuffered: 0,
    bytesBuffered: 0,
    requests: 0,
    requestsFailed: 0,
    recordsRetried: 0,
    recordsThrottled: 0,
    bytesSent: 0,
    clockOffsetMs: 0,
  };
}

/** Sums of the counts of all replaced cores. */
export class EarlierCounts {
  #counts = noCounts();

  get haveDelivered(): boolean {
    return this.#counts.recordsDelivered > 0;
  }

  /** Adds the counts of a core that was lost. The records that it had buffered are no longer buffered. */
  addCore(last: ProducerCounts): void {
    const { recordsDelivered, recordsFailed } = last;
    this.#add({
      ...last,
      recordsPut: recordsDelivered + recordsFailed,
      recordsBuffered: 0,
      bytesBuffered: 0,
      clockOffsetMs: 0,
    });
  }

  /** Adds records that have failed outside of a core. */
  addFailed(records: number): void {
    this.#add({ ...noCounts(), recordsPut: records, recordsFailed: records });
  }

  /** These counts, with those of the current core and the records that wait for a core. */
  with(core: ProducerCounts, waiting: { count: number; bytes: number }): ProducerCounts {
    const sum = added(this.#counts, core);
    return {
      ...sum,
      recordsPut: sum.recordsPut + waiting.count,
      recordsBuffered: sum.recordsBuffered + waiting.count,
      bytesBuffered: sum.bytesBuffered + waiting.bytes,
    };
  }

  #add(counts: ProducerCounts): void {
    this.#counts = added(this.#counts, counts);
  }
}

function added(one: ProducerCounts, other: ProducerCounts): ProducerCounts {
  const sum = { ...one };
  for (const name of Object.keys(sum) as (keyof ProducerCounts)[]) sum[name] += other[name];
  return sum;
}
