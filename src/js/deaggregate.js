import { kindOf, toData, toOptionalText, toText } from './data.js';
import { KinesisError } from './error.js';
import { core } from './load.js';

/**
 * The user records inside a Kinesis record.
 * @param {import('./types.js').KinesisRecord} record
 * @returns {import('./types.js').UserRecord[]}
 */
export function deaggregate(record) {
  if (typeof record !== 'object' || record === null) throw KinesisError.invalid(`record must be an object with partitionKey and data, not ${kindOf(record)}`);
  const data = toData(record.data, 'data');
  if (typeof data === 'string') throw KinesisError.invalid('data must be bytes, not a string');
  /** @type {import('./types.js').UserRecord[]} */
  const records = [];
  core().deaggregate(records, data, toText(record.partitionKey, 'partitionKey'), toOptionalText(record.explicitHashKey, 'explicitHashKey'));
  return records;
}
