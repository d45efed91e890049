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
    {
      method: toText(request.method, 'method'),
      url: toUrl(request.url),
      region: toText(request.region, 'region'),
      service: toText(request.service, 'service'),
    },
    headerList(headers),
    body === undefined || body === null ? '' : toData(body, 'body'),
    toKeySet(checkKeys(credentials, 'credentials')),
    time(date),
  );
  return { headers: { ...without(headers), ...signed } };
}

/**
 * What the host's `fetch` will make of the URL.
 * @param {unknown} url
 */
function toUrl(url) {
  const text = url instanceof URL ? url.href : toText(url, 'url');
  if (!URL.canParse(text)) throw KinesisError.invalid('url must be an absolute URL');
  return new URL(text).href;
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
