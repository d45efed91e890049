import { kindOf, toData, toOptionalText, toText } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import { producerModule } from '../core/producer-module.js';

/** A record of a stream, its data decoded from base64. */
export interface KinesisRecord {
  partitionKey: string;
  explicitHashKey?: string;
  data: Uint8Array;
}

export interface UserRecord extends KinesisRecord {
  /** Its place in the aggregate. */
  subSequenceNumber: number;
}

/**
 * The user records inside a Kinesis record: one for a plain record, all for an aggregate in the KPL's format. A wrong
 * checksum means that it is no aggregate: the record comes back whole, as the KCL does it.
 * @example
 * const { Records } = await kinesis.getRecords({ ShardIterator });
 * const all = Records.flatMap(({ PartitionKey, Data }) => deaggregate({ partitionKey: PartitionKey, data: Data }));
 */
export function deaggregate(record: KinesisRecord): UserRecord[] {
  if (typeof record !== 'object' || record === null)
    throw KinesisError.invalid(`record must be an object with partitionKey and data, not ${kindOf(record)}`);
  const { data, partitionKey, explicitHashKey } = reading('record', () => readRecord(record));
  return producerModule().run((exports) => exports.deaggregate(data, partitionKey, explicitHashKey));
}

function readRecord(record: KinesisRecord) {
  const data = toData(record.data, 'data');
  if (typeof data === 'string') throw KinesisError.invalid('data must be bytes, not a string');
  return {
    data,
    partitionKey: toText(record.partitionKey, 'partitionKey'),
    explicitHashKey: toOptionalText(record.explicitHashKey, 'explicitHashKey'),
  };
}
