import type { KinesisErrorCode } from '../core/error.js';
import type { Histograms } from './measurements.js';

export interface PutOptions {
  partitionKey?: string;
  explicitHashKey?: string;
}

export interface PutResult {
  shardId: string;
  /** Of the Kinesis record; with aggregation, user records share it. */
  sequenceNumber: string;
  /** How many times it was sent, without the attempts that do not count: see `recordAttemptsMax`. */
  attempts: number;
}

/** What has failed, also where a retry has succeeded since. */
export interface FailureStats {
  /** The last failure; `at` is its time in milliseconds since 1970. */
  lastError?: { code: KinesisErrorCode; name: string; message: string; at: number };
  /** Failures of requests and of the credentials provider since a record was stored last. */
  failuresInARow: number;
  /** How often the credentials provider has failed, or has returned keys that cannot be used. */
  credentialsFailures: number;
}

/** Counts since the producer was made, and what is buffered now. */
export interface ProducerStats extends FailureStats {
  recordsPut: number;
  recordsDelivered: number;
  recordsFailed: number;
  recordsBuffered: number;
  bytesBuffered: number;
  requests: number;
  requestsFailed: number;
  recordsRetried: number;
  recordsThrottled: number;
  bytesSent: number;
  /** The server's clock less this host's, in milliseconds. */
  clockOffsetMs: number;
  histograms: Histograms;
}

/** The options of `flush`. */
export interface FlushOptions {
  /** The requests outlive the page: for a page that may be about to close. @default false */
  keepalive?: boolean;
}

/** How many of the records that a flush has waited for were delivered, and how many were given up. */
export interface FlushCounts {
  delivered: number;
  failed: number;
}
