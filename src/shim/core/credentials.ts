import type { CredentialsObject } from '../generated/client-module.js';
import { kindOf } from './data.js';
import { KinesisError } from './error.js';

/** The shape that every provider of the AWS SDK for JavaScript v3 resolves to. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Goes with temporary keys. */
  sessionToken?: string;
  /** When temporary keys end. A provider is asked for new ones five minutes before. */
  expiration?: Date;
}

/** Any provider of `@aws-sdk/credential-providers`, or a function of your own. */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/**
 * Credentials as every AWS SDK provider gives them, in an object of our own: the caller's may have getters, or change.
 * No value is shown in an error: any of them may be the secret.
 * @internal
 */
export function checkKeys(keys: unknown, argument: string): CredentialsObject {
  if (typeof keys !== 'object' || keys === null) {
    throw badKeys(
      `${argument} must be an object with accessKeyId and secretAccessKey, or a function that resolves to one, not ${kindOf(keys)}`,
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = readKeys(keys, argument);
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey })) {
    if (typeof value !== 'string' || value === '')
      throw badKeys(`${argument}.${name} is missing: a non-empty string is needed`);
  }
  if (sessionToken !== undefined && sessionToken !== null && typeof sessionToken !== 'string') {
    throw badKeys(`${argument}.sessionToken must be a string, not ${kindOf(sessionToken)}`);
  }
  if (expiration !== undefined && expiration !== null && Number.isNaN(Number(expiration))) {
    throw badKeys(`${argument}.expiration must be a Date`);
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: sessionToken || undefined,
    expiration: expiration ? Number(expiration) : undefined,
  } as CredentialsObject;
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
