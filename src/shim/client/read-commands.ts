import type { KinesisClient } from './client.js';
import { InputCommand } from './command.js';
import {
  type GetRecordsInput,
  type GetRecordsOutput,
  type GetShardIteratorInput,
  type GetShardIteratorOutput,
  getRecords,
  getShardIterator,
} from './read-operations.js';
import type { CallOptions } from './types.js';

export class GetShardIteratorCommand extends InputCommand<GetShardIteratorInput, GetShardIteratorOutput> {
  /** @internal */
  static run(client: KinesisClient, input: GetShardIteratorInput, options?: CallOptions) {
    return getShardIterator(client, input, options);
  }
}

export class GetRecordsCommand extends InputCommand<GetRecordsInput, GetRecordsOutput> {
  /** @internal */
  static run(client: KinesisClient, input: GetRecordsInput, options?: CallOptions) {
    return getRecords(client, input, options);
  }
}
