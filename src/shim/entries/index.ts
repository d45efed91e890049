// kinesis-edge, the main entry, for bundlers and browsers: everything but the collector, the
// tracker, and what is for Lambda, OpenTelemetry and Node.
export { KinesisClient } from '../client/client.js';
export { fromCognitoIdentityPool, type CognitoIdentityPoolOptions } from '../credentials/cognito.js';
export {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '../client/commands.js';
export {
  AccessDeniedException,
  ExpiredIteratorException,
  ExpiredNextTokenException,
  InternalFailureException,
  InvalidArgumentException,
  KMSAccessDeniedException,
  KMSDisabledException,
  KMSInvalidStateException,
  KMSNotFoundException,
  KMSOptInRequired,
  KMSThrottlingException,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
  ValidationException,
} from '../client/exceptions.js';
export { Kinesis } from '../client/kinesis.js';
export { GetRecordsCommand, GetShardIteratorCommand } from '../client/read-commands.js';
export {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  ListStreamsCommand,
  UpdateShardCountCommand,
} from '../client/stream-commands.js';
export { paginateGetRecords } from '../client/read-operations.js';
export { paginateListShards, paginateListStreams } from '../client/stream-operations.js';
export { deaggregate } from '../producer/deaggregate.js';
export { KinesisBatchDispatcher, type DispatcherOptions } from '../producer/dispatcher.js';
export { KinesisError } from '../core/error.js';
export { indexedDBOutbox } from '../outbox/indexeddb.js';
export { ready } from '../core/ready.js';
export { Producer } from '../producer/producer.js';
export { hashKey, shardFor } from '../client/shards.js';
export { signRequest } from '../client/sign.js';
export { fromEnv } from '../credentials/env.js';
export { fromUrl } from '../credentials/url.js';
export { fromWebToken, type WebTokenOptions } from '../credentials/web-token.js';
export type { ClientOptions } from '../client/options.js';
export type { Command } from '../client/command.js';
export type { ResponseMetadata } from '../client/call-metadata.js';
export type { ExceptionClass, ExceptionInput, KinesisServiceException } from '../client/exceptions.js';
export type {
  GetRecordsInput,
  GetRecordsOutput,
  GetRecordsPagination,
  GetShardIteratorInput,
  GetShardIteratorOutput,
  StoredRecord,
} from '../client/read-operations.js';
export type {
  CreateStreamInput,
  DeleteStreamInput,
  DescribeStreamInput,
  DescribeStreamOutput,
  ListStreamsInput,
  ListStreamsOutput,
  Pagination,
  UpdateShardCountInput,
  UpdateShardCountOutput,
} from '../client/stream-operations.js';
export type { RequestToSign } from '../client/sign.js';
export type {
  CallOptions,
  CallOutput,
  DescribeStreamSummaryOutput,
  ListShardsOutput,
  PutRecordInput,
  PutRecordOutput,
  PutRecordsEntry,
  PutRecordsInput,
  PutRecordsOutput,
  PutRecordsResultEntry,
  Shard,
  StreamInput,
} from '../client/types.js';
export type { AwsCredentials, CredentialsProvider } from '../core/credentials.js';
export type { RecordData } from '../core/data.js';
export type { ErrorMembers, KinesisErrorCode } from '../core/error.js';
export type { Logger } from '../core/logger.js';
export type { ConnectivityState, EventFacts, KinesisEvent } from '../core/observer.js';
export type { IdentityCache } from '../credentials/kept-guest.js';
export type { IndexedDBOutbox, IndexedDBOutboxOptions, Outbox, OutboxEvent, OutboxRecord } from '../outbox/types.js';
export type { KinesisRecord, UserRecord } from '../producer/deaggregate.js';
export type { HistogramStats as Histogram } from '../producer/histogram.js';
export type { Histograms } from '../producer/measurements.js';
export type { ProducerBaseOptions, ProducerOptions, StreamOptions } from '../producer/options.js';
export type {
  FailureStats,
  FlushCounts,
  FlushOptions,
  ProducerStats,
  PutOptions,
  PutResult,
} from '../producer/types.js';
