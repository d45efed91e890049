import { Histogram, type HistogramStats } from './histogram.js';

/** Distributions since the producer was made, under the names and with the meanings of the KPL's metrics. */
export interface Histograms {
  /** For each user record: milliseconds from `put` to the first request that has the record. */
  bufferingTimeMs: HistogramStats;
  /** Of each PutRecords request: milliseconds to the last byte of its response, or until it counts as lost. */
  requestTimeMs: HistogramStats;
  /** Of each Kinesis record that was stored: how many user records it contains; 1 without aggregation. */
  userRecordsPerKinesisRecord: HistogramStats;
  /** Of each user record that has settled: its attempts that count, less one; 0 where the first was the last. */
  retriesPerRecord: HistogramStats;
}

/** What a producer measures, over all cores that it has had. */
export class Measurements {
  readonly bufferingTimeMs = new Histogram();
  readonly requestTimeMs = new Histogram();
  readonly userRecordsPerKinesisRecord = new Histogram();
  readonly retriesPerRecord = new Histogram();

  /** @param buffered from the core, in turn: a time in milliseconds, and how many records have waited for so long */
  addBuffered(buffered: Uint32Array): void {
    for (let at = 0; at < buffered.length; at += 2)
      this.bufferingTimeMs.add(buffered[at] as number, buffered[at + 1] as number);
  }

  get stats(): Histograms {
    return {
      bufferingTimeMs: this.bufferingTimeMs.stats,
      requestTimeMs: this.requestTimeMs.stats,
      userRecordsPerKinesisRecord: this.userRecordsPerKinesisRecord.stats,
      retriesPerRecord: this.retriesPerRecord.stats,
    };
  }
}
