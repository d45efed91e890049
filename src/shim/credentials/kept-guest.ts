import { type AwsCredentials, checkKeys } from '../core/credentials.js';
import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { parseJson, toJson } from '../core/json.js';

/** Texts by keys, as Web Storage has them: the shape of the option `cache` of AWS's provider. */
export interface IdentityCache {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** The identity of a guest in one identity pool, and its credentials while they are valid. */
export class KeptGuest {
  readonly #cache: IdentityCache | undefined;
  readonly #key: string;
  /**
   * The id of the access key that was returned last. It is not returned twice: a caller asks again only when Kinesis
   * has refused these credentials, or when they are about to expire.
   */
  #returnedKeyId: string | undefined;
  /** The cache has had this guest. */
  #wasKept = false;
  /** `erase` was called: nothing is written to the cache after it. */
  #isErased = false;
  #writing: unknown;

  constructor(cache: IdentityCache | undefined, pool: string) {
    this.#cache = cache;
    this.#key = `${KEY_PREFIX}${pool}`;
  }

  async read(): Promise<Kept> {
    const kept = await this.#stored();
    if (!kept) return { wasErasedElsewhere: this.#wasKept };
    this.#wasKept = true;
    const credentials = validCredentials(kept.credentials);
    if (!credentials || credentials.accessKeyId === this.#returnedKeyId) return { identityId: kept.identityId };
    this.#returnedKeyId = credentials.accessKeyId;
    return { identityId: kept.identityId, credentials };
  }

  async keepIdentity(identityId: string): Promise<void> {
    await this.#write({ identityId });
  }

  /** Keeps the credentials of an identity that is kept and was not erased since. */
  async keepCredentials(identityId: string | undefined, credentials: AwsCredentials): Promise<void> {
    this.#returnedKeyId = credentials.accessKeyId;
    if (identityId !== undefined && (await this.#stored())?.identityId === identityId)
      await this.#write({ identityId, credentials });
  }

  /**
   * Erases what is kept, also what is being written.
   * @throws what the cache throws: then it is still there
   */
  async erase(): Promise<void> {
    this.#isErased = true;
    await this.#writing;
    await this.#cache?.removeItem(this.#key);
  }

  #write(guest: Stored): Promise<void> {
    const written = this.#isErased ? Promise.resolve() : this.#store(guest);
    this.#writing = written;
    return written;
  }

  async #store(guest: Stored): Promise<void> {
    try {
      await this.#cache?.setItem(this.#key, toJson(guest) as string);
      this.#wasKept = this.#cache !== undefined;
    } catch {
      // The storage is forbidden or full: memory has the identity.
    }
  }

  async #stored(): Promise<Stored | undefined> {
    try {
      const stored = parseJson(String(await this.#cache?.getItem(this.#key))) as Partial<Stored> | null | undefined;
      return typeof stored?.identityId === 'string' ? (stored as Stored) : undefined;
    } catch {
      return undefined;
    }
  }
}

interface Stored {
  identityId: string;
  credentials?: AwsCredentials;
}

/**
 * What the cache has. `wasErasedElsewhere` says that the cache has had a guest that this object has read or written,
 * and that another page has erased it since, because the visitor has withdrawn consent.
 */
interface Kept extends Partial<Stored> {
  wasErasedElsewhere?: boolean;
}

/**
 * Checks the option `cache`. The default is a page's `localStorage`. Outside of a page there is no default, because
 * there a `localStorage` would be shared by all users.
 */
export function toIdentityCache(cache: unknown): IdentityCache | undefined {
  if (cache === undefined || cache === null) return pageStorage();
  const members = cache as Record<string, unknown>;
  if (['getItem', 'setItem', 'removeItem'].every((name) => typeof members[name] === 'function')) {
    return cache as IdentityCache;
  }
  throw KinesisError.invalid(`cache must have the functions getItem, setItem and removeItem, not be ${kindOf(cache)}`);
}

function pageStorage(): IdentityCache | undefined {
  try {
    return typeof document === 'object' ? localStorage : undefined;
  } catch {
    // The browser may forbid storage.
    return undefined;
  }
}

/** Kept credentials, unless they are malformed or a provider would be asked for new ones. */
function validCredentials(kept: unknown): AwsCredentials | undefined {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = checkKeys(kept, 'cache');
    if (expiration === undefined || expiration - Date.now() < VALID_MS_MIN) return undefined;
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), expiration: new Date(expiration) };
  } catch {
    return undefined;
  }
}

const KEY_PREFIX = 'kinesis-edge.cognito.';
/** Credentials are renewed five minutes before they expire. */
const VALID_MS_MIN = 5 * 60 * 1000;
