import { type KinesisError, errorFrom } from '../core/error.js';
import { released } from '../outbox/restorer.js';
import { EarlierCounts, type ProducerCounts, noCounts } from './counts.js';
import type { Driver } from './driver.js';
import type { Flushes } from './flushes.js';
import type { Intake } from './intake.js';
import type { OutboxLink } from './outbox-link.js';
import type { PendingRecord } from './records.js';

/** What a producer does for its recovery. */
export interface RecoveryOwner {
  /**
   * Starts another core. Where an earlier core has delivered records, the options were right: the new one then sends
   * again what is refused for a cause that the operator can repair.
   */
  start: (retriesOperatorErrors: boolean) => void;
  /** A record is given up. */
  fail: (record: PendingRecord, error: KinesisError) => void;
  /** A record was dropped without a report. */
  released: (error: KinesisError) => void;
  /** Puts records again that are in the outbox. Resolves to how many have failed instead. Never rejects. */
  putBack: (records: PendingRecord[]) => Promise<number>;
  /** The buffer may have space again. */
  notifySpaceWaiters: () => void;
  onError: (error: KinesisError) => void;
}

/** Replaces the core: after a trap, or to drop records, which a core cannot do by itself. */
export class Recovery {
  readonly #driver: Driver;
  readonly #intake: Intake;
  readonly #flushes: Flushes;
  readonly #owner: RecoveryOwner;
  readonly #earlier = new EarlierCounts();
  /** What the core has counted when that was last read. */
  #lastCounts = noCounts();
  /** Records of cores that are gone, until they are in the next one. */
  readonly #puttingBack = new Set<PendingRecord>();
  /** Cores that were lost since a record has last settled. */
  #lostInARow = 0;

  constructor(driver: Driver, intake: Intake, flushes: Flushes, owner: RecoveryOwner) {
    this.#driver = driver;
    this.#intake = intake;
    this.#flushes = flushes;
    this.#owner = owner;
  }

  /** Counts over all cores, with what waits for one. */
  counts(): ProducerCounts {
    const current = this.#driver.core ? this.#driver.run((core) => core.stats()) : noCounts();
    // After a trap these counts are those of the lost core. Records count as settled only once the core has reported
    // them.
    const { recordsDelivered, recordsFailed } = this.#lastCounts;
    this.#lastCounts = { ...current, recordsDelivered, recordsFailed };
    const { count, bytes } = this.#intake.preloaded;
    const waiting = [...this.#puttingBack].filter(({ awaitsNewCore }) => awaitsNewCore).length;
    return this.#earlier.with(current, { count: count + waiting, bytes });
  }

  /** The core has reported: keeps what it has counted, which cannot be read any more after a trap. */
  keepCounts(haveRecordsSettled: boolean): void {
    if (haveRecordsSettled) this.#lostInARow = 0;
    this.#lastCounts = this.#driver.run((core) => core.stats());
  }

  /** Records have failed that no core has had. */
  countFailed(records: number): void {
    this.#earlier.addFailed(records);
  }

  /** The core was lost in a trap. Its records come again from the outbox, where there is one, and fail otherwise. */
  recover(error: KinesisError): void {
    this.#lostInARow += 1;
    // After so many cores that were lost in a row, records of the outbox fail too: one of them may cause the traps.
    const isLost = ({ outboxId }: PendingRecord) => outboxId === undefined || this.#lostInARow > LOST_IN_A_ROW_MAX;
    const lose = (lost: PendingRecord[]) => lost.forEach((record) => this.#owner.fail(record, error));
    void this.#restart(isLost, lose, true);
  }

  /**
   * Drops the buffered records of these partition keys, unsent and without a report.
   * @param cleared if it is given, the records that earlier pages have left in the outbox are dropped too; it settles
   * when the outbox is empty
   */
  async dropRecords(
    partitionKeys: ReadonlySet<string>,
    outbox: OutboxLink | undefined,
    cleared: Promise<unknown> | undefined,
  ): Promise<void> {
    if (cleared) outbox?.dropOrphaned(cleared);
    this.#intake.putBatch();
    const all = [...new Set([...this.#intake.all(), ...this.#puttingBack])];
    const mustDrop = ({ partitionKey = '', isOrphaned }: PendingRecord) =>
      partitionKeys.has(partitionKey) || (cleared && isOrphaned);
    const dropped = new Set(all.filter(mustDrop));
    outbox?.writer.remove([...dropped].flatMap(({ outboxId }) => outboxId ?? []));
    if (dropped.size > 0) await this.#restartWithout((record) => dropped.has(record), !outbox);
    await outbox?.writer.settled();
  }

  /** Drops, without a report, the records with these outbox ids: another process has taken them over. */
  async restartWithout(outboxIds: Set<string>): Promise<void> {
    await this.#restartWithout(({ outboxId }) => outboxId === undefined || outboxIds.has(outboxId), false);
  }

  /** @param isInCoreOnly the others are in no outbox, from which they could be read: the core returns their data */
  async #restartWithout(isLost: (record: PendingRecord) => boolean, isInCoreOnly: boolean): Promise<void> {
    const release = (lost: PendingRecord[]) => lost.forEach((record) => this.#release(record));
    release(this.#intake.dropPreloaded(isLost));
    if (!this.#driver.core) return;
    this.#intake.putBatch();
    this.keepCounts(false);
    if (!isInCoreOnly) return this.#restart(isLost, release, false);
    const removed = this.#intake.removeFromCore();
    const putBack = (kept: PendingRecord[]) => this.#intake.putAgain(kept, removed);
    await this.#restart((record) => isLost(record) || !removed.has(record), release, false, putBack);
  }

  #release(record: PendingRecord): void {
    const error = released(record);
    record.reject(error);
    this.#owner.released(error);
  }

  async #restart(
    isLost: (record: PendingRecord) => boolean,
    lose: (lost: PendingRecord[]) => void,
    isFailure: boolean,
    putBack: (kept: PendingRecord[]) => number | Promise<number> = this.#owner.putBack,
  ): Promise<void> {
    const all = this.#intake.takeAll();
    const lost = all.filter(isLost);
    const kept = all.filter((record) => !isLost(record));
    for (const record of kept) {
      record.awaitsNewCore = true;
      this.#puttingBack.add(record);
    }
    this.#flushes.suspend();
    this.#earlier.addCore(this.#lastCounts);
    this.#lastCounts = noCounts();
    if (isFailure) this.#addFailed(lost.length);
    this.#start();
    lose(lost);
    this.#owner.notifySpaceWaiters();
    if (kept.length > 0) this.#addFailed(await putBack(kept));
    for (const record of kept) this.#puttingBack.delete(record);
    this.#flushes.resume();
    this.#driver.pollUntilWait();
  }

  /** Counts records that have failed outside of a core, in the statistics and in the flushes that wait. */
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

/** So many cores may be lost in a row, without a record that settles, before records of the outbox fail too. */
const LOST_IN_A_ROW_MAX = 3;
