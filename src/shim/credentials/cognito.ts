import { describe } from '../core/describe.js';
import { KinesisError } from '../core/error.js';
import type { CredentialsProvider } from '../core/credentials.js';
import { parseJson } from '../core/json.js';
import { requestCredentials, serviceUrl } from './service-call.js';
import { type ServiceKeys, toCredentials } from './service-keys.js';
import { type TokenSource, checkTokenSource, readToken } from './token-source.js';

export interface CognitoIdentityPoolOptions {
  /** `REGION:ID` */
  identityPoolId: string;
  /**
   * A token for each identity provider by its name, such as `accounts.google.com`; without any the identity is a guest.
   * A function is called each time that credentials are requested.
   */
  logins?: Record<string, string | (() => Promise<string>)>;
  clientConfig?: {
    /** @default the region in the pool's id */
    region?: string;
    /** A URL in place of AWS's own. */
    endpoint?: string;
  };
}

/**
 * Temporary credentials for a browser from a Cognito identity pool, by the enhanced flow: GetId once, then
 * GetCredentialsForIdentity. The name and the options are those of AWS's provider. Cognito is called up to four times
 * where it is busy or cannot be reached. Rejects with `ERR_CREDENTIALS`; `name` is AWS's exception.
 *
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 */
export function fromCognitoIdentityPool(options: CognitoIdentityPoolOptions): CredentialsProvider {
  const { identityPoolId, logins = {}, clientConfig = {} } = options;
  checkOptions(identityPoolId, logins);
  const region = clientConfig.region ?? (identityPoolId.split(':')[0] as string);
  const url = clientConfig.endpoint ?? serviceUrl('cognito-identity', region);
  let IdentityId: string | undefined;
  return async () => {
    const tokens = await readTokens(logins);
    const call = (operation: string, input: object) => callCognito(url, operation, input, tokens);
    const getId = async () => ({ IdentityId } = await call('GetId', { IdentityPoolId: identityPoolId }));
    const getKeys = async () => (await call('GetCredentialsForIdentity', { IdentityId })).Credentials;
    const isNew = IdentityId === undefined;
    if (isNew) await getId();
    try {
      return toCredentials(SERVICE, await getKeys());
    } catch (error) {
      // The identity was deleted, or it belongs to a user who has logged out.
      IdentityId = undefined;
      if (isNew || !IDENTITY_EXCEPTION.test((error as KinesisError).name)) throw error;
      await getId();
      return toCredentials(SERVICE, await getKeys());
    }
  };
}

interface CognitoOutput {
  IdentityId?: string;
  Credentials?: ServiceKeys;
}

function checkOptions(identityPoolId: unknown, logins: Record<string, unknown>): void {
  if (typeof identityPoolId !== 'string' || !/^[\w-]+:[\w-]+$/.test(identityPoolId)) {
    throw KinesisError.invalid(`identityPoolId must be REGION:ID, such as ${POOL_ID}, not ${describe(identityPoolId)}`);
  }
  for (const [name, source] of Object.entries(logins)) checkTokenSource(source, `logins['${name}']`);
}

async function readTokens(logins: Record<string, TokenSource>): Promise<Tokens> {
  const read = async ([name, source]: [string, TokenSource]) => [name, await readToken(source, `logins['${name}']`)];
  return Object.fromEntries(await Promise.all(Object.entries(logins).map(read)));
}

type Tokens = Record<string, string>;

async function callCognito(url: string, operation: string, input: object, logins: Tokens): Promise<CognitoOutput> {
  const tokens = Object.values(logins);
  const target = `AWSCognitoIdentityService.${operation}`;
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const body = JSON.stringify({ ...input, Logins: tokens.length > 0 ? logins : undefined });
  const text = await requestCredentials({ service: SERVICE, url, headers, body, tokens });
  return (parseJson(text) ?? {}) as CognitoOutput;
}

const SERVICE = 'Cognito';
const POOL_ID = 'us-east-1:11111111-2222-3333-4444-555555555555';
const IDENTITY_EXCEPTION = /^(ResourceNotFound|NotAuthorized)Exception$/;
