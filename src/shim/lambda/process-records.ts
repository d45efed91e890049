import { checkFunction } from '../core/checks.js';
import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { parseJson } from '../core/json.js';
import { checkKnown } from '../core/option-names.js';
import type { BatchResponse, KinesisEventBatch, LambdaRecord, ProcessOptions } from './types.js';
import { kinesisRecords, userRecordsOf } from './user-records.js';

/**
 * Calls `handle` with each user record of a Lambda event, one after the other in order, and awaits it. Where one fails,
 * or a Kinesis record cannot be read, the rest is left to the next delivery: the result names the sequence number of
 * its Kinesis record, as Lambda expects it where the event source has `ReportBatchItemFailures`:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * Lambda delivers at least once. The user records of an aggregate share a sequence number, so those before the one that
 * has failed come again; `recentMessages` drops them within one function instance.
 * @example
 * export const handler = (event: KinesisEventBatch) =>
 *   processRecords(event, async ({ data }) => store(JSON.parse(new TextDecoder().decode(data))));
 */
export async function processRecords(
  event: KinesisEventBatch,
  handle: (record: LambdaRecord) => unknown,
  options: ProcessOptions = {},
): Promise<BatchResponse> {
  checkKnown(options, PROCESS_OPTIONS);
  const { recentMessages, onError = logError } = options ?? {};
  checkFunction(handle, 'handle');
  checkFunction(onError, 'onError');
  if (recentMessages) {
    checkFunction(recentMessages.has, 'recentMessages.has');
    checkFunction(recentMessages.add, 'recentMessages.add');
  }
  for (const [index, kinesisRecord] of kinesisRecords(event).entries()) {
    let records;
    try {
      records = userRecordsOf(kinesisRecord, index);
    } catch (error) {
      const sequenceNumber = sequenceNumberOf(kinesisRecord);
      // Without it Lambda delivers the whole batch again.
      if (sequenceNumber === undefined) throw error;
      logUnreadable(error, sequenceNumber);
      return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
    }
    for (const record of records) {
      const messageId = recentMessages && messageIdOf(record);
      try {
        if (messageId !== undefined && (await recentMessages?.has(messageId))) continue;
        await handle(record);
        // Only now: what has failed must not be dropped when it comes again.
        if (messageId !== undefined) await recentMessages?.add(messageId);
      } catch (error) {
        await report(onError, error, record);
        return { batchItemFailures: [{ itemIdentifier: record.sequenceNumber }] };
      }
    }
  }
  return { batchItemFailures: [] };
}

function sequenceNumberOf(kinesisRecord: object): string | undefined {
  const { sequenceNumber } = (kinesisRecord as { kinesis?: { sequenceNumber?: unknown } } | null)?.kinesis ?? {};
  return typeof sequenceNumber === 'string' && sequenceNumber !== '' ? sequenceNumber : undefined;
}

/** What `onError` throws must not hide which record has failed. */
async function report(onError: NonNullable<ProcessOptions['onError']>, error: unknown, record: LambdaRecord) {
  try {
    await onError(error, record);
  } catch (thrown) {
    console.error('onError has thrown', thrown);
  }
}

/** A longer id is not one of the tracker's, and would take the memory of the function. */
function messageIdOf({ data }: LambdaRecord): string | undefined {
  const value = parseJson(decoder.decode(data)) as { messageId?: unknown } | null | undefined;
  const id = value?.messageId;
  return typeof id === 'string' && id.length <= MESSAGE_ID_LENGTH_MAX ? id : undefined;
}

function logUnreadable(error: unknown, sequenceNumber: string): void {
  console.error(`the record ${sequenceNumber} could not be read`, error);
}

function logError(error: unknown, { sequenceNumber, subSequenceNumber }: LambdaRecord): void {
  console.error(`the record ${sequenceNumber}/${subSequenceNumber} was not handled`, error);
}

const decoder = new TextDecoder();

const PROCESS_OPTIONS = { owner: 'processRecords', known: ['recentMessages', 'onError'] };

/** In UTF-16 units: 256 characters, as the collector accepts them. */
const MESSAGE_ID_LENGTH_MAX = 512;
