import { settleOrTimeOut } from '../core/in-time.js';
import { KinesisError } from '../core/error.js';
import { Latch } from '../core/latch.js';
import { OutboxRestorer, type RestoreTarget } from '../outbox/restorer.js';
import type { Outbox, OutboxEvent, OutboxRecord } from '../outbox/types.js';
import { OutboxWriter } from '../outbox/writer.js';
import { CheckedOutbox } from './checked-outbox.js';
import type { PendingRecord } from './records.js';

/** What a producer does for its outbox. */
export interface OutboxOwner extends RestoreTarget<PendingRecord> {
  onError: (error: KinesisError) => void;
  /** Other processes may take over the outbox's records: nothing is sent until `resume`. */
  suspend: () => void;
  /** New records wait until the restored ones, which are older, are in the core. */
  waitForRestore: (restored: Promise<unknown>) => void;
  /** Ends `suspend`. The records with these ids were taken over by another process, which delivers them. */
  resume: (takenOver: string[]) => void;
}

/** An outbox with its writer and its restorer. */
export class OutboxLink {
  readonly writer: OutboxWriter;
  readonly #restorer: OutboxRestorer<PendingRecord>;
  readonly #owner: OutboxOwner;
  /** Other processes may take over the outbox's records. */
  #isSuspended = false;
  readonly #resumed = new Latch();
  #suspensions = 0;

  constructor(outbox: Outbox, owner: OutboxOwner) {
    this.#owner = owner;
    this.writer = new OutboxWriter(new CheckedOutbox(outbox, owner.onError), (event) => this.#handle(event));
    this.#restorer = new OutboxRestorer(this.writer, owner);
    this.#putOrphaned();
  }

  /** Puts the records of a core that was replaced. Resolves to how many of them have failed instead. */
  putBack(records: PendingRecord[]): Promise<number> {
    const restored = this.#restorer.putBack(records, this.#readStored());
    this.#owner.waitForRestore(restored);
    // The read may have found records that other senders have left: the outbox does not report those again.
    void restored.then(() => this.#putOrphaned());
    return restored;
  }

  /**
   * Reads the outbox while no other process may take over its records. What was read across a suspension says nothing:
   * until `resume` it is not known which records were taken over.
   */
  async #readStored(): Promise<OutboxRecord[]> {
    for (;;) {
      while (this.#isSuspended) await this.#resumed.wait();
      const before = this.#suspensions;
      await this.writer.written();
      const stored = await this.writer.all();
      if (before === this.#suspensions) return stored;
    }
  }

  /**
   * Waits until all is written, for 10 s at most: an outbox that does not answer must not keep a producer from closing.
   */
  async finish(): Promise<void> {
    await settleOrTimeOut(this.writer.written(), FINISH_MS_MAX);
    if (this.writer.isIdle) return;
    const message = `the outbox has not answered for ${FINISH_MS_MAX} ms`;
    this.#owner.onError(new KinesisError('ERR_OUTBOX', message));
  }

  /** The producer is closing: it takes over no more records. */
  stopRestoring(): void {
    this.#restorer.stop();
  }

  /** Takes over no more records until `outboxEmptied` settles, and drops those that are being taken over. */
  dropOrphaned(outboxEmptied: Promise<unknown>): void {
    this.#restorer.dropOrphaned(outboxEmptied);
  }

  #handle(event: OutboxEvent): void {
    if (event.kind === 'error') this.#owner.onError(event.error);
    else if (event.kind === 'orphaned') this.#putOrphaned();
    else if (event.kind === 'suspended') this.#suspend();
    else this.#resume(event.takenOver);
  }

  #putOrphaned(): void {
    this.#owner.waitForRestore(this.#restorer.putOrphaned());
  }

  #suspend(): void {
    this.#isSuspended = true;
    this.#suspensions += 1;
    this.#owner.suspend();
  }

  #resume(takenOver: string[]): void {
    this.#isSuspended = false;
    this.writer.leaveToOthers(takenOver);
    this.#owner.resume(takenOver);
    this.#resumed.open();
  }
}

/** Longest wait for the outbox when a producer is closed, in milliseconds. */
const FINISH_MS_MAX = 10_000;
