import { parseUrl, withoutQuery } from '../core/checks.js';
import type { AwsCredentials, CredentialsProvider } from '../core/credentials.js';
import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import { describe } from '../core/describe.js';
import { KinesisError } from '../core/error.js';
import { parseJson } from '../core/json.js';
import { secretsIn } from './request-secrets.js';
import { requestCredentials } from './service-call.js';

/**
 * Credentials as JSON from an address of your own. The names of the members are those of any AWS tool: `accessKeyId` or
 * `AccessKeyId`; `secretAccessKey`, `SecretAccessKey` or `SecretKey`; `sessionToken`, `SessionToken` or `Token`;
 * `expiration` or `Expiration`; also within a member `Credentials`.
 *
 * A request that gets no response within 5 s, a 429, a 5xx or an exception of throttling is tried again,
 * four attempts in all. Rejects with the code `ERR_CREDENTIALS` where the address refuses, or its response has no
 * credentials.
 * @param url absolute, or relative to the page
 * @param init what `fetch` takes beside the URL, but for `signal`: a cookie goes along with `credentials: 'include'`
 * @example
 * const credentials = fromUrl('/aws-keys', { credentials: 'include' });
 * const client = new KinesisClient({ region: 'us-east-1', credentials });
 */
export function fromUrl(url: string | URL, init: RequestInit = {}): CredentialsProvider {
  const address = parseUrl(String(url), globalThis.document?.baseURI);
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw KinesisError.invalid(
      `url must be an http(s) URL, absolute outside of a page, not ${describe(withoutQuery(String(url)))}`,
    );
  }
  // `fetch` refuses it, with an error that has the password.
  if (address.username || address.password) throw KinesisError.invalid('url must be without a user name');
  // The query may hold a token of the user.
  const service = address.origin + address.pathname;
  headersOf(init);
  if (init?.body && typeof init.body === 'object' && ('getReader' in init.body || 'pipe' in init.body)) {
    throw KinesisError.invalid('init.body must be a text, bytes or a form, not a stream: each call sends it again');
  }
  return async () => {
    const own = headersOf(init);
    const headers = { accept: 'application/json', ...own };
    const tokens = await secretsIn(address, own, init?.body);
    // The address may lead to another one, as that of any page. Keys that have expired may be in a browser's cache; old
    // Workers refuse the option.
    const cache = WORK_ENDS_WITH_INVOCATION ? undefined : ({ cache: 'no-store' } as const);
    const request = { redirect: 'follow', ...cache, ...init, headers } as const;
    const text = await requestCredentials({ service, url: address.href, init: request, tokens });
    return credentialsOf(parseJson(text), service);
  };
}

function headersOf(init: RequestInit | null): Record<string, string> {
  try {
    return Object.fromEntries(new Headers(init?.headers));
  } catch {
    // The error of the host has the value, which may be a secret.
    throw KinesisError.invalid('init.headers has a name or a value that no header may have, such as a line break');
  }
}

function credentialsOf(response: unknown, service: string): AwsCredentials {
  const all = (response ?? {}) as Record<string, unknown>;
  const keys = (all['Credentials'] ?? all) as Record<string, unknown>;
  const member = (...names: string[]) => names.map((name) => keys[name]).find((value) => (value ?? '') !== '');
  const accessKeyId = member('accessKeyId', 'AccessKeyId');
  const secretAccessKey = member('secretAccessKey', 'SecretAccessKey', 'SecretKey');
  if (!accessKeyId || !secretAccessKey) {
    const message = `the response of ${service} must be JSON with accessKeyId and secretAccessKey`;
    throw new KinesisError('ERR_CREDENTIALS', message);
  }
  const sessionToken = member('sessionToken', 'SessionToken', 'Token');
  const expiration = member('expiration', 'Expiration');
  // `SingleFlightProvider` checks the values, as it does for any provider.
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiration !== undefined && { expiration }),
  } as AwsCredentials;
}
