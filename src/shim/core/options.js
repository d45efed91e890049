import { kindOf } from './data.js';
import { KinesisError } from './error.js';

/**
 * The options of a client with their defaults, checked for what can be checked before the core is loaded.
 * @typedef {Required<Pick<import('../types/types.js').ClientOptions, 'region' | 'credentials' | 'protocol' | 'maxAttempts' | 'requestTimeoutMs' | 'useFipsEndpoint' | 'useDualstackEndpoint'>>
 *   & Pick<import('../types/types.js').ClientOptions, 'endpoint' | 'fetch' | 'recordBytesMax' | 'requestBytesMax'>} Options
 */

/**
 * @param {import('../types/types.js').ClientOptions} given
 * @returns {Options}
 */
export function readOptions(given) {
  if (typeof given !== 'object' || given === null) {
    throw KinesisError.invalid(`options must be an object with region and credentials, not ${kindOf(given)}`);
  }
  return {
    region: region(given.region),
    credentials: credentials(given.credentials),
    endpoint: endpoint(given.endpoint),
    protocol: oneOf(given.protocol ?? 'json', 'protocol', PROTOCOLS),
    useFipsEndpoint: flag(given.useFipsEndpoint, 'useFipsEndpoint'),
    useDualstackEndpoint: flag(given.useDualstackEndpoint, 'useDualstackEndpoint'),
    maxAttempts: count(given.maxAttempts ?? 3, 'maxAttempts', 1000),
    requestTimeoutMs: count(given.requestTimeoutMs ?? 10_000, 'requestTimeoutMs', TIMER_MS_MAX),
    recordBytesMax: bytes(given.recordBytesMax, 'recordBytesMax'),
    requestBytesMax: bytes(given.requestBytesMax, 'requestBytesMax'),
    fetch: fetcher(given.fetch),
  };
}

/** @param {unknown} value */
function region(value) {
  if (typeof value !== 'string' || value === '') {
    throw KinesisError.invalid(`region must be the name of an AWS region such as 'us-east-1', not ${value === '' ? 'an empty string' : kindOf(value)}`);
  }
  return value;
}

/** @param {unknown} value */
function credentials(value) {
  if (typeof value === 'function') return /** @type {import('../types/types.js').CredentialsProvider} */ (value);
  return checkKeys(value, 'credentials');
}

/**
 * Credentials as every AWS SDK provider gives them. No value is shown in an error: any of them may be the secret.
 * @param {unknown} keys
 * @param {string} argument
 * @returns {import('../types/types.js').AwsCredentials}
 */
export function checkKeys(keys, argument) {
  if (typeof keys !== 'object' || keys === null) {
    throw badKeys(`${argument} must be an object with accessKeyId and secretAccessKey, or a function that resolves to one, not ${kindOf(keys)}`);
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = /** @type {Record<string, unknown>} */ (keys);
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey })) {
    if (typeof value !== 'string' || value === '') throw badKeys(`${argument}.${name} is missing: a non-empty string is needed`);
  }
  if (sessionToken !== undefined && sessionToken !== null && typeof sessionToken !== 'string') {
    throw badKeys(`${argument}.sessionToken must be a string, not ${kindOf(sessionToken)}`);
  }
  if (expiration !== undefined && expiration !== null && Number.isNaN(Number(expiration))) {
    throw badKeys(`${argument}.expiration must be a Date`);
  }
  return /** @type {import('../types/types.js').AwsCredentials} */ (keys);
}

/** @param {string} message */
function badKeys(message) {
  return new KinesisError('ERR_CREDENTIALS', message);
}

/** @param {unknown} value */
function endpoint(value) {
  if (value === undefined || value === null) return undefined;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw KinesisError.invalid('endpoint must be an absolute http(s) URL without a user name');
  }
  // As given, but in the form that fetch will send and the signature must have.
  return url.href;
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function flag(value, argument) {
  if (value !== undefined && value !== null && typeof value !== 'boolean') {
    throw KinesisError.invalid(`${argument} must be true or false, not ${kindOf(value)}`);
  }
  return value === true;
}

/**
 * @param {unknown} value
 * @param {string} argument
 * @param {number} max
 * @param {number} [min]
 */
export function count(value, argument, max, min = 1) {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw KinesisError.invalid(`${argument} must be a whole number from ${min} to ${max}, not ${typeof value === 'number' ? value : kindOf(value)}`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
export function bytes(value, argument) {
  return value === undefined || value === null ? undefined : count(value, argument, RECORD_BYTES_MAX_RAISED);
}

/**
 * @template {string} T
 * @param {unknown} value
 * @param {string} argument
 * @param {T[]} allowed
 */
export function oneOf(value, argument, allowed) {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw KinesisError.invalid(`${argument} must be one of '${allowed.join("', '")}', not ${JSON.stringify(value) ?? kindOf(value)}`);
}

/** @param {unknown} value */
function fetcher(value) {
  if (value !== undefined && value !== null && typeof value !== 'function') {
    throw KinesisError.invalid(`fetch must be a function, not ${kindOf(value)}`);
  }
  return /** @type {typeof fetch | undefined} */ (value ?? undefined);
}

/** @type {('json' | 'cbor')[]} */
const PROTOCOLS = ['json', 'cbor'];
/** Longer timers fire at once: they are kept in 31 bits. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** What a stream may be raised to take: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html */
const RECORD_BYTES_MAX_RAISED = 10 * 1024 * 1024;
