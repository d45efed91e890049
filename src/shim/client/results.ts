import { clientModule } from '../core/client-module.js';

/** Whether a body is a result of the operation. */
export type IsResult = (result: any) => boolean;

/**
 * The result in the body of a good response. `undefined` where it is not what was asked for: a captive portal, a proxy,
 * a connection that broke off.
 */
export function readResult(body: Uint8Array, isResult: IsResult): any {
  // The response of CreateStream and similar operations has an empty body.
  if (body.length === 0 && isResult === isAny) return {};
  try {
    const text = decoder.decode(isCbor(body) ? clientModule().run((exports) => exports.cborToJson(body)) : body);
    const result = JSON.parse(text);
    if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined;
    // Some servers write null for a member without a value.
    if (text.includes('null')) dropNulls(result);
    return isResult(result) ? result : undefined;
  } catch {
    return undefined;
  }
}

export function isAny(): boolean {
  return true;
}

export function isPutRecord(result: any): boolean {
  return typeof result.ShardId === 'string' && typeof result.SequenceNumber === 'string';
}

/** The entries decide. `FailedRecordCount`, which the service may leave out, is then counted. */
export function isPutRecords(count: number): IsResult {
  return (result) => {
    const { Records } = result;
    if (!Array.isArray(Records) || Records.length !== count || !Records.every(isEntry)) return false;
    if (typeof result.FailedRecordCount !== 'number')
      result.FailedRecordCount = Records.filter(({ ErrorCode }) => ErrorCode).length;
    return true;
  };
}

function isEntry(entry: any): boolean {
  return typeof entry.ErrorCode === 'string' || isPutRecord(entry);
}

export function isListShards(result: any): boolean {
  return Array.isArray(result.Shards);
}

export function isSummary({ StreamDescriptionSummary: summary }: any): boolean {
  if (typeof summary !== 'object') return false;
  const time = summary.StreamCreationTimestamp;
  // The service counts it in milliseconds in CBOR, in seconds in JSON.
  if (typeof time === 'number') summary.StreamCreationTimestamp = new Date(time > SECONDS_MAX ? time : time * 1000);
  return true;
}

function dropNulls(value: any): void {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) dropNulls(member);
    else if (member === null && !Array.isArray(value)) delete value[name];
  }
}

/** No text begins with a byte that begins a CBOR map. */
function isCbor(body: Uint8Array): boolean {
  const first = body[0] ?? 0;
  return first >= 0xa0 && first <= 0xbf;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
/** Seconds reach it in the year 5138, milliseconds have since 1973. */
const SECONDS_MAX = 1e11;
