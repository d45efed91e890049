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
  /** In Workers: the liveness of the invocation that has called the provider. */
  liveness: Liveness;
  state: 'open' | 'answered' | 'failed';
}

/**
 * Calls a provider once for all callers that wait for credentials. In Workers the provider's work ends with the
 * invocation (one call of the handler) that has called it: the callers that wait then make another call.
 */
export class SingleFlightProvider {
  readonly #provider: CredentialsProvider;
  readonly #timeoutMs: number;
  readonly #owner: ObserverOwner;
  #ask: Ask | undefined;
  /** The credentials of the last call that has succeeded. */
  #newestKeys: Promise<CredentialsObject> | undefined;
  /** The event `asked` was emitted, and `stored` or `failed` was not. */
  #isOutcomePending = false;

  constructor(provider: CredentialsProvider, timeoutMs: number, owner: ObserverOwner) {
    this.#provider = provider;
    this.#timeoutMs = timeoutMs;
    this.#owner = owner;
  }

  /** Emits the outcome of the last call of the provider, once for all callers that wait for it. */
  emitOutcome(failure: string | undefined): void {
    if (!this.#isOutcomePending) return;
    this.#isOutcomePending = false;
    this.#owner.observer?.emit(
      failure === undefined
        ? { type: 'credentials', state: 'stored' }
        : // Not with the cause, which is the provider's own error and may hold anything.
          { type: 'credentials', state: 'failed', error: new KinesisError('ERR_CREDENTIALS', failure) },
    );
  }

  /** @param abortSignal ends the wait of this caller only: the provider's call goes on for the others */
  async ask(abortSignal?: AbortSignal): Promise<CredentialsObject> {
    // The call is past its time limit, and no caller has waited for its end.
    if (this.#ask && this.#msLeft(this.#ask) <= 0) this.#ask = undefined;
    for (;;) {
      const joined = this.#ask;
      const ask = (this.#ask ??= this.#start());
      const hasJoined = joined !== undefined && ENDS_WITH_REQUEST;
      const keys = await (hasJoined ? this.#waitForOther(ask, abortSignal) : this.#wait(ask, abortSignal));
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
      const wait = () => {
        const ms = this.#msLeft(ask);
        if (ms <= 0) resolve(undefined);
        else timer = setTimeout(renew, Math.min(ms, RENEW_INTERVAL_MS));
      };
      const renew = () => {
        ask.liveness.renew();
        wait();
      };
      wait();
    });
    try {
      return await unlessAborted(Promise.race([ask.keys, late]), abortSignal);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * In Workers, waits for the credentials of a provider's call that another invocation has started. Resolves to
   * `undefined` if there are none in time or if that invocation has ended. The caller polls by a timer of its own,
   * because code after its `await` must run in its own invocation.
   */
  async #waitForOther(ask: Ask, abortSignal?: AbortSignal): Promise<CredentialsObject | undefined> {
    const liveness = new Liveness();
    while (ask.state === 'open') {
      if (ask.liveness.hasEnded || this.#msLeft(ask) <= 0) return undefined;
      await pause(POLL_INTERVAL_MS, abortSignal);
      liveness.renew();
    }
    // A later call may have returned newer credentials meanwhile, which older ones must not replace.
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
      this.#isOutcomePending = true;
      observer.emit({ type: 'credentials', state: 'asked' });
    }
    const ask: Ask = { keys: this.#call(), askedAt: now(), liveness: new Liveness(), state: 'open' };
    const end = (state: 'answered' | 'failed') => {
      ask.state = state;
      if (state === 'answered') this.#newestKeys = ask.keys;
      this.#end(ask);
    };
    // Each caller handles a failure in its race; the promise by itself must not count as an unhandled rejection.
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

/** In Workers: milliseconds between two renewals of the liveness of the invocation that has called the provider. */
const RENEW_INTERVAL_MS = ENDS_WITH_REQUEST ? 100 : Infinity;
/** In Workers: milliseconds between two looks of an invocation at a provider's call that another one has started. */
const POLL_INTERVAL_MS = 25;
