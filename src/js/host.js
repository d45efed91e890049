import { KinesisError } from './error.js';

/**
 * An error that the core has found.
 * @param {import('./types.js').KinesisErrorCode} code
 * @param {string} message
 * @param {string} [name]
 * @param {number} [status]
 * @param {string} [requestId]
 * @param {number} [attempts]
 * @param {string} [partitionKey]
 */
export function makeError(code, message, name, status, requestId, attempts, partitionKey) {
  return new KinesisError(code, message, { name, status, requestId, attempts, partitionKey });
}

/**
 * The headers that sign a request.
 * @param {string} date
 * @param {string | undefined} token
 * @param {string} authorization
 */
export function makeHeaders(date, token, authorization) {
  return { 'x-amz-date': date, ...(token !== undefined && { 'x-amz-security-token': token }), authorization };
}

/**
 * Calls `fetch` at once; one that throws has failed like one that rejects.
 * @param {typeof globalThis.fetch} fetch
 * @param {AbortSignal} signal
 * @param {string} url
 * @param {Uint8Array<ArrayBuffer>} body a view of wasm memory: `fetch` copies it before it returns, and one that the user brought may not
 * @param {boolean} copies
 * @param {boolean} keepalive
 * @param {string} contentType
 * @param {string} target
 * @param {Record<string, string>} signed
 */
export async function post(fetch, signal, url, body, copies, keepalive, contentType, target, signed) {
  const headers = { 'content-type': contentType, 'x-amz-target': target, ...signed };
  /** @type {RequestInit} */
  const init = { method: 'POST', headers, body: copies ? body.slice() : body, signal };
  // Not every host knows the option.
  if (keepalive) init.keepalive = true;
  return fetch.call(globalThis, url, init);
}

/**
 * @param {any} object
 * @param {string} name
 * @returns {string | undefined}
 */
export function textOf(object, name) {
  return object[name] ?? undefined;
}

/**
 * @param {any} object
 * @param {string} name
 * @returns {number}
 */
export function numberOf(object, name) {
  return object[name];
}

/**
 * @param {import('./types.js').UserRecord[]} list
 * @param {string} partitionKey
 * @param {string | undefined} explicitHashKey
 * @param {Uint8Array} data a view of wasm memory
 */
export function pushUserRecord(list, partitionKey, explicitHashKey, data) {
  const key = explicitHashKey === undefined ? {} : { explicitHashKey };
  list.push({ partitionKey, ...key, data: data.slice(), subSequenceNumber: list.length });
}

/**
 * @param {string[]} list
 * @param {number} index
 * @returns {string | undefined}
 */
export function itemOf(list, index) {
  return list[index];
}

/** @param {Uint8Array} data */
export function bytesOf(data) {
  return data;
}
