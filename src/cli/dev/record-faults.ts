import type { IncomingMessage } from 'node:http';
import type { Answer } from './fault-proxy.js';

interface Result {
  [member: string]: unknown;
}

/**
 * Refuses some records of a PutRecords request, and passes the others on. Other requests, and those in CBOR, pass as
 * they are.
 * @param happens whether the next record is refused
 */
export async function failRecords(
  { headers }: IncomingMessage,
  body: Buffer,
  happens: () => boolean,
  pass: (body: Buffer) => Promise<Answer>,
): Promise<Answer> {
  const input = recordsIn(headers, body);
  if (!input) return pass(body);
  const refused = input.Records.map(happens);
  const passed = input.Records.filter((_, index) => !refused[index]);
  const answer = passed.length > 0 ? await pass(Buffer.from(JSON.stringify({ ...input, Records: passed }))) : EMPTY;
  if (answer.status !== 200) return answer;
  const output = JSON.parse(answer.body.toString());
  const stored: Result[] = output.Records;
  const Records = refused.map((isRefused) => (isRefused ? REFUSED : stored.shift()));
  const FailedRecordCount = Records.filter((result) => result?.ErrorCode).length;
  const text = Buffer.from(JSON.stringify({ ...output, FailedRecordCount, Records }));
  return { ...answer, headers: { ...answer.headers, 'content-length': String(text.length) }, body: text };
}

function recordsIn(headers: IncomingMessage['headers'], body: Buffer): { Records: unknown[] } | undefined {
  const isPutRecords = String(headers['x-amz-target']).endsWith('.PutRecords');
  if (!isPutRecords || !String(headers['content-type']).includes('json')) return undefined;
  try {
    const input = JSON.parse(body.toString());
    return Array.isArray(input?.Records) ? input : undefined;
  } catch {
    return undefined;
  }
}

const REFUSED: Result = {
  ErrorCode: 'ProvisionedThroughputExceededException',
  ErrorMessage: 'Rate exceeded for the shard (a fault of kinesis-edge dev)',
};
/** The answer where no record is passed on. */
const EMPTY: Answer = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: Buffer.from('{"FailedRecordCount":0,"Records":[]}'),
};
