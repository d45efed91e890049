import { KinesisError, messageOf } from '../core/error.js';
import { ENDS_WITH_REQUEST } from '../core/host.js';
import { checkKeys } from '../core/credentials.js';
import { now } from '../core/time.js';
import type { CredentialsObject } from '../generated/client-module.js';
import type { CredentialsProvider } from '../core/credentials.js';

/** One question to the provider, and when it was asked. */
interface Ask {
  keys: Promise<CredentialsObject>;
  askedAt: number;
}

/**
 * Calls a provider once for all calls that wait for credentials. In Workers the request that has called it may end, and
 * with it what the provider does, so a call that is older than the time-out is not waited for: it is made again.
 */
export class SingleFlightProvider {
  readonly #provider: CredentialsProvider;
  readonly #timeoutMs: number;
  #ask: Ask | undefined;

  constructor(provider: CredentialsProvider, timeoutMs: number) {
    this.#provider = provider;
    this.#timeoutMs = timeoutMs;
  }

  async ask(): Promise<CredentialsObject> {
    const joined = this.#ask;
    const keys = await this.#within((this.#ask ??= this.#start()));
    if (keys) return keys;
    // Who has joined a question of a request that has ended asks anew.
    const again = joined && ENDS_WITH_REQUEST ? await this.#within((this.#ask ??= this.#start())) : undefined;
    if (again) return again;
    throw new KinesisError(
      'ERR_CREDENTIALS',
      `credentials: the provider gave none within ${this.#timeoutMs} ms (requestTimeoutMs)`,
    );
  }

  /** The credentials, or `undefined` where there are none in time. Each caller has its own timer. */
  async #within(ask: Ask): Promise<CredentialsObject | undefined> {
    const ms = Math.max(ask.askedAt + this.#timeoutMs - now(), 0);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
    try {
      return await Promise.race([ask.keys, late]);
    } finally {
      clearTimeout(timer);
      if (this.#ask === ask) this.#ask = undefined;
    }
  }

  #start(): Ask {
    const ask = { keys: this.#call(), askedAt: now() };
    // Each caller gets a failure from its race; the promise itself must not count as unhandled.
    ask.keys.catch(() => {});
    return ask;
  }

  async #call(): Promise<CredentialsObject> {
    let keys;
    try {
      keys = await this.#provider();
    } catch (error) {
      throw new KinesisError('ERR_CREDENTIALS', `credentials: the provider failed: ${messageOf(error)}`, {
        cause: error,
      });
    }
    return checkKeys(keys, 'credentials (from the provider)');
  }
}
