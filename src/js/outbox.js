import { KinesisError, messageOf } from './error.js';

/**
 * Keeps an outbox in step with a producer: what is put is added, what has settled is removed, both many at a time and in
 * order. A failing outbox is reported, and costs nothing that memory holds.
 */
export class Storing {
  #outbox;
  #onError;
  /** @type {import('./types.js').OutboxRecord[]} */
  #adding = [];
  /** Records that settled before they were added. @type {Set<string>} */
  #removing = new Set();
  /** @type {Promise<void> | undefined} */
  #working;

  /**
   * @param {import('./types.js').Outbox} outbox
   * @param {(error: KinesisError) => void} onError
   */
  constructor(outbox, onError) {
    this.#outbox = outbox;
    this.#onError = onError;
  }

  /** @param {import('./types.js').OutboxRecord} record */
  add(record) {
    this.#adding.push(record);
    this.#working ??= this.#work();
  }

  /** @param {string[]} ids */
  remove(ids) {
    for (const id of ids) this.#removing.add(id);
    this.#working ??= this.#work();
  }

  /** Everything that was said so far is in the outbox. */
  async settled() {
    while (this.#working) await this.#working;
  }

  /**
   * What an earlier producer left.
   * @param {(record: import('./types.js').OutboxRecord) => Promise<void>} put
   */
  async replay(put) {
    let left;
    try {
      left = await this.#outbox.all();
    } catch (error) {
      this.#fail('read', error);
      return;
    }
    for (const record of left) await put(record);
  }

  async #work() {
    // What is put in one turn of the event loop is added at once.
    await undefined;
    while (this.#adding.length + this.#removing.size > 0) {
      const [added, removed] = [this.#adding, [...this.#removing]];
      this.#adding = [];
      this.#removing.clear();
      // What has settled already need not be written.
      const gone = new Set(removed);
      const lasting = added.filter((record) => !gone.has(record.id));
      const written = new Set(added.map((record) => record.id));
      if (lasting.length > 0) await this.#outbox.add(lasting).catch((error) => this.#fail('written', error));
      const stale = removed.filter((id) => !written.has(id));
      if (stale.length > 0) await this.#outbox.remove(stale).catch((error) => this.#fail('written', error));
    }
    this.#working = undefined;
  }

  /**
   * @param {string} what
   * @param {unknown} error
   */
  #fail(what, error) {
    this.#onError(new KinesisError('ERR_OUTBOX', `the outbox could not be ${what}: ${messageOf(error)}`, { cause: error }));
  }
}
