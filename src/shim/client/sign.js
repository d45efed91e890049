import { SIGN, run, told } from '../core/core.js';
import { kindOf, toBytes, toData, toText } from '../core/data.js';
import { KinesisError, errorFrom } from '../core/error.js';
import { checkKeys } from '../core/options.js';

/**
 * Signs one request with AWS Signature Version 4, at once.
 * @param {import('../types/types.js').RequestToSign} request
 * @returns {{ headers: Record<string, string> }}
 */
export function signRequest(request) {
  if (typeof request !== 'object' || request === null) throw KinesisError.invalid(`request must be an object, not ${kindOf(request)}`);
  const { headers = {}, body, credentials, date } = request;
  const { accessKeyId, secretAccessKey, sessionToken } = checkKeys(credentials, 'credentials');
  const region = toText(request.region, 'region');
  const service = toText(request.service, 'service');
  const head = [toText(request.method, 'method'), region, service, accessKeyId, secretAccessKey, sessionToken ?? '', toUrl(request.url)];
  const signed = sign(head, toHeaders(headers), body === undefined || body === null ? '' : toData(body, 'body'), time(date));
  return { headers: { ...without(headers), 'x-amz-date': signed.date, ...(sessionToken && { 'x-amz-security-token': sessionToken }), authorization: signed.authorization } };
}

/**
 * @param {string[]} head
 * @param {string[]} headers
 * @param {string | Uint8Array} body
 * @param {number} at
 */
function sign(head, headers, body, at) {
  // All cross into the core in one piece.
  const lines = head.concat(headers);
  if (lines.some((line) => line.includes('\n') || line.includes('\0'))) throw KinesisError.invalid('request must have no line break in its method, region, service, credentials or names of headers');
  try {
    run(SIGN, undefined, at, 0, 0, 0, lines.join('\0'), toBytes(body));
    const [date, authorization] = told.split('\n');
    return { date: /** @type {string} */ (date), authorization: /** @type {string} */ (authorization) };
  } catch (error) {
    throw errorFrom(error);
  }
}

/**
 * What the host's `fetch` will make of the URL.
 * @param {unknown} url
 */
function toUrl(url) {
  const text = url instanceof URL ? url.href : toText(url, 'url');
  if (text === lastUrl.text) return lastUrl.href;
  if (!URL.canParse(text)) throw KinesisError.invalid('url must be an absolute URL');
  lastUrl = { text, href: new URL(text).href };
  return lastUrl.href;
}

/** Most requests go where the one before went, and to parse a URL takes as long as half a signature. */
let lastUrl = { text: '', href: '' };

/**
 * Names and values in turn.
 * @param {Record<string, string>} headers
 */
function toHeaders(headers) {
  if (typeof headers !== 'object' || headers === null) throw KinesisError.invalid(`headers must be an object, not ${kindOf(headers)}`);
  // The signature has a space for each run of white space.
  const list = [];
  for (const name in headers) list.push(name, toText(headers[name], `headers['${name}']`).replaceAll('\n', ' ').replaceAll('\0', ' '));
  return list;
}

/** @param {unknown} date */
function time(date) {
  const ms = date === undefined ? Date.now() : Number(date);
  if (Number.isNaN(ms)) throw KinesisError.invalid('date must be a valid Date');
  return ms;
}

/**
 * The given headers but for those that are set anew, in whatever case they were given.
 * @param {Record<string, string>} headers
 */
function without(headers) {
  /** @type {Record<string, string>} */
  const kept = {};
  for (const name in headers) if (!SET_BY_SIGNER.has(name.toLowerCase())) kept[name] = /** @type {string} */ (headers[name]);
  return kept;
}

const SET_BY_SIGNER = new Set(['authorization', 'x-amz-date', 'x-amz-security-token']);
