import { pause, unlessAborted } from '../core/abort.js';
import { KinesisError, messageOf } from '../core/error.js';
import { ENDS_WITH_REQUEST } from '../core/host.js';
import { checkKeys } from '../core/credentials.js';
import { Liveness } from '../core/liveness.js';
import type { ObserverOwner } from '../core/observer.js';
import { now } from '../core/time.js';
import type { CredentialsObject } from '../generated/client-module.js';
import type { CredentialsProvider } from '../core/credentials.js';

/** One call of the provider. */
interface Ask {
  keys: Promise<CredentialsObject>;
  askedAt: number;
  /** In Workers: that of the request that has asked. */
  liveness: Liveness;
  state: 'open' | 'answered' | 'failed';
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

  /** Emits the outcome of the last call of the provider, once for all callers that wait for it. */
  emitOutcome(failure: string | undefined): void {
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
    if (this.#ask && this.#msLeft(this.#ask) <= 0) this.#ask = undefined;
    for (;;) {
      const joined = this.#ask;
      const ask = (this.#ask ??= this.#start());
      const hasJoined = joined !== undefined && ENDS_WITH_REQUEST;
      const keys = await (hasJoined ? this.#watch(ask, abortSignal) : this.#wait(ask, abortSignal));
      if (keys) return keys;
      this.#end(ask);
      if (!hasJoined) break;
    }
    throw new KinesisError(
      'ERR_CREDENTIALS',
      `credentials: the provider gave none within ${this.#timeoutMs} ms (requestTimeoutMs)`,
    );
  }

  /** The credentials, or `undefined` where there are none in time. Each caller has its own timer. */
  async #wait(ask: Ask, abortSignal?: AbortSignal): Promise<CredentialsObject | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      const look = () => {
        const ms = this.#msLeft(ask);
        if (ms <= 0) resolve(undefined);
        else timer = setTimeout(renew, Math.min(ms, LOOK_MS));
      };
      const renew = () => {
        ask.liveness.renew();
        look();
      };
      look();
    });
    try {
      return await unlessAborted(Promise.race([ask.keys, late]), abortSignal);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * In Workers, the credentials that another request has asked for, or `undefined` where there are none in time or that
   * request has ended. The caller sees them by its own timer: what awaits them must run in its own request.
   */
  async #watch(ask: Ask, abortSignal?: AbortSignal): Promise<CredentialsObject | undefined> {
    const liveness = new Liveness();
    while (ask.state === 'open') {
      if (ask.liveness.hasEnded || this.#msLeft(ask) <= 0) return undefined;
      await pause(WATCH_MS, abortSignal);
      liveness.renew();
    }
    // Newer ones may have come meanwhile: older ones must not take their place.
    return ask.state === 'failed' ? ask.keys : (this.#newestKeys ?? ask.keys);
  }

  #msLeft({ askedAt }: Ask): number {
    return askedAt + this.#timeoutMs - now();
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
    const ask: Ask = { keys: this.#call(), askedAt: now(), liveness: new Liveness(), state: 'open' };
    const end = (state: 'answered' | 'failed') => {
      ask.state = state;
      if (state === 'answered') this.#newestKeys = ask.keys;
      this.#end(ask);
    };
    // Each caller gets a failure from its race; the promise itself must not count as unhandled.
    ask.keys.then(
      () => end('answered'),
      () => end('failed'),
    );
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

/** How often the request that has asked shows that it lives, in milliseconds. */
const LOOK_MS = ENDS_WITH_REQUEST ? 100 : Infinity;
/** How often a request looks for what another one has asked for, in milliseconds. */
const WATCH_MS = 25;
