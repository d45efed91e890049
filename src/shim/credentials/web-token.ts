import { askForCredentials, parse, readToken, serviceUrl, tag, toCredentials } from './call.js';
import { KinesisError } from '../core/error.js';

/**
 * Temporary keys of a role for a token of an OpenID Connect provider.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @param {import('../types/types.js').WebTokenOptions} options
 * @returns {import('../types/types.js').CredentialsProvider}
 */
export function fromWebToken({ roleArn, webIdentityToken, roleSessionName, durationSeconds, clientConfig = {} }) {
  if (typeof roleArn !== 'string' || !/^arn:[\w-]+:iam::\d{12}:role\/./.test(roleArn)) {
    throw KinesisError.invalid('roleArn must be the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME');
  }
  if (typeof webIdentityToken !== 'string' && typeof webIdentityToken !== 'function') {
    throw KinesisError.invalid('webIdentityToken must be a token, or a function that resolves to one');
  }
  if (roleSessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(roleSessionName)) {
    throw KinesisError.invalid('roleSessionName must be 2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -');
  }
  if (durationSeconds !== undefined && !(Number.isInteger(durationSeconds) && durationSeconds >= 900 && durationSeconds <= 43_200)) {
    throw KinesisError.invalid('durationSeconds must be a whole number from 900 to 43200');
  }
  const { endpoint, region } = clientConfig;
  const url = endpoint ?? (region ? serviceUrl('sts', region) : 'https://sts.amazonaws.com/');
  return async () => {
    const token = await readToken(webIdentityToken, 'webIdentityToken');
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: roleSessionName ?? `kinesis-edge-${Date.now()}`,
      WebIdentityToken: token,
      ...(durationSeconds !== undefined && { DurationSeconds: String(durationSeconds) }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const text = await askForCredentials({ service: SERVICE, url, headers, body: String(body), tokens: [token, encodeURIComponent(token)] });
    return toCredentials(SERVICE, parse(text)?.AssumeRoleWithWebIdentityResponse?.AssumeRoleWithWebIdentityResult?.Credentials ?? xmlKeys(text));
  };
}

/** What servers answer that do not know of JSON. @param {string} xml */
function xmlKeys(xml) {
  return Object.fromEntries(['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map((name) => [name, tag(xml, name)]));
}

const SERVICE = 'STS';
