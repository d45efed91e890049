import { base64Bytes } from '../core/base64-bytes.js';
import { kindOf, toText } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import { deaggregate } from '../producer/deaggregate.js';
import type { KinesisEventBatch, LambdaRecord } from './types.js';

/**
 * The user records of a Lambda event, in order: aggregates in the KPL's format give all that is inside, and other
 * records themselves. Data is decoded to bytes.
 *
 * Throws a `KinesisError` with the code `ERR_INVALID_ARGUMENT` where the event is not one of a Kinesis event source.
 * @example
 * for (const { data } of userRecords(event)) console.log(JSON.parse(new TextDecoder().decode(data)));
 */
export function userRecords(event: KinesisEventBatch): LambdaRecord[] {
  return kinesisRecords(event).flatMap((record, index) => userRecordsOf(record, index));
}

/** @internal */
export function kinesisRecords(event: KinesisEventBatch): object[] {
  const Records = reading('event', () => (event as KinesisEventBatch | undefined)?.Records);
  if (!Array.isArray(Records)) {
    throw KinesisError.invalid(`event must be a Lambda event with an array of Records, not ${kindOf(event)}`);
  }
  return Records;
}

/** @internal */
export function userRecordsOf(record: object, index: number): LambdaRecord[] {
  const { kinesis, eventID } = (record ?? {}) as { kinesis?: Record<string, unknown>; eventID?: unknown };
  if (typeof kinesis !== 'object' || kinesis === null) {
    throw KinesisError.invalid(
      `event.Records[${index}].kinesis is missing: the event must come from a Kinesis event source`,
    );
  }
  const sequenceNumber = toText(kinesis['sequenceNumber'], `event.Records[${index}].kinesis.sequenceNumber`);
  const partitionKey = toText(kinesis['partitionKey'], `event.Records[${index}].kinesis.partitionKey`);
  const data = dataOf(kinesis['data'], index);
  const eventId = typeof eventID === 'string' ? eventID : '';
  return deaggregate({ partitionKey, data }).map((user) => ({ ...user, sequenceNumber, eventId }));
}

function dataOf(data: unknown, index: number): Uint8Array {
  const argument = `event.Records[${index}].kinesis.data`;
  const text = toText(data, argument);
  // Node decodes what is no base64 as far as it goes, without an error.
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw KinesisError.invalid(`${argument} must be base64`);
  return base64Bytes(text);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
