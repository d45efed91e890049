import { KinesisError } from '../core/error.js';
import { type AwsCredentials, expirationMs } from '../core/credentials.js';

/** Credentials by the services' names. */
export interface ServiceKeys {
  AccessKeyId?: string;
  SecretAccessKey?: string;
  /** Cognito's name of `SecretAccessKey`. */
  SecretKey?: string;
  SessionToken?: string;
  /** Seconds since 1970 in JSON, ISO 8601 in XML. */
  Expiration?: number | string;
}

export function toCredentials(service: string, keys: ServiceKeys | undefined): AwsCredentials {
  const { AccessKeyId: accessKeyId, SecretAccessKey, SecretKey, SessionToken: sessionToken, Expiration } = keys ?? {};
  const secretAccessKey = SecretAccessKey ?? SecretKey;
  if (!accessKeyId || !secretAccessKey) throw new KinesisError('ERR_CREDENTIALS', `${service} gave no credentials`);
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    ...(Expiration !== undefined && { expiration: new Date(expirationMs(Expiration)) }),
  };
}
