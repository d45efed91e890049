import { KinesisError, errorFrom } from '../core/error.js';
import type { OutboxRecord } from './types.js';
import type { OutboxWriter } from './writer.js';

/** A record that waits for its settlement, as far as it is in an outbox. */
export interface StoredRecord {
  resolve: (result: never) => void;
  reject: (error: KinesisError) => void;
  partitionKey?: string | undefined;
  outboxId?: string | undefined;
}

/** The producer that records are put into again. */
export interface RestoreTarget<T extends StoredRecord> {
  /** Waits until there is a core. Rejects where there can be none: what is in the outbox stays there. */
  started: () => Promise<void>;
  /** Puts a record. Throws what the core says; after ERR_BUFFER_FULL it is called again when `ready` resolves. */
  enter: (record: OutboxRecord, pending: T) => void;
  /** The record is given up. */
  fail: (pending: T, error: KinesisError) => void;
  ready: () => Promise<void>;
}

/** Puts again what an outbox has: what others have left there, and what was in a core that is gone. */
export class OutboxRestorer<T extends StoredRecord> {
  readonly #writer: OutboxWriter;
  readonly #target: RestoreTarget<T>;

  constructor(writer: OutboxWriter, target: RestoreTarget<T>) {
    this.#writer = writer;
    this.#target = target;
  }

  /** Puts what others have left. */
  async putLeft(): Promise<void> {
    for (const record of await this.#writer.left()) {
      const { id, partitionKey } = record;
      await this.#put(record, { resolve: () => {}, reject: () => {}, partitionKey, outboxId: id } as unknown as T);
    }
  }

  /** Puts what was in a core that is gone. */
  async putBack(all: T[]): Promise<void> {
    await this.#writer.settled();
    const stored = new Map((await this.#writer.all()).map((record) => [record.id, record]));
    for (const pending of all) {
      const { outboxId = '', partitionKey } = pending;
      const record = stored.get(outboxId);
      if (record) await this.#put(record, pending);
      else
        this.#target.fail(pending, new KinesisError('ERR_OUTBOX', 'the outbox has lost the record', { partitionKey }));
    }
  }

  async #put(record: OutboxRecord, pending: T): Promise<void> {
    const { id } = record;
    while (this.#writer.knows(id)) {
      try {
        await this.#target.started();
        this.#target.enter(record, pending);
        return;
      } catch (error) {
        const refusal = errorFrom(error, 'the record could not be restored');
        if (refusal.code === 'ERR_BUFFER_FULL') {
          await this.#target.ready();
          continue;
        }
        // What no core takes is of no use in the outbox; what a later visit can send stays there.
        if (REFUSALS.has(refusal.code)) this.#writer.remove([id]);
        else this.#writer.release([id]);
        this.#target.fail(pending, refusal);
        return;
      }
    }
  }
}

/** The record itself is at fault. */
const REFUSALS = new Set<KinesisError['code']>(['ERR_INVALID_ARGUMENT', 'ERR_RECORD_TOO_LARGE']);
