import { signerModule } from '../core/signer-module.js';
import { type RecordData, kindOf, toBytes, toData, toText } from '../core/data.js';
import { describe } from '../core/describe.js';
import { KinesisError, reading } from '../core/error.js';
import { parseUrl } from '../core/checks.js';
import { tagOf } from '../core/lost-content.js';
import { type AwsCredentials, checkKeys } from '../core/credentials.js';

export interface RequestToSign {
  method: string;
  /**
   * Absolute. What a URL parser makes of it is signed: sign what you send. S3 reads a plus sign as a space, in a path
   * too: write `%2B` for a plus sign in a key.
   */
  url: string;
  /**
   * Signed too, but for those that proxies change (user-agent, expect, connection, traceparent and their like). S3
   * needs `x-amz-content-sha256`: the SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`.
   */
  headers?: Record<string, string>;
  body?: RecordData;
  region: string;
  /** The name in the credential scope: `kinesis`, `sqs`, `lambda`, … */
  service: string;
  credentials: AwsCredentials;
  /** @default the time now */
  date?: Date;
}

/**
 * Signs one request with AWS Signature Version 4, at once: what {@link KinesisClient} uses, for other AWS calls too.
 * Returns the headers of the request plus x-amz-date, authorization and, with temporary keys, x-amz-security-token.
 * @example
 * const url = 'https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/';
 * const { headers } = signRequest({ method: 'GET', url, region: 'us-east-1', service: 'lambda', credentials });
 * const response = await fetch(url, { headers });
 */
export function signRequest(request: RequestToSign): { headers: Record<string, string> } {
  const { method, url, region, service, keys, headers, body, at } = reading('request', () => readRequest(request));
  const { sessionToken: token } = keys;
  const lines = headerLines(headers);
  const bytes = toBytes(body);
  const signed = signerModule().run((exports) =>
    exports.signRequest(at, method, url, region, service, keys, lines, bytes),
  );
  const signedHeaders = withoutSignerHeaders(headers);
  signedHeaders['x-amz-date'] = signed.date;
  if (token) signedHeaders['x-amz-security-token'] = token;
  signedHeaders.authorization = signed.authorization;
  return { headers: signedHeaders };
}

function readRequest(request: RequestToSign) {
  if (typeof request !== 'object' || request === null)
    throw KinesisError.invalid(`request must be an object, not ${kindOf(request)}`);
  const { credentials, body, date } = request;
  return {
    keys: checkKeys(credentials, 'credentials'),
    region: toName(request.region, 'region'),
    service: toName(request.service, 'service'),
    method: toName(request.method, 'method'),
    url: toUrl(request.url),
    headers: readHeaders(request.headers),
    body: body === undefined || body === null ? '' : toData(body, 'body'),
    at: signingTime(date),
  };
}

function toLine(value: unknown, argument: string): string {
  const text = toText(value, argument);
  if (LINE_BREAK.test(text)) throw KinesisError.invalid(`${argument} must have no line break and no NUL in it`);
  return text;
}

/** A part of the credential scope, or a method: neither is empty, or has what separates parts. */
function toName(value: unknown, argument: string): string {
  const text = toLine(value, argument);
  if (text === '' || /[\s/]/.test(text))
    throw KinesisError.invalid(`${argument} must be a name without spaces and slashes, not ${describe(value)}`);
  return text;
}

/** What the host's `fetch` will make of the URL. */
function toUrl(url: unknown): string {
  const text = url instanceof URL ? url.href : toText(url, 'url');
  if (text === lastUrl?.text) return lastUrl.href;
  const parsed = parseUrl(text);
  if (!parsed) throw KinesisError.invalid('url must be an absolute URL');
  lastUrl = { text, href: parsed.href };
  return lastUrl.href;
}

/** Most requests go where the one before went, and to parse a URL takes as long as half a signature. */
let lastUrl: { text: string; href: string } | undefined;

/** A copy of the caller's headers. */
function readHeaders(headers: unknown = {}): Record<string, string> {
  if (typeof headers !== 'object' || headers === null)
    throw KinesisError.invalid(`headers must be an object, not ${kindOf(headers)}`);
  // Not by its prototype, which differs in another realm. A `Headers` or a `Map` has no members of its own.
  if (tagOf(headers) !== 'Object') throw notPlain();
  const values = headers as Record<string, unknown>;
  const read: Record<string, string> = {};
  for (const name of Object.keys(values)) {
    if (typeof values[name] === 'function') throw notPlain();
    if (!TOKEN.test(name)) throw notAName(name);
    read[name] = toLine(values[name], `headers['${name}']`);
  }
  return read;
}

function notAName(name: string): KinesisError {
  if (LINE_BREAK.test(name)) return KinesisError.invalid('headers must have no line break in a name');
  return KinesisError.invalid(`headers['${name}'] is no name of a header: it has characters that none may have`);
}

function notPlain(): KinesisError {
  return KinesisError.invalid('headers must be a plain object of texts: of a Headers give Object.fromEntries(headers)');
}

/** Each header as two lines: its name and its value. */
function headerLines(headers: Record<string, string>): string {
  let lines = '';
  for (const name of Object.keys(headers)) lines += `${name}\n${headers[name]}\n`;
  return lines;
}

/** The time of the signature in milliseconds since 1970. */
function signingTime(date: unknown): number {
  const ms = date === undefined || date === null ? Date.now() : Number(date);
  // A signature has a year of four digits.
  if (!(ms >= 0 && ms < TIME_MS_END)) throw KinesisError.invalid('date must be a valid Date from 1970 to 9999');
  return ms;
}

/** The caller's headers without those that the signer sets, whose names may be in upper or lower case. */
function withoutSignerHeaders(headers: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(headers))
    if (!SET_BY_SIGNER.has(name.toLowerCase())) kept[name] = headers[name] as string;
  return kept;
}

/** The year 10000. */
const TIME_MS_END = 253_402_300_800_000;
const LINE_BREAK = /[\r\n\0]/;
/** https://www.rfc-editor.org/rfc/rfc9110#name-field-names */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const SET_BY_SIGNER = new Set(['authorization', 'x-amz-date', 'x-amz-security-token']);
