import { KinesisError, errorFrom } from '../core/error.js';
import type { OutboxRecord } from './types.js';
import type { OutboxWriter } from './writer.js';

/** A record that waits for its settlement, as far as it is in an outbox. */
export interface RestoredRecord {
  resolve: (result: never) => void;
  reject: (error: KinesisError) => void;
  partitionKey?: string | undefined;
  outboxId?: string | undefined;
  /** No program waits for it. */
  isIgnored?: boolean;
  /** Another sender has left it. */
  isOrphaned?: boolean;
}

/** The producer that records are put into again. */
export interface RestoreTarget<T extends RestoredRecord> {
  /** Waits until there is a core. Rejects where there can be none: the records stay in the outbox. */
  ensureStarted: () => Promise<void>;
  /** Puts a record. Throws the core's refusal; after ERR_BUFFER_FULL it is called again when `ready` resolves. */
  put: (record: OutboxRecord, pending: T) => void;
  /** The record is given up. */
  fail: (pending: T, error: KinesisError) => void;
  /** Another page sends the record, or it was dropped while it was read. */
  drop: (pending: T) => void;
  ready: () => Promise<void>;
}

/** Puts records of an outbox again: those that other senders have left, and those of a core that was lost. */
export class OutboxRestorer<T extends RestoredRecord> {
  readonly #writer: OutboxWriter;
  readonly #target: RestoreTarget<T>;
  #isStopped = false;
  /** The last call of `putBack`, until it has ended. */
  #lastPutBack: Promise<number> | undefined;
  /** The number of calls of `dropOrphaned`. */
  #drops = 0;
  /** The number of those calls whose `outboxEmptied` has not settled. */
  #clearingsInProgress = 0;

  constructor(writer: OutboxWriter, target: RestoreTarget<T>) {
    this.#writer = writer;
    this.#target = target;
  }

  /** Puts the records that other senders have left. */
  async putOrphaned(): Promise<void> {
    if (this.#clearingsInProgress > 0) return;
    const drops = this.#drops;
    for (const record of await this.#writer.takeOrphaned()) {
      const { id: outboxId, partitionKey } = record;
      const pending: RestoredRecord = {
        resolve: () => {},
        reject: () => {},
        isIgnored: true,
        partitionKey,
        outboxId,
        isOrphaned: true,
      };
      await this.#put(record, pending as T, () => !this.#isStopped && drops === this.#drops);
    }
  }

  /** Puts none of the records that other senders have left, until `outboxEmptied` settles: the outbox is empty then. */
  dropOrphaned(outboxEmptied: Promise<unknown>): void {
    this.#drops += 1;
    this.#clearingsInProgress += 1;
    const end = () => (this.#clearingsInProgress -= 1);
    outboxEmptied.then(end, end);
  }

  /** The producer is closing: records of other senders that are not in its core yet stay for the next page. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Puts the records of a core that was lost. Resolves to how many of them have failed instead.
   * @param records what the outbox has. Never rejects.
   */
  putBack(all: T[], records: Promise<OutboxRecord[]>): Promise<number> {
    const done: Promise<number> = this.#putAllBack(all, records, () => done).finally(() => {
      if (this.#lastPutBack === done) this.#lastPutBack = undefined;
    });
    this.#lastPutBack = done;
    return done;
  }

  async #putAllBack(all: T[], records: Promise<OutboxRecord[]>, own: () => Promise<number>): Promise<number> {
    const stored = new Map((await records).map((record) => [record.id, record]));
    let failed = 0;
    for (const pending of all) {
      const { outboxId = '', partitionKey } = pending;
      const record = stored.get(outboxId);
      if (record) {
        if (!(await this.#put(record, pending, () => true, own()))) failed += 1;
        continue;
      }
      if (!this.#writer.knows(outboxId)) {
        this.#target.drop(pending);
        continue;
      }
      failed += 1;
      this.#target.fail(pending, new KinesisError('ERR_OUTBOX', 'the outbox has lost the record', { partitionKey }));
    }
    return failed;
  }

  /**
   * @param isWanted called when there is a core: if it returns false, the record stays in the outbox
   * @param own the call of `putBack` that the record belongs to
   * @returns false if the record has failed; otherwise it is in the core, stays in the outbox for a later page, or is
   * another page's
   */
  async #put(record: OutboxRecord, pending: T, isWanted: () => boolean, own?: Promise<number>): Promise<boolean> {
    try {
      for (let coresLost = 0; ;) {
        if (this.#writer.knows(record.id)) await this.#target.ensureStarted();
        // A core was lost meanwhile. What was in it is older, and goes first.
        while (this.#lastPutBack && this.#lastPutBack !== own) await this.#lastPutBack;
        if (this.#leaveToAnotherPage(record.id, pending, isWanted)) return true;
        const refusal = this.#tryPut(record, pending);
        if (!refusal) return true;
        if (refusal.code === 'ERR_BUFFER_FULL') await this.#target.ready();
        // The core was replaced: the next one takes the record, unless it is the record that makes cores fail.
        else if (refusal.code !== 'ERR_CORE' || (coresLost += 1) === CORES_LOST_MAX) throw refusal;
      }
    } catch (error) {
      this.#giveUp(record.id, pending, errorFrom(error, 'the record could not be restored'));
      return false;
    }
  }

  /** Leaves a record to another page that has taken it over, or will. Returns whether this was the case. */
  #leaveToAnotherPage(id: string, pending: T, isWanted: () => boolean): boolean {
    if (!this.#writer.knows(id)) {
      this.#target.drop(pending);
      return true;
    }
    if (isWanted()) return false;
    this.#writer.leaveToOthers([id]);
    return true;
  }

  /** @returns why the core refuses the record */
  #tryPut(record: OutboxRecord, pending: T): KinesisError | undefined {
    try {
      this.#target.put(record, pending);
      return undefined;
    } catch (error) {
      return errorFrom(error, 'the record could not be restored');
    }
  }

  /** A record that every core refuses is removed from the outbox. Any other stays for a later page. */
  #giveUp(id: string, pending: T, refusal: KinesisError): void {
    if (REFUSALS.has(refusal.code)) this.#writer.remove([id]);
    else this.#writer.leaveToOthers([id]);
    this.#target.fail(pending, refusal);
  }
}

/** Tries of a record of which each has lost the core. */
const CORES_LOST_MAX = 3;
/** The record itself is at fault. */
const REFUSALS = new Set<KinesisError['code']>(['ERR_INVALID_ARGUMENT', 'ERR_RECORD_TOO_LARGE']);
