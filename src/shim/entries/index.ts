// kinesis-edge: everything but the collector, the tracker and nodeFetch.
export { KinesisClient } from '../client/client.js';
export { fromCognitoIdentityPool, type CognitoIdentityPoolOptions } from '../credentials/cognito.js';
export {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '../client/commands.js';
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
export type { Command } from '../client/commands.js';
export type { RequestToSign } from '../client/sign.js';
export type {
  CallOptions,
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
export type { KinesisErrorCode } from '../core/error.js';
export type { Logger } from '../core/logger.js';
export type { Outbox, OutboxEvent, OutboxRecord } from '../outbox/types.js';
export type { KinesisRecord, UserRecord } from '../producer/deaggregate.js';
export type { ProducerOptions } from '../producer/options.js';
export type { FailureStats, FlushCounts, ProducerStats, PutOptions, PutResult } from '../producer/types.js';
