// The inputs of calls, checked: each member is read once, so that a getter or a proxy cannot change it later.
import { kindOf, toBytes, toData, toHashKey, toOptionalText, toText } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import { toJson } from '../core/json.js';
import type { StreamObject } from '../generated/client-module.js';
import type { PutRecordInput, PutRecordsInput, StreamInput } from './types.js';

export function readRecord(input: PutRecordInput) {
  const { StreamName, StreamARN, Data, PartitionKey, ExplicitHashKey, SequenceNumberForOrdering } = checkInput(input);
  return {
    stream: toStream(StreamName, StreamARN),
    data: toData(Data, 'Data'),
    key: toText(PartitionKey, 'PartitionKey'),
    hashKey: toHashKey(ExplicitHashKey, 'ExplicitHashKey'),
    number: toOptionalText(SequenceNumberForOrdering, 'SequenceNumberForOrdering'),
  };
}

export function readRecords(input: PutRecordsInput): { stream: StreamObject; Records: unknown[] } {
  const { StreamName, StreamARN, Records } = checkInput(input);
  if (!Array.isArray(Records))
    throw KinesisError.invalid(`Records must be an array of 1 to 500 entries, not ${kindOf(Records)}`);
  return { stream: toStream(StreamName, StreamARN), Records };
}

export function readInput(input: object): { json: Uint8Array; arn: string | undefined } {
  const checked = checkInput(input);
  const arn = typeof checked.StreamARN === 'string' ? checked.StreamARN : undefined;
  return { json: toBytes(toJson(checked) as string), arn };
}

/** `listShards` returns all shards. An input of the SDK that asks for some of them would get more than it expects. */
export function refuseFilters(input: object): void {
  const filter = SHARD_FILTERS.find(
    (name) => reading('input', () => (input as Record<string, unknown>)[name]) !== undefined,
  );
  if (filter !== undefined)
    throw KinesisError.invalid(
      `listShards takes no ${filter}, because it returns all shards: call client.call('ListShards', input)`,
    );
}

const SHARD_FILTERS = ['ShardFilter', 'ExclusiveStartShardId', 'StreamCreationTimestamp', 'NextToken'];

export function streamOf(input: StreamInput): StreamObject {
  return reading('input', () => {
    const { StreamName, StreamARN } = checkInput(input);
    return toStream(StreamName, StreamARN);
  });
}

function toStream(name: unknown, arn: unknown): StreamObject {
  return { streamName: toOptionalText(name, 'StreamName'), streamARN: toOptionalText(arn, 'StreamARN') };
}

function checkInput(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw KinesisError.invalid(`input must be an object with the operation's parameters, not ${kindOf(input)}`);
  }
  return input as Record<string, unknown>;
}
