import type { CredentialsObject } from '../generated/client-module.js';
import type { ClientOptions, CredentialsProvider } from '../types/types.js';
import { kindOf } from './data.js';
import { KinesisError } from './error.js';
import { TIMER_MS_MAX } from './time.js';

/** The options of a client with their defaults, checked for what can be checked before the core is loaded. */
export type Options = { credentials: CredentialsObject | CredentialsProvider } & Required<Pick<ClientOptions, 'region' | 'protocol' | 'maxAttempts' | 'requestTimeoutMs' | 'useFipsEndpoint' | 'useDualstackEndpoint'>> &
  Pick<ClientOptions, 'endpoint' | 'fetch' | 'recordBytesMax' | 'requestBytesMax'>;

export function readOptions(given: ClientOptions): Options {
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

function region(value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw KinesisError.invalid(`region must be the name of an AWS region such as 'us-east-1', not ${value === '' ? 'an empty string' : kindOf(value)}`);
  }
  return value;
}

function credentials(value: unknown): CredentialsObject | CredentialsProvider {
  return typeof value === 'function' ? (value as CredentialsProvider) : checkKeys(value, 'credentials');
}

/**
 * Credentials as every AWS SDK provider gives them, in an object of our own: the caller's may have getters, or change. No value is
 * shown in an error: any of them may be the secret.
 */
export function checkKeys(keys: unknown, argument: string): CredentialsObject {
  if (typeof keys !== 'object' || keys === null) {
    throw badKeys(`${argument} must be an object with accessKeyId and secretAccessKey, or a function that resolves to one, not ${kindOf(keys)}`);
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = readKeys(keys, argument);
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey })) {
    if (typeof value !== 'string' || value === '') throw badKeys(`${argument}.${name} is missing: a non-empty string is needed`);
  }
  if (sessionToken !== undefined && sessionToken !== null && typeof sessionToken !== 'string') {
    throw badKeys(`${argument}.sessionToken must be a string, not ${kindOf(sessionToken)}`);
  }
  if (expiration !== undefined && expiration !== null && Number.isNaN(Number(expiration))) {
    throw badKeys(`${argument}.expiration must be a Date`);
  }
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined, expiration: expiration ? Number(expiration) : undefined } as CredentialsObject;
}

/** A provider's object may have getters, and those may throw. */
function readKeys(keys: object, argument: string): Record<string, unknown> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = keys as Record<string, unknown>;
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  } catch (cause) {
    throw new KinesisError('ERR_CREDENTIALS', `${argument} could not be read`, { cause });
  }
}

function badKeys(message: string): KinesisError {
  return new KinesisError('ERR_CREDENTIALS', message);
}

function endpoint(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw KinesisError.invalid('endpoint must be an absolute http(s) URL without a user name');
  }
  // As given, but in the form that fetch will send and the signature must have.
  return url.href;
}

/** `URL.canParse` came with Safari 17. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function flag(value: unknown, argument: string): boolean {
  if (value !== undefined && value !== null && typeof value !== 'boolean') {
    throw KinesisError.invalid(`${argument} must be true or false, not ${kindOf(value)}`);
  }
  return value === true;
}

export function count(value: unknown, argument: string, max: number, min = 1): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw KinesisError.invalid(`${argument} must be a whole number from ${min} to ${max}, not ${typeof value === 'number' ? value : kindOf(value)}`);
  }
  return value;
}

export function bytes(value: unknown, argument: string): number | undefined {
  return value === undefined || value === null ? undefined : count(value, argument, RECORD_BYTES_MAX_RAISED);
}

export function oneOf<T extends string>(value: unknown, argument: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw KinesisError.invalid(`${argument} must be one of '${allowed.join("', '")}', not ${typeof value === 'string' ? JSON.stringify(value) : kindOf(value)}`);
}

function fetcher(value: unknown): typeof fetch | undefined {
  if (value !== undefined && value !== null && typeof value !== 'function') {
    throw KinesisError.invalid(`fetch must be a function, not ${kindOf(value)}`);
  }
  return (value ?? undefined) as typeof fetch | undefined;
}

export const MIB = 1024 * 1024;
const PROTOCOLS = ['json', 'cbor'] as const;
/** What a stream may be raised to take: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html */
const RECORD_BYTES_MAX_RAISED = 10 * MIB;
