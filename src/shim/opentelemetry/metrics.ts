import type { HistogramStats } from '../producer/histogram.js';
import type { Histograms } from '../producer/measurements.js';
import type { TargetStats } from './stats-metrics.js';

/** A metric with one value. */
export interface NumberMetric {
  name: string;
  create: 'createObservableCounter' | 'createObservableUpDownCounter' | 'createObservableGauge';
  unit: string;
  description: string;
  /** `undefined` where a client does not know it. */
  read: (stats: TargetStats) => number | undefined;
}

/** A metric with the mean, three percentiles and the maximum of a distribution. */
export interface HistogramMetric {
  name: string;
  unit: string;
  description: string;
  read: (histograms: Histograms) => HistogramStats;
  /** What the values are divided by. */
  scale: number;
}

/** Makes metrics of one kind. */
function kind(create: NumberMetric['create']) {
  return (name: string, unit: string, description: string, read: NumberMetric['read']): NumberMetric => {
    return { name: `kinesis_edge.${name}`, create, unit, description, read };
  };
}

const counter = kind('createObservableCounter');
const upDown = kind('createObservableUpDownCounter');
const gauge = kind('createObservableGauge');

export const NUMBERS: NumberMetric[] = [
  counter('records.put', '{record}', 'User records that the producer has accepted', (s) => s.recordsPut),
  counter('records.delivered', '{record}', 'User records that Kinesis has stored', (s) => s.recordsDelivered),
  counter('records.failed', '{record}', 'User records that were given up', (s) => s.recordsFailed),
  counter(
    'records.retried',
    '{record}',
    'User records that were sent again, once for each time',
    (s) => s.recordsRetried,
  ),
  counter(
    'records.throttled',
    '{record}',
    'User records over a limit of the stream, once for each time',
    (s) => s.recordsThrottled,
  ),
  upDown('records.buffered', '{record}', 'User records that have not settled', (s) => s.recordsBuffered),
  counter(
    'kinesis_records.delivered',
    '{record}',
    'Kinesis records that were stored: fewer than user records where these are aggregated',
    (s) => s.histograms?.userRecordsPerKinesisRecord.count,
  ),
  upDown(
    'bytes.buffered',
    'By',
    'Data and partition keys of the user records that have not settled',
    (s) => s.bytesBuffered,
  ),
  counter('bytes.sent', 'By', 'Bodies of all requests', (s) => s.bytesSent),
  counter('requests.sent', '{request}', 'Requests, each attempt by itself', (s) => s.requests),
  counter(
    'requests.failed',
    '{request}',
    'Requests that were lost, or answered with an error',
    (s) => s.requestsFailed,
  ),
  upDown('requests.in_flight', '{request}', 'Requests that wait for a response', (s) => s.requestsInFlight),
  gauge(
    'failures_in_a_row',
    '{failure}',
    'Failures of requests and of the credentials provider since a record was stored last',
    (s) => s.failuresInARow,
  ),
  counter(
    'credentials.failures',
    '{failure}',
    'How often the credentials provider has failed',
    (s) => s.credentialsFailures,
  ),
  gauge('clock_offset', 's', "The server's clock less that of this host", ({ clockOffsetMs }) =>
    clockOffsetMs === undefined ? undefined : clockOffsetMs / 1000,
  ),
];

export const HISTOGRAMS: HistogramMetric[] = [
  {
    name: 'kinesis_edge.buffering.time',
    unit: 's',
    description: 'Of each user record: from put to the first request that has it',
    read: ({ bufferingTimeMs }) => bufferingTimeMs,
    scale: 1000,
  },
  {
    name: 'kinesis_edge.request.time',
    unit: 's',
    description: 'Of each PutRecords request: to the last byte of its response, or until it counts as lost',
    read: ({ requestTimeMs }) => requestTimeMs,
    scale: 1000,
  },
  {
    name: 'kinesis_edge.kinesis_record.user_records',
    unit: '{record}',
    description: 'Of each Kinesis record that was stored: the user records in it',
    read: ({ userRecordsPerKinesisRecord }) => userRecordsPerKinesisRecord,
    scale: 1,
  },
  {
    name: 'kinesis_edge.record.retries',
    unit: '{retry}',
    description: 'Of each user record that has settled: how many times it was sent again',
    read: ({ retriesPerRecord }) => retriesPerRecord,
    scale: 1,
  },
];
