export interface PutOptions {
  partitionKey?: string;
  explicitHashKey?: string;
}

export interface PutResult {
  shardId: string;
  /** Of the Kinesis record; with aggregation, user records share it. */
  sequenceNumber: string;
  /** How many times it was sent. */
  attempts: number;
}

/** Counts since the producer was made, and what is buffered now. */
export interface ProducerStats {
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
}

/** What has become of the records that a flush has waited for. */
export interface FlushCounts {
  delivered: number;
  failed: number;
}
