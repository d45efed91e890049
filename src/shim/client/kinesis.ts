import { KinesisClient } from './client.js';
import { type GetRecordsInput, type GetShardIteratorInput, getRecords, getShardIterator } from './read-operations.js';
import {
  type CreateStreamInput,
  type DeleteStreamInput,
  type DescribeStreamInput,
  type ListStreamsInput,
  type UpdateShardCountInput,
  createStream,
  deleteStream,
  describeStream,
  listStreams,
  updateShardCount,
} from './stream-operations.js';
import type { CallOptions } from './types.js';

/**
 * A {@link KinesisClient} with methods for the operations that code next to a producer uses, as the `Kinesis` of the
 * AWS SDK has them: it reads streams, and creates, resizes and deletes them. `call` makes any other. It weighs more,
 * because a bundler keeps all of its methods.
 * @example
 * const kinesis = new Kinesis({ region: 'us-east-1', credentials: fromEnv() });
 * const { StreamNames } = await kinesis.listStreams();
 */
export class Kinesis extends KinesisClient {
  getShardIterator(input: GetShardIteratorInput, options?: CallOptions) {
    return getShardIterator(this, input, options);
  }

  getRecords(input: GetRecordsInput, options?: CallOptions) {
    return getRecords(this, input, options);
  }

  describeStream(input: DescribeStreamInput, options?: CallOptions) {
    return describeStream(this, input, options);
  }

  listStreams(input: ListStreamsInput = {}, options?: CallOptions) {
    return listStreams(this, input, options);
  }

  createStream(input: CreateStreamInput, options?: CallOptions) {
    return createStream(this, input, options);
  }

  deleteStream(input: DeleteStreamInput, options?: CallOptions) {
    return deleteStream(this, input, options);
  }

  updateShardCount(input: UpdateShardCountInput, options?: CallOptions) {
    return updateShardCount(this, input, options);
  }
}
