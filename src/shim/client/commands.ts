import type { KinesisClient } from './client.js';
import { InputCommand } from './command.js';
import type {
  CallOptions,
  DescribeStreamSummaryOutput,
  ListShardsOutput,
  PutRecordInput,
  PutRecordOutput,
  PutRecordsInput,
  PutRecordsOutput,
  StreamInput,
} from './types.js';

export class PutRecordCommand extends InputCommand<PutRecordInput, PutRecordOutput> {
  /** @internal */
  static run(client: KinesisClient, input: PutRecordInput, options?: CallOptions) {
    return client.putRecord(input, options);
  }
}

export class PutRecordsCommand extends InputCommand<PutRecordsInput, PutRecordsOutput> {
  /** @internal */
  static run(client: KinesisClient, input: PutRecordsInput, options?: CallOptions) {
    return client.putRecords(input, options);
  }
}

export class ListShardsCommand extends InputCommand<StreamInput, ListShardsOutput> {
  /** @internal */
  static run(client: KinesisClient, input: StreamInput, options?: CallOptions) {
    return client.listShards(input, options);
  }
}

export class DescribeStreamSummaryCommand extends InputCommand<StreamInput, DescribeStreamSummaryOutput> {
  /** @internal */
  static run(client: KinesisClient, input: StreamInput, options?: CallOptions) {
    return client.describeStreamSummary(input, options);
  }
}
