import { KinesisError, errorFrom } from '../core/error.js';
import { whenLoaded } from '../core/load.js';

/**
 * @typedef {import('../types/types.js').OutboxRecord} OutboxRecord
 * @typedef {import('../producer/producer.js').Waiting} Waiting
 */

/** Puts again what an outbox has: what others have left there, and what was in a core that is no more. */
export class Restoring {
  #storing;
  #producer;

  /**
   * @param {import('./outbox.js').Storing} storing
   * @param {{
   *   enter: (record: OutboxRecord, waiting: Waiting) => void,
   *   lose: (waiting: Waiting, error: KinesisError) => void,
   *   ready: () => Promise<void>,
   * }} producer `enter` throws what the core says, and after ERR_BUFFER_FULL is called again when `ready` is there
   */
  constructor(storing, producer) {
    this.#storing = storing;
    this.#producer = producer;
  }

  /** What others have left. */
  async putLeft() {
    for (const record of await this.#storing.left()) {
      const { id, partitionKey } = record;
      await this.#put(record, { resolve: () => {}, reject: () => {}, partitionKey, outboxId: id });
    }
  }

  /**
   * What was on its way.
   * @param {Waiting[]} all
   */
  async putBack(all) {
    await this.#storing.settled();
    const stored = new Map((await this.#storing.all()).map((record) => [record.id, record]));
    for (const waiting of all) {
      const { outboxId = '', partitionKey } = waiting;
      const record = stored.get(outboxId);
      if (record) await this.#put(record, waiting);
      else this.#producer.lose(waiting, new KinesisError('ERR_OUTBOX', 'the outbox has lost the record', { partitionKey }));
    }
  }

  /**
   * @param {OutboxRecord} record
   * @param {Waiting} waiting
   */
  async #put(record, waiting) {
    const { id } = record;
    await whenLoaded();
    while (this.#storing.knows(id)) {
      try {
        this.#producer.enter(record, waiting);
        return;
      } catch (error) {
        const refusal = errorFrom(error);
        if (refusal.code !== 'ERR_BUFFER_FULL') {
          this.#storing.remove([id]);
          this.#producer.lose(waiting, refusal);
          return;
        }
        await this.#producer.ready();
      }
    }
  }
}
