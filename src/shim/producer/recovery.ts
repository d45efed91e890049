import { type KinesisError, errorFrom } from '../core/error.js';
import { EarlierCounts, type ProducerCounts, noCounts } from './counts.js';
import type { Driver } from './driver.js';
import type { Flushes } from './flushes.js';
import type { Intake } from './intake.js';
import type { OutboxLink } from './outbox-link.js';
import type { PendingRecord } from './records.js';

/** What a producer does for its recovery. */
export interface RecoveryOwner {
  /**
   * Starts another core. With `retriesOperatorErrors` it retries a record that is refused for a cause that the operator
   * can repair. An earlier core has delivered records then, so that the options were right.
   */
  start: (retriesOperatorErrors: boolean) => void;
  /** A record fails. */
  fail: (record: PendingRecord, error: KinesisError) => void;
  /** A record is dropped. */
  drop: (record: PendingRecord) => void;
  /** Puts back records that are in the outbox. Resolves to how many have failed instead. Never rejects. */
  putBack: (records: PendingRecord[]) => Promise<number>;
  /** The buffer may have room again. */
  notifyRoomWaiters: () => void;
  onError: (error: KinesisError) => void;
}

/**
 * Replaces the core: after a trap, or to drop records, which a core cannot do by itself. For each record of the old
 * core one of these is done:
 * - it is put back: the new core gets it;
 * - it fails: it counts as failed, its promise rejects, and `onError` is called;
 * - it is dropped, because consent was withdrawn or another page has taken it over: its promise rejects, and the event
 *   `dropped` is emitted. It does not count as failed, and `onError` is not called.
 */
export class Recovery {
  readonly #driver: Driver;
  readonly #intake: Intake;
  readonly #flushes: Flushes;
  readonly #owner: RecoveryOwner;
  readonly #earlier = new EarlierCounts();
  /** The counts of the core when they were last read. */
  #lastCounts = noCounts();
  /** Records of replaced cores that are being put back. */
  readonly #puttingBack = new Set<PendingRecord>();
  /** How many cores were lost in traps since a record last settled. */
  #lostSinceSettlement = 0;

  constructor(driver: Driver, intake: Intake, flushes: Flushes, owner: RecoveryOwner) {
    this.#driver = driver;
    this.#intake = intake;
    this.#flushes = flushes;
    this.#owner = owner;
  }

