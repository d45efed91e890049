import { askForCredentials, parse, readToken, serviceUrl, toCredentials } from './call.js';
import { KinesisError } from '../core/error.js';

/**
 * Temporary keys from a Cognito identity pool by the enhanced flow: GetId once, then GetCredentialsForIdentity.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 * @param {import('../types/types.js').CognitoIdentityPoolOptions} options
 * @returns {import('../types/types.js').CredentialsProvider}
 */
export function fromCognitoIdentityPool({ identityPoolId, logins = {}, clientConfig = {} }) {
  if (typeof identityPoolId !== 'string' || !/^[\w-]+:[\w-]+$/.test(identityPoolId)) {
    throw KinesisError.invalid('identityPoolId must be REGION:ID, such as us-east-1:11111111-2222-3333-4444-555555555555');
  }
  for (const [name, token] of Object.entries(logins)) {
    if (typeof token !== 'string' && typeof token !== 'function') throw KinesisError.invalid(`logins['${name}'] must be a token, or a function that resolves to one`);
  }
  const url = clientConfig.endpoint ?? serviceUrl('cognito-identity', clientConfig.region ?? /** @type {string} */ (identityPoolId.split(':')[0]));
  /** @type {string | undefined} */
  let identityId;
  return async () => {
    const entries = await Promise.all(Object.entries(logins).map(async ([name, token]) => [name, await readToken(token, `logins['${name}']`)]));
    const tokens = entries.map(([, token]) => /** @type {string} */ (token));
    const Logins = entries.length > 0 ? Object.fromEntries(entries) : undefined;
    const call = async (/** @type {string} */ operation, /** @type {object} */ input) => {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityService.${operation}` };
      return parse(await askForCredentials({ service: SERVICE, url, headers, body: JSON.stringify({ ...input, Logins }), tokens }));
    };
    const isNew = identityId === undefined;
    identityId ??= (await call('GetId', { IdentityPoolId: identityPoolId }))?.IdentityId;
    try {
      const answer = await call('GetCredentialsForIdentity', { IdentityId: identityId });
      return toCredentials(SERVICE, answer?.Credentials);
    } catch (error) {
      // The identity may have been deleted, or belongs to somebody who has logged out.
      identityId = undefined;
      if (isNew || !['ResourceNotFoundException', 'NotAuthorizedException'].includes(/** @type {KinesisError} */ (error).name)) throw error;
      identityId = (await call('GetId', { IdentityPoolId: identityPoolId }))?.IdentityId;
      return toCredentials(SERVICE, (await call('GetCredentialsForIdentity', { IdentityId: identityId }))?.Credentials);
    }
  };
}

const SERVICE = 'Cognito';
