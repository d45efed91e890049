import type { KinesisClient } from './client.js';
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

/** A call in the form of the AWS SDK v3. */
export interface Command<Output> {
  readonly input: object;
  /** Ties the command to its result; never there at run time. */
  readonly output?: Output;
}

/** The AWS SDK's form of a call: `client.send(new PutRecordCommand({ … }))`. */
class InputCommand<Input extends object, Output> implements Command<Output> {
  readonly input: Input;
  declare readonly output?: Output;

  constructor(input: Input) {
    this.input = input;
  }
}

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
