// The public types of `kinesis-edge`. Sizes are bytes before any encoding; times are milliseconds.

/**
 * Settles when the WebAssembly module is loaded. Asynchronous functions wait for it by themselves; a browser page awaits it before
 * `signRequest`, `hashKey` or `shardFor`. In Node, Deno, Bun and Workers the module is loaded at import.
 */
export const ready: Promise<void>;

/** A record's data. A string is sent as its UTF-8 bytes. */
export type RecordData = string | Uint8Array | ArrayBuffer | ArrayBufferView;

/** The shape that every provider of the AWS SDK for JavaScript v3 resolves to. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Goes with temporary keys. */
  sessionToken?: string;
  /** When temporary keys end. A provider is asked for new ones five minutes before. */
  expiration?: Date;
}

/** Any provider of `@aws-sdk/credential-providers`, or a function of your own. */
export type CredentialsProvider = () => Promise<AwsCredentials>;

export interface ClientOptions {
  /** Such as `us-east-1`. */
  region: string;
  /**
   * Keys, or a function that resolves to them: asked once for all calls that wait, again five minutes before the keys expire, and
   * when Kinesis answers with ExpiredTokenException.
   */
  credentials: AwsCredentials | CredentialsProvider;
  /**
   * A URL in place of AWS's own, used as given: a VPC endpoint, a local server.
   * @default by botocore's rules, from the region, the account of a `StreamARN` and the two flags below
   */
  endpoint?: string;
  /** Hosts with validated cryptography. Cannot be combined with `endpoint`. @default false */
  useFipsEndpoint?: boolean;
  /** Hosts that answer over IPv6 too. Cannot be combined with `endpoint`. @default false */
  useDualstackEndpoint?: boolean;
  /** Wire format. @default 'json' */
  protocol?: 'json';
  /** Tries per call. Throttling and faults of the server or the network are tried again, with exponential backoff and full jitter. @default 3 */
  maxAttempts?: number;
  /** Time for one try, up to the last byte of its answer; also for a credentials provider to answer. @default 10_000 */
  requestTimeoutMs?: number;
  /** Data plus partition key of one record. @default 1_048_576 (1 MiB, what every stream takes); at most 10_485_760, for a stream that was raised */
  recordBytesMax?: number;
  /** Data plus partition keys of one PutRecords request. @default 5_242_880 (5 MiB); at most 10_485_760 */
  requestBytesMax?: number;
  /** @default globalThis.fetch, looked up at each request */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Calls the request off: the call rejects with `ERR_ABORTED`. A request that is on its way may still arrive. */
  abortSignal?: AbortSignal;
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
  /** The sequence number of the record of this key before: a strictly greater one is given. */
  SequenceNumberForOrdering?: string;
}

