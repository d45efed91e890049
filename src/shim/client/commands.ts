import type { CallOptions, PutRecordInput, PutRecordsInput, StreamInput } from '../types/types.js';
import type { KinesisClient } from './client.js';

/** The AWS SDK's form of a call: `client.send(new PutRecordCommand({ … }))`. */
class Command<Input extends object> {
  readonly input: Input;

  constructor(input: Input) {
    this.input = input;
  }
}

export class PutRecordCommand extends Command<PutRecordInput> {
  static run(client: KinesisClient, input: PutRecordInput, options?: CallOptions) {
    return client.putRecord(input, options);
  }
}

export class PutRecordsCommand extends Command<PutRecordsInput> {
  static run(client: KinesisClient, input: PutRecordsInput, options?: CallOptions) {
    return client.putRecords(input, options);
  }
}

export class ListShardsCommand extends Command<StreamInput> {
  static run(client: KinesisClient, input: StreamInput, options?: CallOptions) {
    return client.listShards(input, options);
  }
}

export class DescribeStreamSummaryCommand extends Command<StreamInput> {
  static run(client: KinesisClient, input: StreamInput, options?: CallOptions) {
    return client.describeStreamSummary(input, options);
  }
}
