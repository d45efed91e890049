import { kindOf, toData } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import type { Outbox, OutboxEvent, OutboxRecord } from '../outbox/types.js';

/**
 * An outbox of the user, of which `all` may give anything. Records that can be read are returned. The first time that
 * there are others, they are reported; they stay in the outbox.
 */
export class CheckedOutbox implements Outbox {
  readonly watch: Outbox['watch'];
  readonly #outbox: Outbox;
  readonly #onError: (error: KinesisError) => void;
  #hasReported = false;

  constructor(outbox: Outbox, onError: (error: KinesisError) => void) {
    this.#outbox = outbox;
    this.#onError = onError;
    if (outbox.watch) this.watch = (listener: (event: OutboxEvent) => void) => outbox.watch?.(listener) as () => void;
  }

  add(records: OutboxRecord[]): Promise<void> {
    return this.#outbox.add(records);
  }

  remove(ids: string[]): Promise<void> {
    return this.#outbox.remove(ids);
  }

  async all(): Promise<OutboxRecord[]> {
    const all: unknown = (await this.#outbox.all()) ?? [];
    if (!Array.isArray(all)) throw new TypeError(`all must resolve to an array, not ${kindOf(all)}`);
    const records = all.flatMap(readRecord);
    const unreadable = all.length - records.length;
    if (unreadable > 0 && !this.#hasReported) {
      this.#hasReported = true;
      const message = `${unreadable} records of the outbox cannot be read, and stay there`;
      this.#onError(new KinesisError('ERR_OUTBOX', message));
    }
    return records;
  }
}

/** It may be anything, also an object whose getters throw. Databases may give bytes back in another view. */
function readRecord(one: OutboxRecord): OutboxRecord[] {
  try {
    const { id, partitionKey, explicitHashKey, data, putAt } = one;
    const bytes = toData(data, 'data');
    if (typeof id !== 'string' || typeof partitionKey !== 'string' || typeof bytes === 'string') return [];
    return [{ id, partitionKey, ...(explicitHashKey !== undefined && { explicitHashKey }), data: bytes, putAt }];
  } catch {
    return [];
  }
}
