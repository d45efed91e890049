// The user records of an entry: the KPL's format, read here by itself.
// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
import { createHash } from 'node:crypto';

/** @returns `{ data, partitionKey }` for each user record */
export function userRecordsOf(data, partitionKey) {
  const body = data.subarray(4, -16);
  if (data.length < 20 || !data.subarray(0, 4).equals(MAGIC) || !md5(body).equals(data.subarray(-16))) return [{ data, partitionKey }];
  const keys = [];
  const records = [];
  for (const [field, value] of fieldsOf(body)) {
    if (field === 1) keys.push(value.toString());
    if (field === 3) records.push(Object.fromEntries(fieldsOf(value)));
  }
  return records.map((record) => ({ data: record[3], partitionKey: keys[record[1] ?? 0] }));
}

function fieldsOf(bytes) {
  const fields = [];
  for (let at = 0; at < bytes.length; ) {
    const number = () => {
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * shift;
        if (byte < 128) return value;
      }
    };
    const tag = number();
    if ((tag & 7) === 0) fields.push([tag >> 3, number()]);
    else {
      const length = number();
      fields.push([tag >> 3, bytes.subarray(at, (at += length))]);
    }
  }
  return fields;
}

export function md5(data) {
  return createHash('md5').update(data).digest();
}

const MAGIC = Buffer.from('f3899ac2', 'hex');
