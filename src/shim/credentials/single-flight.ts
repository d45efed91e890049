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
 * Asks a provider once, however many calls wait for its answer. In Workers the request that has asked may end and take
 * the answer with it, so a question that is older than the time-out is not waited for: it is asked again.
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
    const keys = await this.#answer((this.#ask ??= this.#start()));
    if (keys) return keys;
    // Who has joined a question of a request that has ended asks anew.
    const again = joined && ENDS_WITH_REQUEST ? await this.#answer((this.#ask ??= this.#start())) : undefined;
    if (again) return again;
    throw new KinesisError(
      'ERR_CREDENTIALS',
      `credentials: the provider did not answer within ${this.#timeoutMs} ms (requestTimeoutMs)`,
    );
  }

  /** The answer, or nothing where there is none in time. Each caller has a timer of its own. */
  async #answer(ask: Ask): Promise<CredentialsObject | undefined> {
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
