import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { nameOrCode } from '../core/exception-topic.js';
import type { HistogramStats } from '../producer/histogram.js';
import type { ProducerStats } from '../producer/types.js';
import { HISTOGRAMS, NUMBERS, type NumberMetric } from './metrics.js';

/** What is known of a target: all of a producer's `stats`, or a few counts of a client. */
export type TargetStats = Partial<ProducerStats> & { requestsInFlight?: number };

/** Metrics whose values are read when the SDK collects them. */
export class StatsMetrics {
  readonly #meter: Meter;
  readonly #read: () => TargetStats | undefined;
  readonly #attributes: Attributes;
  readonly #numbers: [Observable, NumberMetric][];
  readonly #histograms: [Observable, (typeof HISTOGRAMS)[number]][];
  readonly #lastError: Observable;

  /** @param read must not keep alive what it reads */
  constructor(meter: Meter, read: () => TargetStats | undefined, attributes: Attributes) {
    this.#meter = meter;
    this.#read = read;
    this.#attributes = attributes;
    const stats = read() ?? {};
    const isThere = ({ read: readNumber }: NumberMetric) => readNumber(stats) !== undefined;
    this.#numbers = NUMBERS.filter(isThere).map((one) => [meter[one.create](one.name, optionsOf(one)), one]);
    const histograms = stats.histograms ? HISTOGRAMS : [];
    this.#histograms = histograms.map((one) => [meter.createObservableGauge(one.name, optionsOf(one)), one]);
    this.#lastError = meter.createObservableGauge('kinesis_edge.last_error.time', {
      description: 'When the last failure was, also where a retry has succeeded since: seconds since 1970',
      unit: 's',
    });
    meter.addBatchObservableCallback(this.#observe, this.#observables);
  }

  end(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#observables);
  }

  get #observables(): Observable[] {
    return [...this.#numbers.map(([one]) => one), ...this.#histograms.map(([one]) => one), this.#lastError];
  }

  readonly #observe = (result: BatchObservableResult): void => {
    const stats = this.#read();
    if (!stats) return;
    const { histograms, lastError } = stats;
    for (const [instrument, { read }] of this.#numbers)
      result.observe(instrument, read(stats) as number, this.#attributes);
    if (histograms)
      for (const [instrument, { read, scale }] of this.#histograms)
        this.#observeStatistics(result, instrument, read(histograms), scale);
    if (lastError) {
      result.observe(this.#lastError, lastError.at / 1000, {
        ...this.#attributes,
        'error.type': nameOrCode(lastError),
      });
    }
  };

  #observeStatistics(
    result: BatchObservableResult,
    instrument: Observable,
    { count, ...statistics }: HistogramStats,
    scale: number,
  ): void {
    // A histogram without values has no mean.
    if (count === 0) return;
    for (const [name, value] of Object.entries(statistics))
      result.observe(instrument, value / scale, { ...this.#attributes, 'kinesis_edge.statistic': name });
  }
}

function optionsOf({ description, unit }: { description: string; unit: string }) {
  return { description, unit };
}
