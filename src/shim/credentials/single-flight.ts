import { unlessAborted } from '../core/abort.js';
import { KinesisError, messageOf } from '../core/error.js';
import { ENDS_WITH_REQUEST } from '../core/host.js';
import { checkKeys } from '../core/credentials.js';
import { Liveness } from '../core/liveness.js';
import type { ObserverOwner } from '../core/observer.js';
import { now } from '../core/time.js';
import type { CredentialsObject } from '../generated/client-module.js';
import type { CredentialsProvider } from '../core/credentials.js';

/** One call of the provider, and when it began. */
interface Ask {
  keys: Promise<CredentialsObject>;
  askedAt: number;
  /** In Workers: that of the request that has asked. */
  liveness: Liveness;
}

/**
 * Calls a provider once for all calls that wait for credentials. In Workers the request that has called it may end, and
 * with it what the provider does: those that wait for its call make another one.
 */
export class SingleFlightProvider {
  readonly #provider: CredentialsProvider;
  readonly #timeoutMs: number;
  readonly #owner: ObserverOwner;
  #ask: Ask | undefined;
  /** Of the last call that has brought some. */
  #newestKeys: Promise<CredentialsObject> | undefined;
  /** The observer knows that the provider was called, and not what came of it. */
  #isOpen = false;

  constructor(provider: CredentialsProvider, timeoutMs: number, owner: ObserverOwner) {
    this.#provider = provider;
    this.#timeoutMs = timeoutMs;
    this.#owner = owner;
  }

  /** Tells the observer what came of the last call of the provider, once for all that wait for it. */
  tell(failure: string | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.observer?.emit(
      failure === undefined
        ? { type: 'credentials', state: 'stored' }
        : // Not with the cause, which is the provider's own error and may hold anything.
          { type: 'credentials', state: 'failed', error: new KinesisError('ERR_CREDENTIALS', failure) },
    );
  }

  /** @param abortSignal of the caller: the provider goes on for others */
  async ask(abortSignal?: AbortSignal): Promise<CredentialsObject> {
    // Whoever waited for it has left.
    if (this.#ask && now() - this.#ask.askedAt >= this.#timeoutMs) this.#ask = undefined;
    for (;;) {
      const joined = this.#ask;
      const ask = (this.#ask ??= this.#start());
      const keys = await this.#within(ask, joined !== undefined, abortSignal);
      if (keys) return keys;
      if (!joined || !ENDS_WITH_REQUEST) break;
    }
    throw new KinesisError(
      'ERR_CREDENTIALS',
      `credentials: the provider gave none within ${this.#timeoutMs} ms (requestTimeoutMs)`,
    );
  }

  /**
   * The credentials, or `undefined` where there are none in time, or where the request that has asked has ended. Each
   * caller has its own timer. In Workers a caller that has joined gets them by that timer: what awaits them must run in
   * its own request.
   */
  async #within(ask: Ask, isJoined: boolean, abortSignal?: AbortSignal): Promise<CredentialsObject | undefined> {
    const liveness = isJoined ? new Liveness() : ask.liveness;
    const isForeign = isJoined && ENDS_WITH_REQUEST;
    let outcome: (() => Promise<CredentialsObject>) | undefined;
    if (isForeign) {
      // Newer ones that came meanwhile, where there are such: older ones must not take their place.
      const answered = () => (outcome = () => this.#newestKeys ?? ask.keys);
      ask.keys.then(answered, () => (outcome = () => ask.keys));
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const seen = new Promise<CredentialsObject | undefined>((resolve) => {
      const look = () => {
        const ms = Math.max(ask.askedAt + this.#timeoutMs - now(), 0);
        if (outcome) resolve(outcome());
        else if (ms === 0 || ask.liveness.hasEnded) resolve(undefined);
        else timer = setTimeout(renew, Math.min(ms, isForeign ? LOOK_JOINED_MS : LOOK_MS));
      };
      const renew = () => {
        liveness.renew();
        look();
      };
      look();
    });
    try {
      const keys = await unlessAborted(isForeign ? seen : Promise.race([ask.keys, seen]), abortSignal);
      if (!keys) this.#end(ask);
      return keys;
    } finally {
      clearTimeout(timer);
    }
  }

  #end(ask: Ask): void {
    if (this.#ask === ask) this.#ask = undefined;
  }

  #start(): Ask {
    const { observer } = this.#owner;
    if (observer) {
      this.#isOpen = true;
      observer.emit({ type: 'credentials', state: 'asked' });
    }
    const ask = { keys: this.#call(), askedAt: now(), liveness: new Liveness() };
    // Each caller gets a failure from its race; the promise itself must not count as unhandled.
    const end = () => this.#end(ask);
    ask.keys.then(() => {
      this.#newestKeys = ask.keys;
      end();
    }, end);
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

/** How often a caller looks, in milliseconds. */
const LOOK_MS = ENDS_WITH_REQUEST ? 100 : Infinity;
/** How often one looks that waits for another's call. */
const LOOK_JOINED_MS = 25;
