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

export interface CognitoIdentityPoolOptions {
  /** `REGION:ID` */
  identityPoolId: string;
  /** Tokens by the names of their providers, such as `accounts.google.com`; none is a guest. A function is asked each time. */
  logins?: Record<string, string | (() => Promise<string>)>;
  clientConfig?: {
    /** @default that of the pool's id */
    region?: string;
    /** A URL in place of AWS's own. */
    endpoint?: string;
  };
}

/**
 * Temporary keys for a browser from a Cognito identity pool, by the enhanced flow: the name and the options of AWS's provider. A
 * service that is busy or out of reach is asked four times. Rejects with `ERR_CREDENTIALS`; `name` is AWS's exception.
 */
export function fromCognitoIdentityPool(options: CognitoIdentityPoolOptions): CredentialsProvider;

export interface WebTokenOptions {
  /** `arn:aws:iam::ACCOUNT:role/NAME` */
  roleArn: string;
  /** Of an OpenID Connect provider. A function is asked each time. */
  webIdentityToken: string | (() => Promise<string>);
  /** 2–64 characters of `a-z A-Z 0-9 _ + = , . @ -` @default 'kinesis-edge-' and the time */
  roleSessionName?: string;
  /** 900–43,200 seconds. @default the role's, an hour at first */
  durationSeconds?: number;
  clientConfig?: {
    /** @default the global endpoint */
    region?: string;
    /** A URL in place of AWS's own. */
    endpoint?: string;
  };
}

/** Temporary keys of a role, by AssumeRoleWithWebIdentity. Tries and errors are those of {@link fromCognitoIdentityPool}. */
export function fromWebToken(options: WebTokenOptions): CredentialsProvider;

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
  /**
   * Wire format. `cbor` (application/x-amz-cbor-1.1, as the AWS SDKs for Java have it) carries raw bytes: no base64, about a quarter
   * fewer bytes. What an answer holds is the same, and `call` stays JSON.
   * @default 'json'
   */
  protocol?: 'json' | 'cbor';
  /** Tries per call. Throttling and faults of the server or the network are tried again, with exponential backoff and full jitter. @default 3 */
  maxAttempts?: number;
  /** Time for one try, up to the last byte of its answer; also for a credentials provider to answer. @default 10_000 */
  requestTimeoutMs?: number;
  /** Data plus partition key of one record. @default 1_048_576 (1 MiB, what every stream takes); at most 10_485_760, for a stream that was raised */
  recordBytesMax?: number;
  /** Data plus partition keys of one PutRecords request. @default 5_242_880 (5 MiB); at most 10_485_760 */
  requestBytesMax?: number;
  /** In Node `nodeFetch` of `kinesis-edge/node` is quicker. @default globalThis.fetch, looked up at each request */
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

export interface ProducerOptions extends ClientOptions {
  /** The stream, by name, by `streamARN`, or by both. */
  streamName?: string;
  streamARN?: string;
  /** Key of records that `put` gives none for: one for all, or a function of the data. @default a random key for each record */
  partitionKey?: string | ((data: unknown) => string);
  /**
   * Many user records in one Kinesis record, in the KPL's format; consumers take them apart with the KCL, or {@link deaggregate}.
   * - `'key'`: records of one partition key. Safe across resharding; needs no permission beyond PutRecords.
   * - `'shard'`: records of one shard. Needs ListShards.
   *
   * Not for streams whose record distribution ignores partition keys.
   * @default 'off'
   */
  aggregation?: 'off' | 'key' | 'shard';
  /** `'key'`: the records of one partition key reach their shard in the order in which they were put, retries included. @default 'none' */
  ordering?: 'none' | 'key';
  /** Longest time that a record waits for company. @default 100 */
  lingerMs?: number;
  /** Entries of one request. @default 500, which is the most */
  requestRecordsMax?: number;
  /** Data of one aggregate. @default 51_200 */
  aggregateBytesMax?: number;
  /** @default 4 */
  requestsInFlightMax?: number;
  /** Data plus keys that may wait in memory; past it `put` rejects with `ERR_BUFFER_FULL` and `ready` is pending. @default 8_388_608 (8 MiB) */
  bufferBytesMax?: number;
  /** Records that may wait in memory. @default 100_000 */
  bufferRecordsMax?: number;
  /** Tries per record. Time offline counts for none. @default 10 */
  recordAttemptsMax?: number;
  /** Longest life of a record from `put`, without the time offline. @default 300_000 */
  recordTtlMs?: number;
  /**
   * Share of a shard's write limits (1,000 records/s, 1 MiB/s) that this producer allows itself, with aggregation `'shard'`.
   * `Infinity` is no limit. @default 1.5
   */
  shardRateLimit?: number;
  /** Where records wait that must outlive this process. @default memory only */
  outbox?: Outbox;
  /** Called for every record that could not be delivered, also where nobody awaits its promise. */
  onError?: (error: KinesisError) => void;
}

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

/**
 * Put and forget, or put and know. Delivery is at least once: a record settles exactly once, acknowledged or given up with a
 * reason, and may be stored twice where an answer was lost.
 */
