// kinesis-edge: everything but the collector, the tracker and nodeFetch.
export { KinesisClient } from '../client/client.js';
export { fromCognitoIdentityPool, type CognitoIdentityPoolOptions } from '../credentials/cognito.js';
export {
  DescribeStreamSummaryCommand, ListShardsCommand, PutRecordCommand, PutRecordsCommand,
} from '../client/commands.js';
export { deaggregate } from '../producer/deaggregate.js';
export { KinesisBatchDispatcher, type DispatcherOptions } from '../producer/dispatcher.js';
export { KinesisError } from '../core/error.js';
export { indexedDBOutbox } from '../outbox/indexeddb.js';
export { ready } from '../core/ready.js';
export { Producer } from '../producer/producer.js';
export { hashKey, shardFor } from '../client/shards.js';
export { signRequest } from '../client/sign.js';
export { fromWebToken, type WebTokenOptions } from '../credentials/web-token.js';
