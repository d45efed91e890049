import { toKeySet } from './credentials.js';
import { kindOf, toData, toText } from './data.js';
import { KinesisError } from './error.js';
import { core } from './load.js';
import { checkKeys } from './options.js';

/**
 * Signs one request with AWS Signature Version 4, at once.
 * @param {import('./types.js').RequestToSign} request
 * @returns {{ headers: Record<string, string> }}
 */
export function signRequest(request) {
  if (typeof request !== 'object' || request === null) throw KinesisError.invalid(`request must be an object, not ${kindOf(request)}`);
  const { headers = {}, body, credentials, date } = request;
  const signed = core().signRequest(
    toText(request.method, 'method'),
    checkUrl(request.url),
    headerList(headers),
    body === undefined || body === null ? '' : toData(body, 'body'),
    toText(request.region, 'region'),
    toText(request.service, 'service'),
    toKeySet(checkKeys(credentials, 'credentials')),
    time(date),
  );
  const [amzDate, authorization, token] = /** @type {[string, string, string?]} */ (signed);
  /** @type {Record<string, string>} */
  const added = token === undefined ? {} : { 'x-amz-security-token': token };
  return { headers: { ...without(headers), 'x-amz-date': amzDate, ...added, authorization } };
}

/** @param {unknown} url */
function checkUrl(url) {
  const text = url instanceof URL ? url.href : toText(url, 'url');
  if (!URL.canParse(text)) throw KinesisError.invalid('url must be an absolute URL');
  return text;
}

/**
 * Names and values in turn: what crosses the boundary in one array.
 * @param {Record<string, string>} headers
 */
function headerList(headers) {
  if (typeof headers !== 'object' || headers === null) throw KinesisError.invalid(`headers must be an object, not ${kindOf(headers)}`);
  return Object.entries(headers).flatMap(([name, value]) => [name, toText(value, `headers['${name}']`)]);
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
  const kept = Object.entries(headers).filter(([name]) => !SET_BY_SIGNER.has(name.toLowerCase()));
  return Object.fromEntries(kept);
}

const SET_BY_SIGNER = new Set(['authorization', 'x-amz-date', 'x-amz-security-token']);
