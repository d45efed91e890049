import type { Outcome } from '../client/attempt.js';
import { emitSent } from '../client/request-events.js';
import { errorOf } from '../core/error.js';
import type { ConnectivityState, ObserverOwner } from '../core/observer.js';
import type { CallCore, CoreProducer } from './requests.js';

/**
 * Emits the events that a producer's core reports, if there is an observer. The core collects them from the call of its
 * `observe` on.
 */
export class CoreEvents {
  readonly #owner: ObserverOwner;
  readonly #callCore: CallCore;
  #connectivity: ConnectivityState = 'online';

  constructor(owner: ObserverOwner, callCore: CallCore) {
    this.#owner = owner;
    this.#callCore = callCore;
  }

  /**
   * Emits `sent` for a request that is about to be sent. Returns the function that emits `answered` for its outcome.
   */
  emitSent(core: CoreProducer, id: number, init: RequestInit, bytes: number): ((outcome: Outcome) => void) | undefined {
    const { observer } = this.#owner;
    if (!observer) return undefined;
    const seen = this.#callCore(core, () => ({ facts: core.requestFacts(id), isOffline: core.isOffline }));
    if (!seen?.facts) return undefined;
    if (seen.isOffline) this.#setConnectivity('probing');
    return emitSent(observer, { init, bytes, ...seen.facts });
  }

  /**
   * Emits which records are sent again, and changes of the connection.
   * @param isAnswered the core has handled a response, or has learned that there is none
   */
  emitRetriesAndConnectivity(core: CoreProducer, isAnswered: boolean): void {
    const { observer } = this.#owner;
    if (!observer) return;
    const seen = this.#callCore(core, () => ({ retries: core.takeRetries(), isOffline: core.isOffline }));
    if (!seen) return;
    for (const { isThrottle, records, waitMs, error } of seen.retries)
      observer.emit({ type: isThrottle ? 'throttled' : 'retry', records, reason: errorOf(error), waitMs });
    if (!seen.isOffline) this.#setConnectivity('online');
    // While a request probes the connection, nothing else changes it.
    else if (isAnswered || this.#connectivity === 'online') this.#setConnectivity('offline');
  }

  #setConnectivity(state: ConnectivityState): void {
    if (state === this.#connectivity) return;
    this.#connectivity = state;
    this.#owner.observer?.emit({ type: 'connectivity', state });
  }
}
