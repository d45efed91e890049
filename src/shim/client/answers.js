import { AS_JSON, run } from '../core/core.js';

/**
 * The headers of an answer that the core wants to know, a line each.
 * @param {Headers} headers
 */
export function factsOf(headers) {
  return FACTS.map((name) => headers.get(name) ?? '').join('\0');
}

/**
 * The result in the body of a good answer. Nothing where it is not what was asked for: a captive portal, a proxy, a connection
 * that broke off.
 * @param {Uint8Array} body
 * @param {(result: any) => boolean} isResult
 */
export function readResult(body, isResult) {
  // CreateStream and its like answer with nothing.
  if (body.length === 0 && isResult === isAnything) return {};
  try {
    let text = '';
    const decode = (/** @type {unknown} */ _, /** @type {Uint8Array} */ bytes) => (text = decoder.decode(bytes));
    if (isCbor(body)) run(AS_JSON, undefined, 0, 0, 0, 0, '', body, decode);
    else decode('', body);
    const result = JSON.parse(text);
    if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined;
    // Some servers spell out what is absent.
    if (text.includes('null')) dropNulls(result);
    return isResult(result) ? result : undefined;
  } catch {
    return undefined;
  }
}

export function isAnything() {
  return true;
}

/** @param {any} result */
export function isRecord(result) {
  return typeof result.ShardId === 'string' && typeof result.SequenceNumber === 'string';
}

/** @param {number} count */
export function areRecords(count) {
  return (/** @type {any} */ { Records, FailedRecordCount }) =>
    Array.isArray(Records) && Records.length === count && typeof FailedRecordCount === 'number' && Records.every((entry) => typeof entry.ErrorCode === 'string' || isRecord(entry));
}

/** @param {any} result */
export function areShards(result) {
  return Array.isArray(result.Shards);
}

/** @param {any} result */
export function isSummary({ StreamDescriptionSummary: summary }) {
  if (typeof summary !== 'object') return false;
  // The service counts it in milliseconds in CBOR, in seconds in JSON.
  if (summary.StreamCreationTimestamp > SECONDS_MAX) summary.StreamCreationTimestamp /= 1000;
  return true;
}

/** @param {any} value */
function dropNulls(value) {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) dropNulls(member);
    else if (member === null && !Array.isArray(value)) delete value[name];
  }
}

/**
 * No text begins with a byte that begins a CBOR map.
 * @param {Uint8Array} body
 */
function isCbor(body) {
  const first = body[0] ?? 0;
  return first >= 0xa0 && first <= 0xbf;
}

const FACTS = ['x-amzn-requestid', 'x-amzn-errortype', 'date', 'x-amz-retry-after'];
const decoder = new TextDecoder('utf-8', { fatal: true });
/** Seconds reach it in the year 5138, milliseconds have since 1973. */
const SECONDS_MAX = 1e11;
