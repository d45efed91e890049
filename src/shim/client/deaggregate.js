import { DEAGGREGATE, joined, run, told } from '../core/core.js';
import { kindOf, toData, toOptionalText, toText } from '../core/data.js';
import { KinesisError } from '../core/error.js';

/**
 * The user records inside a Kinesis record.
 * @param {import('../types/types.js').KinesisRecord} record
 * @returns {import('../types/types.js').UserRecord[]}
 */
export function deaggregate(record) {
  if (typeof record !== 'object' || record === null) throw KinesisError.invalid(`record must be an object with partitionKey and data, not ${kindOf(record)}`);
  const data = toData(record.data, 'data');
  if (typeof data === 'string') throw KinesisError.invalid('data must be bytes, not a string');
  /** @type {import('../types/types.js').UserRecord[]} */
  const records = [];
  const key = toText(record.partitionKey, 'partitionKey');
  run(DEAGGREGATE, undefined, 0, 0, 0, 0, `${joined(toOptionalText(record.explicitHashKey, 'explicitHashKey'))}\0${key}`, data);
  /** @type {any[]} */
  const found = JSON.parse(told);
  for (let at = 0; at < found.length; at += 4) {
    const [partitionKey, explicitHashKey, begin, end] = found.slice(at, at + 4);
    const hashKey = explicitHashKey === 0 ? {} : { explicitHashKey };
    records.push({ partitionKey, ...hashKey, data: new Uint8Array(data.subarray(begin, end)), subSequenceNumber: at / 4 });
  }
  return records;
}
