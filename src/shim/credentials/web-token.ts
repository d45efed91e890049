import { describe } from '../core/describe.js';
import { KinesisError } from '../core/error.js';
import { checkCount } from '../core/checks.js';
import type { CredentialsProvider } from '../core/credentials.js';
import { parseJson } from '../core/json.js';
import { checkOptionsObject } from './options-object.js';
import { elementText } from './response-text.js';
import { endpointOf, requestCredentials } from './service-call.js';
import { type ServiceKeys, toCredentials } from './service-keys.js';
import { checkTokenSource, readToken } from './token-source.js';

export interface WebTokenOptions {
  /** `arn:aws:iam::ACCOUNT:role/NAME` */
  roleArn: string;
  /** A token of an OpenID Connect provider. A function is called each time that credentials are requested. */
  webIdentityToken: string | (() => Promise<string>);
  /** 2 to 64 characters of `a-z A-Z 0-9 _ + = , . @ -` @default 'kinesis-edge-' and the time */
  roleSessionName?: string;
  /** 900 to 43,200 seconds. The maximum of the role limits it. @default 3,600, by AWS */
  durationSeconds?: number;
  clientConfig?: {
    /** @default the global endpoint */
    region?: string;
    /** A URL in place of AWS's own. */
    endpoint?: string;
  };
}

const WEB_TOKEN_OPTIONS = {
  owner: 'fromWebToken',
  known: ['roleArn', 'webIdentityToken', 'roleSessionName', 'durationSeconds', 'clientConfig'],
  namesElsewhere: { duration: 'durationSeconds' },
};

/**
 * Temporary credentials of a role for a token of an OpenID Connect provider, by AssumeRoleWithWebIdentity. STS is
 * called up to four times where it is busy or cannot be reached. Rejects with `ERR_CREDENTIALS`; `name` is AWS's
 * exception.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @example
 * const credentials = fromWebToken({
 *   roleArn: 'arn:aws:iam::123456789012:role/put-clicks',
 *   webIdentityToken: () => user.getIdToken(),
 * });
 */
export function fromWebToken(options: WebTokenOptions): CredentialsProvider {
  const { roleArn, webIdentityToken, roleSessionName, durationSeconds, clientConfig } = checkOptionsObject(
    options,
    'roleArn and webIdentityToken',
    WEB_TOKEN_OPTIONS,
  );
  checkRole(roleArn, roleSessionName);
  checkTokenSource(webIdentityToken, 'webIdentityToken');
  if (durationSeconds !== undefined) checkCount(durationSeconds, 'durationSeconds', { min: 900, max: 43_200 });
  const url = endpointOf('sts', clientConfig ?? {});
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
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
    const init = { method: 'POST', headers, body: String(body) };
    const text = await requestCredentials({ service: SERVICE, url, init, tokens: [token] });
    return toCredentials(SERVICE, keysOfJson(text) ?? keysOfXml(text));
  };
}

function checkRole(arn: unknown, sessionName: string | undefined): void {
  if (typeof arn !== 'string' || !/^arn:[\w-]+:iam::\d{12}:role\/./.test(arn)) {
    throw KinesisError.invalid(`roleArn must be arn:aws:iam::ACCOUNT:role/NAME, not ${describe(arn)}`);
  }
  if (sessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    const name = describe(sessionName);
    throw KinesisError.invalid(`roleSessionName must be 2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -, not ${name}`);
  }
}

interface WebTokenOutput {
  AssumeRoleWithWebIdentityResponse?: { AssumeRoleWithWebIdentityResult?: { Credentials?: ServiceKeys } };
}

function keysOfJson(text: string): ServiceKeys | undefined {
  const output = parseJson(text) as WebTokenOutput | null | undefined;
  return output?.AssumeRoleWithWebIdentityResponse?.AssumeRoleWithWebIdentityResult?.Credentials;
}

/** Some servers respond in XML whatever the request accepts. */
function keysOfXml(xml: string): ServiceKeys {
  const names = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];
  return Object.fromEntries(names.map((name) => [name, elementText(xml, name)]));
}

const SERVICE = 'STS';