export class Producer implements AsyncDisposable {
  constructor(options: ProducerOptions);
  /**
   * Takes a copy of the data at once (a string, bytes, or any JSON value, whose text is sent). Resolves when Kinesis has
   * acknowledged the record, rejects with a {@link KinesisError} when it is refused or given up. Ignoring the promise is safe:
   * it never raises an unhandled rejection.
   */
  put(data: unknown, options?: PutOptions): Promise<PutResult>;
  /** Resolves when the buffer has room for a record of any size that is allowed: the next `put` is not refused. */
  readonly ready: Promise<void>;
  /** A sink with back-pressure: `readable.pipeTo(producer.writable)`. Each chunk is `{ data, partitionKey?, explicitHashKey? }` or data itself. */
  readonly writable: WritableStream<unknown>;
  /**
   * Sends what is buffered now and resolves when all of it has settled. With `keepalive` the requests are signed and handed to
   * `fetch` before this call returns, as far as they fit into the 64 KiB that all such requests share: for `pagehide`.
   */
  flush(options?: { keepalive?: boolean }): Promise<{ delivered: number; failed: number }>;
  /** Flushes, then refuses further puts. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  readonly stats: ProducerStats;
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

/**
 * Somewhere records wait: added when they are put, removed when they have settled, all of them put again by the next producer.
 * A record that fails for want of credentials stays.
 */
export interface Outbox {
  add(records: OutboxRecord[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
  /** Everything that is there for this process, in the order in which it was put. May be called again: a producer knows its own. */
  all(): Promise<OutboxRecord[]>;
  /** Optional: tells what happens by itself. Returns a function that ends it, and lets go of what the outbox holds. */
  watch?(listener: (news: OutboxNews) => void): () => void;
}

/**
 * - `orphaned`: `all` has new records, which a process that has ended left in the outbox.
 * - `error`: an operation failed, or records were dropped.
 * - `suspended`: other processes may take over this outbox's records from now on.
 * - `resumed`: that has ended. `takenOver` has the ids of the records that are no longer this outbox's.
 */
export type OutboxNews =
  | { kind: 'orphaned' }
  | { kind: 'error'; error: KinesisError }
  | { kind: 'suspended' }
  | { kind: 'resumed'; takenOver: string[] };

export interface OutboxRecord {
  id: string;
  partitionKey: string;
  explicitHashKey?: string;
  data: Uint8Array;
  /** Milliseconds since 1970, by this host's clock. */
  putAt: number;
}

export interface IndexedDBOutboxOptions {
  /** Of the database. @default 'kinesis-edge' */
  name?: string;
  /** Data plus keys of all tabs; past it the oldest records are dropped, with a report. @default 5_242_880 (5 MiB) */
  bytesMax?: number;
  /** Records older than this are dropped, with a report. @default 604_800_000 (7 days) */
  ageMaxMs?: number;
  /** Hears of what is dropped and of a database that fails (`ERR_OUTBOX`). So does the `onError` of a producer that has the outbox. */
  onError?: (error: KinesisError) => void;
}

export interface IndexedDBOutbox extends Outbox {
  watch(listener: (news: OutboxNews) => void): () => void;
  /** Removes everything, of all tabs, and the database with it. */
  clear(): Promise<void>;
}

/**
 * An outbox in IndexedDB: survives reload, crash and quitting the browser. The tabs of an origin share a database; what a tab leaves is
 * taken over by one other, found with the Web Locks API. Where the database cannot be used (private mode, full disk, blocked) records
 * wait in memory, with a report.
 */
export function indexedDBOutbox(options?: IndexedDBOutboxOptions): IndexedDBOutbox;

/** A record as GetRecords or a Lambda event gives it, its data decoded from base64. */
export interface KinesisRecord {
  partitionKey: string;
  explicitHashKey?: string;
  data: Uint8Array;
}

export interface UserRecord extends KinesisRecord {
  /** Its place in the aggregate. */
  subSequenceNumber: number;
}

/**
 * The user records inside a Kinesis record: one for a plain record, all for an aggregate in the KPL's format. A wrong checksum
 * means that it is no aggregate: the record comes back whole, as the KCL does it.
 */
export function deaggregate(record: KinesisRecord): UserRecord[];

export interface DispatcherOptions extends ClientOptions {
  /** The top-level field of a payload that is its partition key. @default a random key for each payload */
  partitionKeyIdentifier?: string;
  /** Payloads of one request. @default 250, at most 500 */
  maxBatchSize?: number;
}

/** boto3_batch_utils' dispatcher under JavaScript names. Payloads are JSON values of 1,000,000 bytes at most. */
export class KinesisBatchDispatcher {
  constructor(streamName: string, options: DispatcherOptions);
  /** Takes a payload, and sends a batch when one is full. */
  submitPayload(payload: unknown): Promise<void>;
  /** Sends the rest; resolves to the payloads that were not delivered since the last flush. */
  flushPayloads(): Promise<unknown[]>;
}

/**
 * - `ERR_INVALID_ARGUMENT`: an argument is missing, malformed or past a limit; the message names both.
 * - `ERR_RECORD_TOO_LARGE`: a record is past `recordBytesMax`.
 * - `ERR_BUFFER_FULL`: the producer has no room for the record; await `ready`.
 * - `ERR_EXPIRED`, `ERR_ATTEMPTS`: a record was not delivered within `recordTtlMs`, or within `recordAttemptsMax` tries.
 * - `ERR_CLOSED`: the producer takes no more records.
 * - `ERR_OUTBOX`: the outbox failed; what memory holds is still sent.
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
  | 'ERR_BUFFER_FULL'
  | 'ERR_EXPIRED'
  | 'ERR_ATTEMPTS'
  | 'ERR_CLOSED'
  | 'ERR_OUTBOX'
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
