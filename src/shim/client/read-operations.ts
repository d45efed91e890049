import { base64Bytes } from '../core/base64-bytes.js';
import { pause, toAbortSignal } from '../core/abort.js';
import { checkCount } from '../core/checks.js';
import { TIMER_MS_MAX } from '../core/limits.js';
import type { KinesisClient } from './client.js';
import { ExpiredIteratorException } from './exceptions.js';
import { expected, isBase64, isText } from './expected.js';
import { checkPagination } from './pagination.js';
import { toDate, toSeconds } from './timestamps.js';
import type { CallOptions, CallOutput, StreamInput } from './types.js';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
export interface GetShardIteratorInput extends StreamInput {
  ShardId: string;
  ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER' | 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** With `AT_SEQUENCE_NUMBER` and `AFTER_SEQUENCE_NUMBER`. */
  StartingSequenceNumber?: string;
  /** With `AT_TIMESTAMP`. */
  Timestamp?: Date;
}

export interface GetShardIteratorOutput extends CallOutput {
  /** Where to read; it expires after five minutes. */
  ShardIterator: string;
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
export interface GetRecordsInput {
  ShardIterator: string;
  /** 1–10,000 records. */
  Limit?: number;
  StreamARN?: string;
}

export interface GetRecordsOutput extends CallOutput {
  Records: StoredRecord[];
  /** Where to read on. There is none at the end of a shard that was split or merged. */
  NextShardIterator?: string;
  /** How far behind the newest record of the shard this response is. 0 at the newest. */
  MillisBehindLatest?: number;
}

/** A Kinesis record as it is stored. {@link deaggregate} makes the user records of an aggregate. */
export interface StoredRecord {
  SequenceNumber: string;
  ApproximateArrivalTimestamp: Date;
  Data: Uint8Array<ArrayBuffer>;
  PartitionKey: string;
  EncryptionType?: 'NONE' | 'KMS';
}

/** Where in a shard to begin to read. */
export async function getShardIterator(
  client: KinesisClient,
  input: GetShardIteratorInput,
  options?: CallOptions,
): Promise<GetShardIteratorOutput> {
  const result = await client.call('GetShardIterator', { ...input, Timestamp: toSeconds(input?.Timestamp) }, options);
  return expected('GetShardIterator', result, ({ ShardIterator }) => isText(ShardIterator));
}

/** The next records of a shard, at most 10,000 or 10 MiB of them. */
export async function getRecords(
  client: KinesisClient,
  input: GetRecordsInput,
  options?: CallOptions,
): Promise<GetRecordsOutput> {
  const result = await client.call('GetRecords', input, options);
  expected('GetRecords', result, ({ Records }) => Array.isArray(Records) && Records.every(isStored));
  for (const record of result.Records) {
    record.Data = base64Bytes(record.Data);
    record.ApproximateArrivalTimestamp = toDate(record.ApproximateArrivalTimestamp);
  }
  return result;
}

function isStored(record: any): boolean {
  return isText(record?.SequenceNumber) && isText(record.PartitionKey) && isBase64(record.Data);
}

export interface GetRecordsPagination extends CallOptions {
  client: KinesisClient;
  /** Most records of a page, 1–10,000. @default what Kinesis gives: up to 10,000 records or 10 MiB */
  pageSize?: number;
  /**
   * Whether to end with the first page that has no records and is not behind the newest one. Otherwise the pages end
   * with the shard, or with `abortSignal`. @default false
   */
  stopAtLatest?: boolean;
  /**
   * Pause in milliseconds after a page, as a shard takes five reads in a second from all its readers together.
   * @default 200
   */
  pauseMs?: number;
}

/**
 * The records of a shard, page by page. An iterator that has expired, as the loop took more than five minutes over a
 * page, is replaced by one after the last record. With LATEST and no record yet, it is replaced by one at the time of
 * the first, by this host's clock.
 * @example
 * const from = { StreamName: 'clicks', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
 * for await (const { Records } of paginateGetRecords({ client, stopAtLatest: true }, from)) console.log(Records);
 */
export async function* paginateGetRecords(
  pagination: GetRecordsPagination,
  input: GetShardIteratorInput,
): AsyncGenerator<GetRecordsOutput, void, undefined> {
  const { client, pageSize, stopAtLatest = false, pauseMs = 200, abortSignal } = checkPagination(pagination, input);
  checkCount(pauseMs, 'pauseMs', { min: 0, max: TIMER_MS_MAX });
  const options = abortSignal && { abortSignal };
  const { StreamName, StreamARN, ShardId } = input;
  const stream = { ...(StreamName && { StreamName }), ...(StreamARN && { StreamARN }) };
  let from = input;
  let iterator: string | undefined;
  for (;;) {
    const openedAt = new Date();
    iterator ??= (await getShardIterator(client, from, options)).ShardIterator;
    // Should it expire before there is a record, LATEST would leave out those that have come meanwhile.
    if (from.ShardIteratorType === 'LATEST')
      from = { ...stream, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: openedAt };
    const page = await pageAt(client, { ShardIterator: iterator, Limit: pageSize, StreamARN }, options);
    iterator = page?.NextShardIterator;
    if (!page) {
      await pause(pauseMs, toAbortSignal(abortSignal));
      continue;
    }
    // Before the caller gets the page, and may take the records out of it.
    const last = page.Records[page.Records.length - 1]?.SequenceNumber;
    if (last !== undefined)
      from = { ...stream, ShardId, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last };
    const isAtLatest = page.MillisBehindLatest === 0 && page.Records.length === 0;
    yield page;
    if (iterator === undefined || (stopAtLatest && isAtLatest)) return;
    await pause(pauseMs, toAbortSignal(abortSignal));
  }
}

/** A page, or `undefined` where the iterator has expired. */
async function pageAt(
  client: KinesisClient,
  {
    ShardIterator,
    Limit,
    StreamARN,
  }: { ShardIterator: string; Limit: number | undefined; StreamARN: string | undefined },
  options: CallOptions | undefined,
): Promise<GetRecordsOutput | undefined> {
  try {
    const input = { ShardIterator, ...(Limit && { Limit }), ...(StreamARN && { StreamARN }) };
    return await getRecords(client, input, options);
  } catch (error) {
    if (error instanceof ExpiredIteratorException) return undefined;
    throw error;
  }
}
