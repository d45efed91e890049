import { type AwsCredentials, type CredentialsProvider } from '../core/credentials.js';
import { describe } from '../core/describe.js';
import { KinesisError } from '../core/error.js';
import { forgetGuestIdentity } from '../core/forget-guest-identity.js';
import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import { type IdentityCache, KeptGuest, toIdentityCache } from './kept-guest.js';
import { checkOptionsObject } from './options-object.js';
import { parseJson, toJson } from '../core/json.js';
import { endpointOf, requestCredentials } from './service-call.js';
import { type ServiceKeys, toCredentials } from './service-keys.js';
import { type TokenSource, checkTokenSource, readToken } from './token-source.js';

export interface CognitoIdentityPoolOptions {
  /** `REGION:ID` */
  identityPoolId: string;
  /**
   * A token for each identity provider by its name, such as `accounts.google.com`; without any the identity is a guest.
   * A function is called each time that credentials are requested.
   * @example
   * logins: { 'accounts.google.com': () => user.getIdToken() },
   */
  logins?: Record<string, string | (() => Promise<string>)>;
  clientConfig?: {
    /** @default the region in the pool's id */
    region?: string;
    /** A URL in place of AWS's own. */
    endpoint?: string;
  };
  /**
   * Where a guest's identity and temporary credentials are kept, so that the next page view has the same: functions
   * `getItem`, `setItem` and `removeItem`, as Web Storage has them; each may return a promise. What belongs to logins
   * is kept in memory only. @default the page's `localStorage`; memory elsewhere
   * @example
   * cache: sessionStorage,
   */
  cache?: IdentityCache;
}

/**
 * Temporary credentials for a browser from a Cognito identity pool, by the enhanced flow: GetId once, then
 * GetCredentialsForIdentity. The name and the options are those of AWS's provider. Cognito is called up to four times
 * where it is busy or cannot be reached. Rejects with `ERR_CREDENTIALS`; `name` is AWS's exception.
 *
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 * @example
 * const identityPoolId = 'us-east-1:00000000-0000-0000-0000-000000000000';
 * const credentials = fromCognitoIdentityPool({ identityPoolId });
 * const producer = new Producer({ region: 'us-east-1', streamName: 'clicks', credentials });
 */
export function fromCognitoIdentityPool(options: CognitoIdentityPoolOptions): CredentialsProvider {
  const pool = new IdentityPool(checkOptionsObject(options, 'identityPoolId', COGNITO_OPTIONS));
  return Object.assign(() => pool.credentials(), { [forgetGuestIdentity]: () => pool.forgetGuestIdentity() });
}

const COGNITO_OPTIONS = {
  owner: 'fromCognitoIdentityPool',
  known: ['identityPoolId', 'logins', 'clientConfig', 'cache'],
};

type Tokens = Record<string, string>;

class IdentityPool {
  readonly #id: string;
  readonly #url: string;
  readonly #logins: Record<string, TokenSource>;
  readonly #newGuest: () => KeptGuest;
  #guest: KeptGuest;
  /**
   * The identities of users by the names of their logins. Cognito refuses an identity with the token of another user.
   */
  readonly #identities = new Map<string, string>();
  /** Identities that are being requested, by the names of the logins. */
  readonly #requested = new Map<string, Promise<string>>();