  /** The counts of all cores together, including the records that wait for a core. */
  counts(): ProducerCounts {
    const current = this.#driver.runIfPresent((core) => core.stats()) ?? noCounts();
    // After a trap the counts of the lost core are these. A record counts as settled only once the core has reported
    // it.
    const { recordsDelivered, recordsFailed } = this.#lastCounts;
    this.#lastCounts = { ...current, recordsDelivered, recordsFailed };
    const { count, bytes } = this.#intake.waiting;
    const waiting = [...this.#puttingBack].filter(({ awaitsNewCore }) => awaitsNewCore).length;
    return this.#earlier.with(current, { count: count + waiting, bytes });
  }

  /**
   * Keeps a copy of the counts of the core, which cannot be read any more after a trap. Called after each report.
   * @param haveRecordsSettled whether the report has records: then the core works, and earlier losses do not count
   */
  saveCountsOfCore(haveRecordsSettled: boolean): void {
    if (haveRecordsSettled) this.#lostSinceSettlement = 0;
    this.#lastCounts = this.#driver.run((core) => core.stats());
  }

  /** Counts records that have failed before they were in a core. */
  countFailed(records: number): void {
    this.#earlier.addFailed(records);
  }

  /** The core was lost in a trap. Records that are in an outbox are put back from there, and the others fail. */
  recover(error: KinesisError): void {
    this.#lostSinceSettlement += 1;
    // After several lost cores in a row, records of the outbox fail too: one of them may cause the traps.
    const mustFail = ({ outboxId }: PendingRecord) =>
      outboxId === undefined || this.#lostSinceSettlement > LOST_SINCE_SETTLEMENT_MAX;
    const fail = (failed: PendingRecord[]) => failed.forEach((record) => this.#owner.fail(record, error));
    void this.#restart(mustFail, fail, true);
  }

  /**
   * Drops the buffered records of these partition keys, unsent and without a call of `onError`.
   * @param outboxEmptied if it is given, the records that earlier pages have left in the outbox are dropped too; it
   * settles when the outbox is empty
   */
  async dropRecords(
    partitionKeys: ReadonlySet<string>,
    outbox: OutboxLink | undefined,
    outboxEmptied: Promise<unknown> | undefined,
  ): Promise<void> {
    if (outboxEmptied) outbox?.dropOrphaned(outboxEmptied);
    this.#intake.putBatch();
    this.#reportSettled();
    const all = [...new Set([...this.#intake.all(), ...this.#puttingBack])];
    const mustDrop = ({ partitionKey = '', isOrphaned }: PendingRecord) =>
      partitionKeys.has(partitionKey) || (outboxEmptied && isOrphaned);
    const dropped = new Set(all.filter(mustDrop));
    outbox?.writer.remove([...dropped].flatMap(({ outboxId }) => outboxId ?? []));
    if (dropped.size > 0) await this.#restartWithout((record) => dropped.has(record));
    await outbox?.writer.written();
  }

  /**
   * Drops the records with these outbox ids, which another page has taken over. Where there is no record with one of
   * these ids, it does nothing: a restart would send again what is in flight.
   */
  async dropTakenOver(outboxIds: Set<string>): Promise<void> {
    this.#intake.putBatch();
    const all = [...this.#intake.all(), ...this.#puttingBack];
    if (!all.some(({ outboxId }) => outboxId !== undefined && outboxIds.has(outboxId))) return;
    await this.#restartWithout(({ outboxId }) => outboxId !== undefined && outboxIds.has(outboxId));
  }

  /**
   * Reports what has settled: a response may have arrived while the producer did not poll, and what has settled is not
   * in the core any more. Nothing is sent meanwhile.
   */
  #reportSettled(): void {
    const { isSuspended } = this.#driver;
    this.#driver.isSuspended = true;
    try {
      this.#driver.reportSettled();
    } catch {
      // The core was lost in a trap, and is replaced.
    } finally {
      this.#driver.isSuspended = isSuspended;
    }
  }

  /**
   * Drops records, and puts the others of the old core into a new one. They are read from the old core, also where
   * there is an outbox, which may have dropped some of them for its limits.
   */
  async #restartWithout(mustDrop: (record: PendingRecord) => boolean): Promise<void> {
    const drop = (dropped: PendingRecord[]) => dropped.forEach((record) => this.#owner.drop(record));
    drop(this.#intake.dropWaiting(mustDrop));
    this.#intake.putBatch();
    if (!this.#driver.core) return;
    // A core that is lost in this call has been replaced already: `recover` has kept its counts.
    this.#lastCounts = this.#driver.runIfPresent((core) => core.stats()) ?? this.#lastCounts;
    const removed = this.#intake.removeFromCore();
    const putBack = (kept: PendingRecord[]) => this.#intake.putBack(kept, removed);
    await this.#restart((record) => mustDrop(record) || !removed.has(record), drop, false, putBack);
  }

  /**
   * Starts a new core, and puts records of the old core back.
   * @param mustEnd which records are not put back
   * @param end lets these records fail, or drops them
   * @param isFailure whether these records count as failed
   */
  async #restart(
    mustEnd: (record: PendingRecord) => boolean,
    end: (ended: PendingRecord[]) => void,
    isFailure: boolean,
    putBack: (kept: PendingRecord[]) => number | Promise<number> = this.#owner.putBack,
  ): Promise<void> {
    const all = this.#intake.takeAll();
    const ended = all.filter(mustEnd);
    const kept = all.filter((record) => !mustEnd(record));
    for (const record of kept) {
      record.awaitsNewCore = true;
      this.#puttingBack.add(record);
    }
    this.#flushes.beginRestart();
    this.#earlier.addCore(this.#lastCounts);
    this.#lastCounts = noCounts();
    if (isFailure) this.#addFailed(ended.length);
    this.#start();
    // First, because functions of the user are called next: with `ordering` what these put waits for the older records.
    const failed = kept.length > 0 ? putBack(kept) : undefined;
    end(ended);
    this.#owner.notifyRoomWaiters();
    if (failed !== undefined) this.#addFailed(await failed);
    for (const record of kept) this.#puttingBack.delete(record);
    this.#flushes.endRestart();
    this.#driver.pollUntilWait();
  }

  /** Adds records that have failed outside of a core to the statistics and to the flushes that wait. */
  #addFailed(records: number): void {
    this.#earlier.addFailed(records);
    this.#flushes.addFailed(records);
  }

  #start(): void {
    try {
      this.#owner.start(this.#earlier.haveDelivered);
    } catch (error) {
      this.#owner.onError(errorFrom(error, 'the producer could not start'));
    }
  }
}

/** How many cores may be lost in a row, while no record settles, before records of the outbox fail too. */
const LOST_SINCE_SETTLEMENT_MAX = 3;
