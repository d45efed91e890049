import { pause, unlessAborted } from '../core/abort.js';
import { KinesisError, messageOf } from '../core/error.js';
import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import { checkKeys } from '../core/credentials.js';
import { Liveness } from '../core/liveness.js';
import type { ObserverOwner } from '../core/observer.js';
import { withoutSecrets } from '../core/secrets.js';
import { now, timerMs } from '../core/time.js';
import type { CredentialsObject } from '../generated/client-module.js';
import type { CredentialsProvider } from '../core/credentials.js';

/** One call of the provider. */
interface ProviderCall {
  keys: Promise<CredentialsObject>;
  startedAt: number;
  /** In Workers: the liveness of the invocation that has called the provider. */
  liveness: Liveness;
  state: 'pending' | 'succeeded' | 'failed';
}

/**
 * Calls a provider once for all callers that wait for credentials. In Workers the provider's work ends with the
 * invocation (one call of the handler) that has called it: the callers that wait then make another call.
 */
export class SingleFlightProvider {
  readonly #provider: CredentialsProvider;
  readonly #timeoutMs: number;
  readonly #owner: ObserverOwner;
  /** The call in progress, or one that is past its time limit. */
  #current: ProviderCall | undefined;
  /** The credentials of the last call that has succeeded. */
  #newestKeys: Promise<CredentialsObject> | undefined;
  /** When the newest call that has succeeded was started. */
  #newestStartedAt = -Infinity;
  /** The credentials of a call that has succeeded after its time limit, for the next caller. */
  #lateKeys: { keys: CredentialsObject; arrivedAt: number } | undefined;
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
    const lateKeys = this.#takeLateKeys();
    if (lateKeys) return lateKeys;
    // The call is past its time limit, and no caller has waited for its end.
    if (this.#current && this.#msLeft(this.#current) <= 0) this.#current = undefined;
    for (;;) {
      const earlier = this.#current;
      const call = this.#current ?? this.#start();
      const hasJoined = earlier !== undefined && WORK_ENDS_WITH_INVOCATION;
      const keys = await (hasJoined ? this.#waitForOther(call, abortSignal) : this.#wait(call, abortSignal));
      if (keys) return keys;
      this.#end(call);
      if (!hasJoined) break;
    }
    throw new KinesisError(
      'ERR_CREDENTIALS',
      `credentials: the provider gave none within ${this.#timeoutMs} ms (requestTimeoutMs)`,
    );
  }

  /**
   * Resolves to the credentials, or to `undefined` if the provider gives none in time. Each caller has its own timer.
   */
  async #wait(call: ProviderCall, abortSignal?: AbortSignal): Promise<CredentialsObject | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      const wait = () => {
        const ms = this.#msLeft(call);
        if (ms <= 0) resolve(undefined);
        else timer = setTimeout(renew, timerMs(Math.min(ms, RENEW_INTERVAL_MS)));
      };
      const renew = () => {
        call.liveness.renew();
        wait();
      };
      wait();
    });
    try {
      return await unlessAborted(Promise.race([call.keys, late]), abortSignal);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * In Workers, waits for the credentials of a provider's call that another invocation has started. Resolves to
   * `undefined` if there are none in time or if that invocation has ended. The caller polls by a timer of its own,
   * because code after its `await` must run in its own invocation.
   */
  async #waitForOther(call: ProviderCall, abortSignal?: AbortSignal): Promise<CredentialsObject | undefined> {
    const liveness = new Liveness();
    while (call.state === 'pending') {
      if (call.liveness.hasEnded || this.#msLeft(call) <= 0) return undefined;
      await pause(POLL_INTERVAL_MS, abortSignal);
      liveness.renew();
    }
    // A later call may have returned newer credentials meanwhile, which older ones must not replace.
    return call.state === 'failed' ? call.keys : (this.#newestKeys ?? call.keys);
  }

  #takeLateKeys(): CredentialsObject | undefined {
    const late = this.#lateKeys;
    this.#lateKeys = undefined;
    if (!late || now() - late.arrivedAt > LATE_KEYS_MS_MAX) return undefined;
    return late.keys;
  }

  #msLeft({ startedAt }: ProviderCall): number {
    return startedAt + this.#timeoutMs - now();
  }

  #end(call: ProviderCall): void {
    if (this.#current === call) this.#current = undefined;
  }

  #start(): ProviderCall {
    const call: ProviderCall = {
      // In a later microtask: what the provider calls joins this call.
      keys: Promise.resolve().then(() => this.#callProvider()),
      startedAt: now(),
      liveness: new Liveness(),
      state: 'pending',
    };
    const end = (state: 'succeeded' | 'failed') => {
      call.state = state;
      if (state === 'succeeded') this.#newestKeys = call.keys;
      this.#end(call);
    };
    // Each caller handles a failure itself. These handlers keep the rejection from counting as unhandled.
    call.keys.then(
      (keys) => {
        // Where a later call has succeeded, its credentials are newer.
        const isNewest = call.startedAt >= this.#newestStartedAt;
        this.#lateKeys = isNewest && this.#current !== call ? { keys, arrivedAt: now() } : undefined;
        if (isNewest) this.#newestStartedAt = call.startedAt;
        end('succeeded');
      },
      () => end('failed'),
    );
    // What the observer calls meanwhile joins this call too.
    this.#current = call;
    const { observer } = this.#owner;
    if (observer) {
      this.#isOutcomePending = true;
      observer.emit({ type: 'credentials', state: 'asked' });
    }
    return call;
  }

  async #callProvider(): Promise<CredentialsObject> {
    let keys;
    try {
      keys = await this.#provider();
    } catch (error) {
      throw new KinesisError(
        'ERR_CREDENTIALS',
        withoutSecrets(`credentials: the provider failed: ${messageOf(error)}`),
        {
          cause: error,
        },
      );
    }
    return checkKeys(keys, 'credentials (from the provider)');
  }
}

/** Credentials that came too late for those who waited are used within this many milliseconds. */
const LATE_KEYS_MS_MAX = 60_000;
/** In Workers: milliseconds between two renewals of the liveness of the invocation that has called the provider. */
const RENEW_INTERVAL_MS = WORK_ENDS_WITH_INVOCATION ? 100 : Infinity;
/** In Workers: milliseconds between two looks of an invocation at a provider's call that another one has started. */
const POLL_INTERVAL_MS = 25;