  constructor({ identityPoolId, logins, clientConfig, cache }: CognitoIdentityPoolOptions) {
    if (typeof identityPoolId !== 'string' || !/^[\w-]+:[\w-]+$/.test(identityPoolId)) {
      throw KinesisError.invalid(
        `identityPoolId must be REGION:ID, such as ${POOL_ID}, not ${describe(identityPoolId)}`,
      );
    }
    this.#id = identityPoolId;
    this.#logins = logins ?? {};
    for (const [name, source] of Object.entries(this.#logins)) checkTokenSource(source, `logins['${name}']`);
    const region = clientConfig?.region ?? identityPoolId.split(':')[0];
    this.#url = endpointOf('cognito-identity', { ...clientConfig, region });
    const identityCache = toIdentityCache(cache);
    this.#newGuest = () => new KeptGuest(identityCache, `${identityPoolId} ${this.#url}`);
    this.#guest = this.#newGuest();
  }

  async credentials(): Promise<AwsCredentials> {
    const tokens = await readTokens(this.#logins);
    const names = Object.keys(tokens).sort().join();
    const guest = this.#guest;
    if (names !== GUEST) return this.#request(names, tokens, guest);
    const kept = await guest.read();
    if (kept.identityId !== undefined) this.#setGuest(guest, kept.identityId);
    else if (kept.wasErasedElsewhere) this.#identities.delete(GUEST);
    if (kept.credentials) return kept.credentials;
    const credentials = await this.#request(names, tokens, guest);
    await guest.keepCredentials(this.#identities.get(GUEST), credentials);
    return credentials;
  }

  /** The next guest is another one. What is being requested for this one is not kept. */
  forgetGuestIdentity(): Promise<void> {
    const guest = this.#guest;
    this.#guest = this.#newGuest();
    this.#identities.delete(GUEST);
    this.#requested.delete(GUEST);
    return guest.erase();
  }

  /** @param guest whose request this is: it may be another one by now */
  #setGuest(guest: KeptGuest, identityId: string): void {
    if (guest === this.#guest) this.#identities.set(GUEST, identityId);
  }

  async #request(names: string, tokens: Tokens, guest: KeptGuest): Promise<AwsCredentials> {
    const known = this.#identities.get(names);
    if (known === undefined) return this.#requestKeys(await this.#requestIdentity(names, tokens, guest), tokens);
    try {
      return await this.#requestKeys(known, tokens);
    } catch (error) {
      if (!IDENTITY_EXCEPTION.test((error as KinesisError).name)) throw error;
      // The identity was deleted, or it belongs to another user.
      return this.#requestKeys(await this.#requestIdentity(names, tokens, guest), tokens);
    }
  }

  /** One request for all that wait: each request of a guest makes another identity. */
  async #requestIdentity(names: string, tokens: Tokens, guest: KeptGuest): Promise<string> {
    // In Workers a promise of another invocation may never settle.
    if (WORK_ENDS_WITH_INVOCATION) return this.#getId(names, tokens, guest);
    // The identity of a guest that was forgotten meanwhile is not that of the next one.
    if (names === GUEST && guest !== this.#guest) return this.#getId(names, tokens, guest);
    const requested = this.#requested.get(names) ?? this.#getId(names, tokens, guest);
    this.#requested.set(names, requested);
    try {
      return await requested;
    } finally {
      if (this.#requested.get(names) === requested) this.#requested.delete(names);
    }
  }

  async #getId(names: string, tokens: Tokens, guest: KeptGuest): Promise<string> {
    const { IdentityId } = await this.#call('GetId', { IdentityPoolId: this.#id }, tokens);
    if (typeof IdentityId !== 'string') throw new KinesisError('ERR_CREDENTIALS', `${SERVICE} gave no identity`);
    if (names !== GUEST) {
      this.#identities.set(names, IdentityId);
      return IdentityId;
    }
    this.#setGuest(guest, IdentityId);
    // Kept at once: the next request of the page view may fail.
    await guest.keepIdentity(IdentityId);
    return IdentityId;
  }

  async #requestKeys(IdentityId: string, tokens: Tokens): Promise<AwsCredentials> {
    const { Credentials } = await this.#call('GetCredentialsForIdentity', { IdentityId }, tokens);
    return toCredentials(SERVICE, Credentials);
  }

  async #call(operation: string, input: object, logins: Tokens): Promise<CognitoOutput> {
    const tokens = Object.values(logins);
    const target = `AWSCognitoIdentityService.${operation}`;
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    const body = toJson({ ...input, Logins: tokens.length > 0 ? logins : undefined }) as string;
    const init = { method: 'POST', headers, body };
    const text = await requestCredentials({ service: SERVICE, url: this.#url, init, tokens });
    return (parseJson(text) ?? {}) as CognitoOutput;
  }
}

interface CognitoOutput {
  IdentityId?: string;
  Credentials?: ServiceKeys;
}

async function readTokens(logins: Record<string, TokenSource>): Promise<Tokens> {
  const read = async ([name, source]: [string, TokenSource]) => [name, await readToken(source, `logins['${name}']`)];
  return Object.fromEntries(await Promise.all(Object.entries(logins).map(read)));
}

const SERVICE = 'Cognito';
/** The names of a guest's logins. */
const GUEST = '';
const POOL_ID = 'us-east-1:11111111-2222-3333-4444-555555555555';
const IDENTITY_EXCEPTION = /^(ResourceNotFound|NotAuthorized)Exception$/;
