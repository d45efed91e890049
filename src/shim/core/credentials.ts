import type { CredentialsObject } from '../generated/client-module.js';
import { kindOf } from './data.js';
import { KinesisError } from './error.js';
import { noteSecrets } from './secrets.js';

/** The shape that every provider of the AWS SDK for JavaScript v3 resolves to. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Part of temporary credentials. */
  sessionToken?: string;
  /**
   * When temporary credentials expire: a Date, its text in JSON, or the time since 1970 in milliseconds or, below 1e11,
   * in seconds, as a number or a text. A provider is asked for new ones five minutes before.
   */
  expiration?: Date | string | number;
}

/** Any provider of `@aws-sdk/credential-providers`, or a function that you write. */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/**
 * Copies credentials into a plain object: the caller's object may have getters, or change later. No error message
 * contains a value: any of them may be the secret.
 * @internal
 */
export function checkKeys(keys: unknown, argument: string): CredentialsObject {
  if (typeof keys !== 'object' || keys === null) {
    throw badKeys(
      `${argument} must be an object with accessKeyId and secretAccessKey, or a function that resolves to one, not ${kindOf(keys)}`,
    );
  }
  const read = readKeys(keys, argument);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = read;
  for (const name of REQUIRED) {
    if (typeof read[name] !== 'string' || read[name] === '')
      throw badKeys(
        `${argument}.${name} is missing: a non-empty string is needed, such as that of ${variableOf(name)}`,
      );
  }
  if (sessionToken !== undefined && sessionToken !== null && typeof sessionToken !== 'string') {
    throw badKeys(`${argument}.sessionToken must be a string, not ${kindOf(sessionToken)}`);
  }
  noteKeys(read, argument);
  const isSet = expiration !== undefined && expiration !== null && expiration !== '';
  const expiresAt = isSet ? expirationMs(expiration) : undefined;
  if (Number.isNaN(expiresAt)) throw badKeys(`${argument}.expiration must be ${EXPIRATION_FORMS}`);
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: sessionToken || undefined,
    expiration: expiresAt,
  } as CredentialsObject;
}

/** Refuses texts that are malformed, and notes the others for messages. */
function noteKeys(keys: Keys, argument: string): void {
  // Most calls of `signRequest` bring the keys of the call before.
  if (TEXTS.every((name) => lastNoted[name] === keys[name])) return;
  for (const name of TEXTS) {
    const text = keys[name];
    if (typeof text === 'string' && LONE_SURROGATE.test(text))
      throw badKeys(`${argument}.${name} is malformed: it has half of a surrogate pair`);
  }
  noteSecrets([keys['secretAccessKey'], keys['sessionToken']]);
  lastNoted = keys;
}

/** `AWS_ACCESS_KEY_ID` for `accessKeyId`: a member is most often missing because the environment lacks it. */
function variableOf(name: string): string {
  return `AWS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * The time of an expiration in milliseconds since 1970, or NaN where it is none. JSON has no Date: a provider that
 * reads JSON gives a text, or a number in the unit of its service.
 * @internal
 */
export function expirationMs(expiration: unknown): number {
  const value = typeof expiration === 'object' ? expiration?.valueOf() : expiration;
  if (typeof value === 'string' && !NUMBER.test(value)) return ISO_8601.test(value) ? Date.parse(value) : NaN;
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string') return NaN;
  // Seconds reach 1e11 in the year 5138, milliseconds did in 1973.
  return Number(value) < SECONDS_MAX ? Number(value) * 1000 : Number(value);
}

/** A provider's object may have getters, and those may throw. */
function readKeys(keys: object, argument: string): Record<string, unknown> {
  try {
    const { credentials } = keys as Record<string, unknown>;
    // The session of Amplify's `fetchAuthSession` has them one level deeper.
    const isSession = typeof credentials === 'object' && credentials !== null && !('accessKeyId' in keys);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = (isSession ? credentials : keys) as Keys;
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  } catch (cause) {
    throw new KinesisError('ERR_CREDENTIALS', `${argument} could not be read`, { cause });
  }
}

type Keys = Record<string, unknown>;

let lastNoted: Keys = {};

function badKeys(message: string): KinesisError {
  return new KinesisError('ERR_CREDENTIALS', message);
}

const REQUIRED = ['accessKeyId', 'secretAccessKey'];
const TEXTS = [...REQUIRED, 'sessionToken'];
const EXPIRATION_FORMS = 'a Date, a text in ISO 8601, or the milliseconds or seconds since 1970 as a number or a text';
const NUMBER = /^\d+(\.\d+)?$/;
/** The start of a date. `Date.parse` reads a date into nearly any text that has a number in it. */
const ISO_8601 = /^[+-]?\d{4,6}-\d\d/;
const SECONDS_MAX = 1e11;
const LONE_SURROGATE = /[\ud800-\udfff]/u;
