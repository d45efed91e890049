import { forget, takeDefaults } from '../core/internal-hooks.js';
import { indexedDBOutbox } from '../outbox/indexeddb.js';

/**
 * Straight to Kinesis, by a producer. Where its user has set nothing else it aggregates by key, and keeps records in an outbox until
 * they are delivered, however often that takes.
 * @typedef {{ messageId: string, partitionKey: string, at: number, timestamp: string | undefined, text: string }} Item an event, its time still to
 *   be written: `timestamp` where `beforeSend` has set one
 */
export class Direct {
  #producer;
  #clock;
  #onError;
  /** @type {import('../types/types.js').IndexedDBOutbox | undefined} */
  #outbox;

  /**
   * @param {any} producer
   * @param {{ persist: boolean, onError: (error: any) => void }} options
   * @param {import('./clock.js').Clock} clock
   */
  constructor(producer, { persist, onError }, clock) {
    this.#producer = producer;
    this.#clock = clock;
    this.#onError = onError;
    const makeOutbox = persist ? (/** @type {string} */ stream) => (this.#outbox = indexedDBOutbox({ name: `kinesis-edge-tracker ${stream}` })) : undefined;
    const waits = persist ? { recordTtlMs: WEEK_MS, recordAttemptsMax: 1_000_000 } : {};
    producer[takeDefaults]?.({ aggregation: 'key', ...waits }, makeOutbox);
  }

  /** @param {Item} item */
  put({ at, timestamp, text, partitionKey }) {
    const { clockOffsetMs } = this.#producer.stats;
    if (clockOffsetMs) this.#clock.set(clockOffsetMs);
    const time = timestamp ?? new Date(this.#clock.at(at)).toISOString();
    const put = this.#producer.put(`{"timestamp":"${time}",${text}\n`, { partitionKey });
    // What another page delivers in place of this one is not lost.
    put.catch((/** @type {any} */ error) => error.code === 'ERR_ABORTED' || this.#onError(error));
  }

  /** @param {{ keepalive?: boolean }} [options] */
  async flush(options) {
    await this.#producer.flush(options);
  }

  /** @param {string} partitionKey */
  async forget(partitionKey) {
    await this.#producer[forget]?.(partitionKey);
    await this.#outbox?.clear();
  }

  close() {}
}

const WEEK_MS = 7 * 86_400_000;
