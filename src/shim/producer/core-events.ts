import type { Outcome } from '../client/attempt.js';
import { tellSent } from '../client/request-events.js';
import { errorOf } from '../core/error.js';
import type { ConnectivityState, Observer } from '../core/observer.js';
import type { CallCore, CoreProducer } from './requests.js';

/** Tells an observer what a producer's core knows. A core notes that from `observe` on. */
export class CoreEvents {
  readonly #observer: Observer;
  readonly #callCore: CallCore;
  #connectivity: ConnectivityState = 'online';

  constructor(observer: Observer, callCore: CallCore) {
    this.#observer = observer;
    this.#callCore = callCore;
  }

  /** Tells of a request that is about to be sent. Returns what tells of its response. */
  tellSent(core: CoreProducer, id: number, init: RequestInit, bytes: number): (outcome: Outcome) => void {
    const seen = this.#callCore(core, () => ({ facts: core.requestFacts(id), isOffline: core.isOffline }));
    if (!seen?.facts) return () => {};
    if (seen.isOffline) this.#setConnectivity('probing');
    return tellSent(this.#observer, { init, bytes, ...seen.facts });
  }

  /**
   * Tells which records are sent again, and of the connection.
   * @param isAnswered the core has handled a response, or has learned that there is none
   */
  tellNew(core: CoreProducer, isAnswered: boolean): void {
    const seen = this.#callCore(core, () => ({ retries: core.takeRetries(), isOffline: core.isOffline }));
    if (!seen) return;
    for (const { isThrottle, records, waitMs, error } of seen.retries)
      this.#observer.emit({ type: isThrottle ? 'throttled' : 'retry', records, reason: errorOf(error), waitMs });
    if (!seen.isOffline) this.#setConnectivity('online');
    // While a request probes the connection, nothing else changes it.
    else if (isAnswered || this.#connectivity === 'online') this.#setConnectivity('offline');
  }

  #setConnectivity(state: ConnectivityState): void {
    if (state === this.#connectivity) return;
    this.#connectivity = state;
    this.#observer.emit({ type: 'connectivity', state });
  }
}