export interface PutRecordOutput {
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

export interface PutRecordsOutput {
  /** Entries without a SequenceNumber. The call resolves also when some, or all, have failed. */
  FailedRecordCount: number;
  EncryptionType?: 'NONE' | 'KMS';
  /** Entry i answers the request's entry i. */
  Records: PutRecordsResultEntry[];
}

export interface PutRecordsResultEntry {
  ShardId?: string;
  SequenceNumber?: string;
  /** `ProvisionedThroughputExceededException` or `InternalFailure` */
  ErrorCode?: string;
  ErrorMessage?: string;
}

export interface ListShardsOutput {
  /** All of them: further pages are fetched. */
  Shards: Shard[];
}

export interface DescribeStreamSummaryOutput {
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

/**
 * One call, one request: the API as boto3 and the AWS SDKs have it, with their parameter names, results and error names.
 * Every call rejects with a {@link KinesisError}; what is malformed is refused before anything is sent. A try whose answer is
 * lost is repeated, so a record may be stored twice.
 */
export class KinesisClient {
  constructor(options: ClientOptions);
  putRecord(input: PutRecordInput, options?: CallOptions): Promise<PutRecordOutput>;
  /** Look at `FailedRecordCount`: as in the AWS SDKs, records that failed are reported, not sent again. */
  putRecords(input: PutRecordsInput, options?: CallOptions): Promise<PutRecordsOutput>;
  /** All shards of a stream, over all pages. */
  listShards(input: StreamInput, options?: CallOptions): Promise<ListShardsOutput>;
  describeStreamSummary(input: StreamInput, options?: CallOptions): Promise<DescribeStreamSummaryOutput>;
  /** Any other operation, JSON in and out as AWS documents it (blobs in base64): `client.call('GetShardIterator', { … })`. */
  call(operation: string, input: object, options?: CallOptions): Promise<any>;
  /** The form of the AWS SDK v3, so that code moves over by changing its import: `client.send(new PutRecordCommand({ … }))`. */
  send<Output>(command: Command<Output>, options?: CallOptions): Promise<Output>;
  /** Does nothing: no connection is held open. Here because the AWS SDK's clients have it. */
  destroy(): void;
}

export interface Command<Output> {
  readonly input: object;
  /** Ties the command to its result; never there at run time. */
  readonly output?: Output;
}
export class PutRecordCommand implements Command<PutRecordOutput> {
  constructor(input: PutRecordInput);
  readonly input: PutRecordInput;
  readonly output?: PutRecordOutput;
}
export class PutRecordsCommand implements Command<PutRecordsOutput> {
  constructor(input: PutRecordsInput);
  readonly input: PutRecordsInput;
  readonly output?: PutRecordsOutput;
}
export class ListShardsCommand implements Command<ListShardsOutput> {
  constructor(input: StreamInput);
  readonly input: StreamInput;
  readonly output?: ListShardsOutput;
}
export class DescribeStreamSummaryCommand implements Command<DescribeStreamSummaryOutput> {
  constructor(input: StreamInput);
  readonly input: StreamInput;
  readonly output?: DescribeStreamSummaryOutput;
}

export interface RequestToSign {
  method: string;
  /** Absolute. What a URL parser makes of it is signed: sign what you send. */
  url: string;
  /**
   * Signed too, but for those that proxies change (user-agent, expect, connection, traceparent and their like). For S3, add
   * `x-amz-content-sha256`.
   */
  headers?: Record<string, string>;
  body?: RecordData;
  region: string;
  /** The name in the credential scope: `kinesis`, `sqs`, `lambda`, … */
  service: string;
  credentials: AwsCredentials;
  /** @default the time now */
  date?: Date;
}

/**
 * Signs one request with AWS Signature Version 4, synchronously: what {@link KinesisClient} uses, for other AWS calls too.
 * Returns the given headers plus x-amz-date, authorization and, with temporary keys, x-amz-security-token.
 */
export function signRequest(request: RequestToSign): { headers: Record<string, string> };

/** MD5 of the key's UTF-8 bytes as an unsigned 128-bit decimal: the hash key that decides the shard. */
export function hashKey(partitionKey: string): string;

/** The open shard of `shards` that a partition key, or an explicit hash key, lands on. */
export function shardFor(shards: Shard[], key: { partitionKey: string } | { explicitHashKey: string }): Shard | undefined;

/**
 * - `ERR_INVALID_ARGUMENT`: an argument is missing, malformed or past a limit; the message names both.
 * - `ERR_RECORD_TOO_LARGE`: a record is past `recordBytesMax`.
 * - `ERR_CREDENTIALS`: the credentials are unusable, or the provider failed or did not answer.
 * - `ERR_SERVICE`: Kinesis answered with an exception (`name` and `message` are AWS's), or with something that is no answer.
 * - `ERR_NETWORK`: a request or its answer was lost, on every try.
 * - `ERR_TIMEOUT`: no answer within `requestTimeoutMs`, on the last try.
 * - `ERR_ABORTED`: called off by the `abortSignal`.
 * - `ERR_CORE`: the WebAssembly module is not loaded, could not be, or failed.
 */
export type KinesisErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_RECORD_TOO_LARGE'
  | 'ERR_CREDENTIALS'
  | 'ERR_SERVICE'
  | 'ERR_NETWORK'
  | 'ERR_TIMEOUT'
  | 'ERR_ABORTED'
  | 'ERR_CORE';

/** The one error class. No message holds a secret or a record's data. */
export class KinesisError extends Error {
  constructor(code: KinesisErrorCode, message: string, details?: object);
  /** Stable. */
  readonly code: KinesisErrorCode;
  /** AWS's exception name where the service gave one, such as `ProvisionedThroughputExceededException`. */
  readonly name: string;
  /** HTTP status of the last answer. */
  readonly status?: number;
  /** AWS's id of the last request that was answered. */
  readonly requestId?: string;
  /** How many times the request was sent. */
  readonly attempts?: number;
  /** The partition key of the record at fault. */
  readonly partitionKey?: string;
}
