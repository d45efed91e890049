import type { RecordData } from '../core/data.js';
import type { ResponseMetadata } from './call-metadata.js';

export interface CallOptions {
  /** When it is aborted the call rejects with `ERR_ABORTED`. A request that was sent may still be executed. */
  abortSignal?: AbortSignal;
}

/** What every result of a client has beside its data; not enumerable. */
export interface CallOutput {
  readonly $metadata: ResponseMetadata;
}

/** Which stream: by name, by ARN, or by both. */
export interface StreamInput {
  /** 1–128 characters of `a-z A-Z 0-9 _ . -` */
  StreamName?: string;
  /** `arn:aws:kinesis:REGION:ACCOUNT:stream/NAME` */
  StreamARN?: string;
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html */
export interface PutRecordInput extends StreamInput {
  Data: RecordData;
  /** 1–256 Unicode code points; decides the shard by its MD5. */
  PartitionKey: string;
  /** A decimal from 0 to 2^128-1 that decides the shard in place of the partition key. */
  ExplicitHashKey?: string;
  /** The sequence number of the previous record of this partition key. The new record gets a greater one. */
  SequenceNumberForOrdering?: string;
}

export interface PutRecordOutput extends CallOutput {
  ShardId: string;
  SequenceNumber: string;
  EncryptionType?: 'NONE' | 'KMS';
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
export interface PutRecordsInput extends StreamInput {
  /** 1–500 records, 5 MiB of data and keys in all (`requestBytesMax`). */
  Records: PutRecordsEntry[];
}

export interface PutRecordsEntry {
  Data: RecordData;
  /** 1–256 Unicode code points; decides the shard by its MD5. */
  PartitionKey: string;
  /** A decimal from 0 to 2^128-1 that decides the shard in place of the partition key. */
  ExplicitHashKey?: string;
}

export interface PutRecordsOutput extends CallOutput {
  /** Entries without a SequenceNumber. The call resolves also when some, or all, have failed. */
  FailedRecordCount: number;
  EncryptionType?: 'NONE' | 'KMS';
  /** Entry i is the result of the request's entry i. */
  Records: PutRecordsResultEntry[];
}

export interface PutRecordsResultEntry {
  ShardId?: string;
  SequenceNumber?: string;
  /** `ProvisionedThroughputExceededException` or `InternalFailure` */
  ErrorCode?: string;
  ErrorMessage?: string;
}

export interface ListShardsOutput extends CallOutput {
  /** All of them: further pages are fetched. */
  Shards: Shard[];
}

export interface DescribeStreamSummaryOutput extends CallOutput {
  StreamDescriptionSummary: Record<string, unknown>;
}

export interface Shard {
  ShardId: string;
  ParentShardId?: string;
  AdjacentParentShardId?: string;
  HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
  /** A shard with an ending number was split or merged, and takes no more records. */
  SequenceNumberRange: { StartingSequenceNumber: string; EndingSequenceNumber?: string };
}
