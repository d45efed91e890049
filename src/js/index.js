export { KinesisClient } from './client.js';
export { DescribeStreamSummaryCommand, ListShardsCommand, PutRecordCommand, PutRecordsCommand } from './commands.js';
export { KinesisError } from './error.js';
export { ready } from './load.js';
export { hashKey, shardFor } from './shards.js';
export { signRequest } from './sign.js';
