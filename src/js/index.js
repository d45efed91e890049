export { KinesisClient } from './client.js';
export { DescribeStreamSummaryCommand, ListShardsCommand, PutRecordCommand, PutRecordsCommand } from './commands.js';
export { deaggregate } from './deaggregate.js';
export { KinesisBatchDispatcher } from './dispatcher.js';
export { KinesisError } from './error.js';
export { ready } from './load.js';
export { Producer } from './producer.js';
export { hashKey, shardFor } from './shards.js';
export { signRequest } from './sign.js';
