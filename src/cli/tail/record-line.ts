import { isUtf8 } from 'node:buffer';
import type { ArrivedRecord } from './shard-reader.js';

/** A record as one line: time, shard, partition key, place in its aggregate, data. */
export function textLine({ arrivedAt, shardId, partitionKey, subSequenceNumber, of, data }: ArrivedRecord): string {
  const place = of > 1 ? [`[${subSequenceNumber + 1}/${of}]`] : [];
  const text = textOf(data) ?? `base64:${Buffer.from(data).toString('base64')}`;
  return [timeOf(arrivedAt), shardId, visible(partitionKey), ...place, visible(text.replace(/\r?\n$/, ''))].join('  ');
}

/** A record as one line of JSON. */
export function jsonLine(record: ArrivedRecord): string {
  const { shardId, sequenceNumber, subSequenceNumber, of, partitionKey, explicitHashKey, arrivedAt, data } = record;
  const text = textOf(data);
  const place = { shardId, sequenceNumber, ...(of > 1 && { subSequenceNumber }) };
  const keys = { partitionKey, ...(explicitHashKey && { explicitHashKey }) };
  const content = text === undefined ? { dataBase64: Buffer.from(data).toString('base64') } : { data: text };
  return visible(JSON.stringify({ ...place, ...keys, approximateArrivalTimestamp: timeOf(arrivedAt), ...content }));
}

function timeOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? '-' : date.toISOString();
}

/** Data that is text; `undefined` where it is not. */
function textOf(data: Uint8Array): string | undefined {
  return isUtf8(data) ? Buffer.from(data).toString() : undefined;
}

/** Control characters as escapes: whoever writes to the stream must not write to the terminal. */
function visible(text: string): string {
  return text.replace(CONTROLS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** C0, DEL, C1, and the marks that turn the direction of text. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
