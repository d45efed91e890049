import type { StreamInput } from 'kinesis-edge';
import type { Command } from 'commander';
import { CommandFailure } from './failure.js';

export interface StreamOptions {
  streamName?: string;
  streamArn?: string;
}

export function addStreamOptions(command: Command): Command {
  return command
    .option('--stream-name <name>', 'name of the stream')
    .option('--stream-arn <arn>', 'ARN of the stream, in place of its name');
}

/** The stream as an operation of Kinesis takes it. */
export function streamOf({ streamName, streamArn }: StreamOptions): StreamInput {
  if (streamName === undefined && streamArn === undefined)
    throw CommandFailure.usage('--stream-name is missing: give the name of the stream, or --stream-arn');
  return {
    ...(streamName !== undefined && { StreamName: streamName }),
    ...(streamArn !== undefined && { StreamARN: streamArn }),
  };
}
