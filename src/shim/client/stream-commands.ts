import type { KinesisClient } from './client.js';
import { InputCommand } from './command.js';
import {
  type CreateStreamInput,
  type DeleteStreamInput,
  type DescribeStreamInput,
  type DescribeStreamOutput,
  type ListStreamsInput,
  type ListStreamsOutput,
  type UpdateShardCountInput,
  type UpdateShardCountOutput,
  createStream,
  deleteStream,
  describeStream,
  listStreams,
  updateShardCount,
} from './stream-operations.js';
import type { CallOptions, CallOutput } from './types.js';

export class DescribeStreamCommand extends InputCommand<DescribeStreamInput, DescribeStreamOutput> {
  /** @internal */
  static run(client: KinesisClient, input: DescribeStreamInput, options?: CallOptions) {
    return describeStream(client, input, options);
  }
}

export class ListStreamsCommand extends InputCommand<ListStreamsInput, ListStreamsOutput> {
  /** @internal */
  static run(client: KinesisClient, input: ListStreamsInput, options?: CallOptions) {
    return listStreams(client, input, options);
  }
}

export class CreateStreamCommand extends InputCommand<CreateStreamInput, CallOutput> {
  /** @internal */
  static run(client: KinesisClient, input: CreateStreamInput, options?: CallOptions) {
    return createStream(client, input, options);
  }
}

export class DeleteStreamCommand extends InputCommand<DeleteStreamInput, CallOutput> {
  /** @internal */
  static run(client: KinesisClient, input: DeleteStreamInput, options?: CallOptions) {
    return deleteStream(client, input, options);
  }
}

export class UpdateShardCountCommand extends InputCommand<UpdateShardCountInput, UpdateShardCountOutput> {
  /** @internal */
  static run(client: KinesisClient, input: UpdateShardCountInput, options?: CallOptions) {
    return updateShardCount(client, input, options);
  }
}
