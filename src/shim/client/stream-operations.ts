import type { KinesisClient } from './client.js';
import { expected, isText } from './expected.js';
import { checkPagination } from './pagination.js';
import { toDate } from './timestamps.js';
import type { CallOptions, CallOutput, Shard, StreamInput } from './types.js';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html */
export interface CreateStreamInput {
  /** 1–128 characters of `a-z A-Z 0-9 _ . -` */
  StreamName: string;
  /** With the mode `PROVISIONED`, which is the default. */
  ShardCount?: number;
  StreamModeDetails?: { StreamMode: 'PROVISIONED' | 'ON_DEMAND' };
  Tags?: Record<string, string>;
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html */
export interface DeleteStreamInput extends StreamInput {
  /** Whether consumers that are registered may lose the stream. @default false */
  EnforceConsumerDeletion?: boolean;
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html */
export interface DescribeStreamInput extends StreamInput {
  /** Most shards of the response, 1–10,000. */
  Limit?: number;
  ExclusiveStartShardId?: string;
}

export interface DescribeStreamOutput extends CallOutput {
  StreamDescription: {
    StreamName: string;
    StreamARN: string;
    StreamStatus: 'CREATING' | 'DELETING' | 'ACTIVE' | 'UPDATING';
    StreamCreationTimestamp: Date;
    Shards: Shard[];
    HasMoreShards: boolean;
    RetentionPeriodHours: number;
    [member: string]: unknown;
  };
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html */
export interface ListStreamsInput {
  /** Most names of the response, 1–10,000. */
  Limit?: number;
  ExclusiveStartStreamName?: string;
  NextToken?: string;
}

export interface ListStreamsOutput extends CallOutput {
  StreamNames: string[];
  HasMoreStreams: boolean;
  NextToken?: string;
  StreamSummaries?: { StreamName: string; StreamARN: string; StreamStatus: string; StreamCreationTimestamp?: Date }[];
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html */
export interface UpdateShardCountInput extends StreamInput {
  TargetShardCount: number;
  ScalingType: 'UNIFORM_SCALING';
}

export interface UpdateShardCountOutput extends CallOutput {
  StreamName: string;
  CurrentShardCount: number;
  TargetShardCount: number;
  StreamARN?: string;
}

/** Begins to create a stream. It takes records when `describeStreamSummary` says that it is `ACTIVE`. */
export async function createStream(client: KinesisClient, input: CreateStreamInput, options?: CallOptions) {
  return (await client.call('CreateStream', input, options)) as CallOutput;
}

/** Begins to delete a stream and all its records. */
export async function deleteStream(client: KinesisClient, input: DeleteStreamInput, options?: CallOptions) {
  return (await client.call('DeleteStream', input, options)) as CallOutput;
}

/** A stream with its shards. `describeStreamSummary` and `listShards` may be called more often. */
export async function describeStream(
  client: KinesisClient,
  input: DescribeStreamInput,
  options?: CallOptions,
): Promise<DescribeStreamOutput> {
  const result = await client.call('DescribeStream', input, options);
  expected('DescribeStream', result, ({ StreamDescription }) => isText(StreamDescription?.StreamName));
  const { StreamDescription: description } = result;
  description.StreamCreationTimestamp = toDate(description.StreamCreationTimestamp);
  return result;
}

/** The names of the streams of an account in a region, a page of them. */
export async function listStreams(
  client: KinesisClient,
  input: ListStreamsInput = {},
  options?: CallOptions,
): Promise<ListStreamsOutput> {
  const result = await client.call('ListStreams', input, options);
  expected('ListStreams', result, ({ StreamNames }) => Array.isArray(StreamNames));
  for (const summary of result.StreamSummaries ?? [])
    if (summary.StreamCreationTimestamp) summary.StreamCreationTimestamp = toDate(summary.StreamCreationTimestamp);
  return result;
}

/** Begins to split or merge the shards of a stream until it has so many. */
export async function updateShardCount(
  client: KinesisClient,
  input: UpdateShardCountInput,
  options?: CallOptions,
): Promise<UpdateShardCountOutput> {
  return client.call('UpdateShardCount', input, options);
}

export interface Pagination extends CallOptions {
  client: KinesisClient;
  /** Most members of a page. @default what Kinesis gives */
  pageSize?: number;
}

/**
 * All streams, page by page.
 * @example
 * for await (const { StreamNames } of paginateListStreams({ client }, {})) console.log(StreamNames);
 */
export async function* paginateListStreams(
  pagination: Pagination,
  input: ListStreamsInput = {},
): AsyncGenerator<ListStreamsOutput, void, undefined> {
  const { client, pageSize, abortSignal } = checkPagination(pagination, input);
  const options = abortSignal && { abortSignal };
  let next: ListStreamsInput = { ...input, ...(pageSize && { Limit: pageSize }) };
  for (;;) {
    const page = await listStreams(client, next, options);
    yield page;
    const last = page.StreamNames[page.StreamNames.length - 1];
    if (!page.HasMoreStreams || last === undefined) return;
    const { Limit } = next;
    next = page.NextToken ? { NextToken: page.NextToken } : { ExclusiveStartStreamName: last };
    if (Limit) next.Limit = Limit;
  }
}

/**
 * All shards of a stream, page by page.
 * @example
 * for await (const { Shards } of paginateListShards({ client }, { StreamName: 'clicks' })) console.log(Shards);
 */
export async function* paginateListShards(
  pagination: Pagination,
  input: StreamInput,
): AsyncGenerator<{ Shards: Shard[]; NextToken?: string }, void, undefined> {
  const { client, pageSize, abortSignal } = checkPagination(pagination, input);
  const options = abortSignal && { abortSignal };
  const limit = pageSize && { MaxResults: pageSize };
  let next: object | undefined = { ...input, ...limit };
  while (next) {
    const page: { Shards: Shard[]; NextToken?: string } = await client.call('ListShards', next, options);
    expected('ListShards', page, ({ Shards }) => Array.isArray(Shards));
    yield page;
    next = page.NextToken === undefined ? undefined : { NextToken: page.NextToken, ...limit };
  }
}
