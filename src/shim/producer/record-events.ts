import { KinesisError } from '../core/error.js';
import type { ObserverOwner } from '../core/observer.js';

/**
 * Emits the events of a producer's records, where there is an observer. Records that are given up one after the other
 * for the same reason make one event.
 */
export class RecordEvents {
  readonly #owner: ObserverOwner;
  #error: KinesisError | undefined;
  #dropped = 0;

  constructor(owner: ObserverOwner) {
    this.#owner = owner;
  }

  emitQueued(records: number): void {
    this.#owner.observer?.emit({ type: 'queued', records });
  }

  /** Emits how many records were stored, and then those that were given up. */
  emitSettled(records: number): void {
    if (records > 0) this.#owner.observer?.emit({ type: 'settled', records });
    this.#emitDropped();
  }

  addDropped(error: KinesisError): void {
    if (!this.#owner.observer) return;
    const last = this.#error;
    if (last?.message !== error.message || last.code !== error.code || last.name !== error.name) this.#emitDropped();
    // The event is emitted at the end of this turn, or by `emitSettled` before.
    if (this.#dropped === 0) queueMicrotask(() => this.#emitDropped());
    this.#error ??= error;
    this.#dropped += 1;
  }

  #emitDropped(): void {
    const [error, records] = [this.#error, this.#dropped];
    this.#error = undefined;
    this.#dropped = 0;
    if (error) this.#owner.observer?.emit({ type: 'dropped', records, error: withoutKey(error) });
  }
}

/** An error with a partition key belongs to one record only. */
function withoutKey({ code, message, name, status, requestId, attempts }: KinesisError): KinesisError {
  return new KinesisError(code, message, { name, status, requestId, attempts });
}
