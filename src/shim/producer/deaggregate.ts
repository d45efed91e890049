import { kindOf, toData, toOptionalText, toText } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import { producerModule } from '../core/producer-module.js';
import type { KinesisRecord, UserRecord } from '../types/types.js';

/** The user records inside a Kinesis record. */
export function deaggregate(record: KinesisRecord): UserRecord[] {
  if (typeof record !== 'object' || record === null) throw KinesisError.invalid(`record must be an object with partitionKey and data, not ${kindOf(record)}`);
  const { data, partitionKey, explicitHashKey } = reading('record', () => readRecord(record));
  return producerModule().run((core) => core.deaggregate(data, partitionKey, explicitHashKey));
}

function readRecord(record: KinesisRecord) {
  const data = toData(record.data, 'data');
  if (typeof data === 'string') throw KinesisError.invalid('data must be bytes, not a string');
  return { data, partitionKey: toText(record.partitionKey, 'partitionKey'), explicitHashKey: toOptionalText(record.explicitHashKey, 'explicitHashKey') };
}
