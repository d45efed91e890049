import { settleOrTimeOut } from '../core/in-time.js';
import { checkSize, toBytes } from '../core/data.js';
import { type KinesisError, errorFrom } from '../core/error.js';
import { isModuleScope } from '../core/host.js';
import { PagedMap } from '../core/paged-map.js';
import {
  BATCH_BYTES_MAX,
  BATCH_RECORDS_MAX,
  PackedBatch,
  type PackedRecords,
  bytesAtMost,
  isShort,
  unpack,
} from '../core/packed-batch.js';
import { now } from '../core/time.js';
import type { OutboxWriter } from '../outbox/writer.js';
import type { Driver } from './driver.js';
import type { CheckedProducerOptions } from './options.js';
import { WaitingRecords } from './waiting-records.js';
import type { RecordEvents } from './record-events.js';
import { type PendingRecord, type RecordInput, storedRecord } from './records.js';

/** A record as the core gets it. */
type CoreRecord = Pick<RecordInput, 'data'> & Partial<RecordInput>;

/** Passes records from `put` to the core, and keeps the promises of the records that are in the core. */
export class Intake {
  /** What settles the promises of the records that are in the core, by the ids of the core. */
  recordsById = new PagedMap<PendingRecord>();
  readonly #driver: Driver;
  readonly #fail: (record: PendingRecord, error: KinesisError) => void;
  readonly #removeFromOutbox: (outboxId: string) => void;
  readonly #recordEvents: RecordEvents;
  #options: CheckedProducerOptions;
  /**
   * Records that wait until the module is loaded, for the first invocation of a Worker, or, with `ordering`, until the
   * records of the outbox are in the core.
   */
  #waiting: WaitingRecords<RecordInput & { pending: PendingRecord }>;
  /** Short records that are put until the next microtask, which are passed to the core together. */
  readonly #batch = new PackedBatch<PendingRecord>();
  /** Whether the core had room for the largest batch when this batch began, so that no record of it needs a check. */
  #hasRoomForLargestBatch = false;
  /** Records that are being passed to the core. */
  #inTransfer: PendingRecord[] = [];
  #isPutScheduled = false;
  /** Resolves when the records of the outbox are in the core. Set while new records wait for that. */
  #restoring: Promise<void> | undefined;

  constructor(
    driver: Driver,
    options: CheckedProducerOptions,
    fail: (record: PendingRecord, error: KinesisError) => void,
    removeFromOutbox: (outboxId: string) => void,
    events: RecordEvents,
  ) {
    this.#driver = driver;
    this.#options = options;
    this.#fail = fail;
    this.#removeFromOutbox = removeFromOutbox;
    this.#recordEvents = events;
    this.#waiting = new WaitingRecords(options);
  }

  /** Replaces the options. Called before the first record only. */
  setOptions(options: CheckedProducerOptions): void {
    this.#options = options;
    this.#waiting = new WaitingRecords(options);
  }

  get waiting(): { count: number; bytes: number } {
    return this.#waiting;
  }

  hasRoomFor(records: number, bytes: number): boolean {
    const coreHasRoom = this.#restoring ? undefined : this.coreHasRoomFor(records, bytes);
    return coreHasRoom ?? this.#waiting.hasRoomFor(records, bytes);
  }

  /** Returns `undefined` where there is no core, also because it was lost in this call. */
  coreHasRoomFor(records: number, bytes: number): boolean | undefined {
    this.putBatch();
    return this.#driver.runIfPresent((core) => core.hasRoomFor(records, bytes));
  }

  /**
   * As `coreHasRoomFor`, but does not pass the collected batch to the core first: the caller counts it. Throws where
   * there is no core.
   */
  #coreHasRoomForBatch(records: number, bytes: number): boolean {
    return this.#driver.run((core) => core.hasRoomFor(records, bytes));
  }

  /** Resolves when new records no longer wait for those of the outbox; `undefined` while they do not wait. */
  get restoring(): Promise<void> | undefined {
    return this.#restoring;
  }

  /**
   * Makes new records wait until the records of the outbox, which are older, are in the core. This keeps the order of
   * the records of each partition key.
   * @param restored resolves when the records of the outbox are in the core
   * @param room returns a promise that resolves when the core has room for a record
   * @param put passes the waiting records to the core one by one, for as long as `mayPut` returns true
   */
  waitForRestore(restored: Promise<unknown>, room: () => Promise<void>, put: (mayPut: () => boolean) => void): void {
    const before = this.#restoring;
    const wait = Promise.all([before, settleOrTimeOut(restored, RESTORE_WAIT_MS_MAX)]).then(async () => {
      // A later call of this method has replaced this wait by a longer one.
      if (this.#restoring !== wait) return;
      while (this.#driver.core && this.#waiting.count > 0) {
        await room();
        // The first condition comes first, because it may find that the core was lost, which begins another restore.
        put(() => this.coreHasRoomFor(1, this.#options.recordBytesMax) === true && this.#restoring === wait);
        if (this.#restoring !== wait) return;
      }
      this.#restoring = undefined;
    });
    this.#restoring = wait;
  }

  /** Whether new records wait: there is no core yet, or records of the outbox go before them. */
  mustWait(): boolean {
    // The core may have been lost in a call of another producer: its records come again from the outbox.
    this.#driver.recoverIfReplaced();
    return !this.#driver.core || this.#restoring !== undefined;
  }

  /** Accepts a record, or throws why it is refused. */
  accept(record: RecordInput, pending: PendingRecord): void {
    checkSize(record.data, this.#options.recordBytesMax, record.partitionKey, 'data');
    if (this.mustWait() || isModuleScope()) {
      this.#waiting.add({ ...record, pending });
      this.#recordEvents.emitQueued(1);
    } else if (!this.addToBatch(record, pending)) this.putInCore(record, pending);
  }

  /** Adds a record to the outbox. */
  store(writer: OutboxWriter, record: RecordInput): void {
    const stored = storedRecord(record);
    if (stored) writer.add(stored);
  }

  /**
   * Adds a short record to the batch of this turn, where the core certainly has room for it. @returns whether it did
   */
  addToBatch({ data, partitionKey = '', explicitHashKey }: CoreRecord, pending: PendingRecord): boolean {
    const batch = this.#batch;
    if (explicitHashKey !== undefined || !isShort(data, partitionKey, this.#options.recordBytesMax)) return false;
    if (batch.count === 0) this.#hasRoomForLargestBatch = this.#coreHasRoomForBatch(BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
    const bytes = batch.bytesAtMost + bytesAtMost(data, partitionKey);
    if (!this.#hasRoomForLargestBatch && !this.#coreHasRoomForBatch(batch.count + 1, bytes)) return false;
    batch.add(data, partitionKey, pending);
    if (batch.isFull) this.putBatch();
    else this.#schedulePut();
    return true;
  }

  /** Passes one record to the core, after the records that were put before it. */
  putInCore(record: CoreRecord, pending: PendingRecord): void {
    this.putBatch();
    // Also where there is no room: the core may send what has waited for more records.
    let wantsPoll = true;
    try {
      wantsPoll = this.#passToCore(record, pending);
      // After a trap the outbox puts the record again, for which `queued` was emitted when it was put first.
      if (pending.awaitsNewCore) pending.awaitsNewCore = false;
      else this.#recordEvents.emitQueued(1);
    } finally {
      if (wantsPoll) this.#driver.pollUntilWait();
    }
  }

  /** @returns whether the core wants to be polled */
  #passToCore({ data, partitionKey = '', explicitHashKey = '' }: CoreRecord, pending: PendingRecord): boolean {
    const bytes = toBytes(data);
    checkSize(bytes, this.#options.recordBytesMax, partitionKey, 'data');
    const time = now();
    const { id, wantsPoll } = this.#driver.run((core) => ({
      id: core.put(time, bytes, partitionKey, explicitHashKey),
      wantsPoll: core.wantsPoll(time),
    }));
    this.recordsById.add(id, pending);
    return wantsPoll;
  }

  /** Passes the collected records to the core. */
  putBatch(): void {
    // A function of the user that is called meanwhile may put more. Those records wait for the next call of this
    // method.
    if (this.#batch.count === 0 || this.#inTransfer.length > 0) return;
    // If the instance was replaced, the producer starts another core first. The records of this batch are still here,
    // and not lost with the old core.
    this.#driver.recoverIfReplaced();
    const { values, packed } = this.#batch.take();
    if (this.#restoring) return this.#addToWaiting(values, packed);
    this.#inTransfer = [...values];
    try {
      const first = this.#driver.run((core) => core.putMany(now(), packed.bytes, packed.lengths));
      if (first === undefined) this.#putOneByOne(packed);
      else values.forEach((pending, index) => this.recordsById.add(first + index, pending));
      this.#inTransfer = [];
      if (first !== undefined) this.#recordEvents.emitQueued(values.length);
      if (this.#driver.run((core) => core.wantsPoll(now()))) this.#driver.pollUntilWait();
    } catch (error) {
      // After a trap, `takeAll` has taken the records out of the list, and recovery settles them.
      const refused = this.#inTransfer;
      this.#inTransfer = [];
      for (const record of refused) this.#refuse(record, error);
    }
    if (this.#batch.count > 0) this.#schedulePut();
  }

  /** Older records are being put again from the outbox: those of a batch, which were accepted, wait for them. */
  #addToWaiting(values: PendingRecord[], packed: PackedRecords): void {
    unpack(packed).forEach(({ data, partitionKey }, index) => {
      const pending = values[index] as PendingRecord;
      const { outboxId } = pending;
      this.#waiting.addAccepted({ data, partitionKey, explicitHashKey: undefined, outboxId, pending });
    });
    this.#recordEvents.emitQueued(values.length);
  }

  /** Every record that has not settled. */
  all(): PendingRecord[] {
    return [...this.#waiting.all.map(({ pending }) => pending), ...this.recordsById.values()];
  }

  /** Removes every record that has not settled from the core, which is about to be replaced. @returns the records */
  removeFromCore(): Map<PendingRecord, CoreRecord> {
    const removed = new Map<PendingRecord, CoreRecord>();
    const records = this.#driver.runIfPresent((core) => core.takeRecords()) ?? [];
    for (const [id, partitionKey, explicitHashKey, data] of records.sort(([one], [other]) => one - other)) {
      const pending = this.recordsById.get(id);
      if (pending) removed.set(pending, { data, partitionKey, explicitHashKey });
    }
    return removed;
  }

  /**
   * Puts records that `removeFromCore` has returned into the new core. No request is sent before the last one is put,
   * because the user's `fetch` may call the producer.
   * @returns how many have failed instead
   */
  putBack(records: PendingRecord[], removed: Map<PendingRecord, CoreRecord>): number {
    let failed = 0;
    for (const pending of records) {
      try {
        this.#passToCore(removed.get(pending) as CoreRecord, pending);
        pending.awaitsNewCore = false;
      } catch (error) {
        failed += 1;
        this.#refuse(pending, error);
      }
    }
    return failed;
  }

  /**
   * Removes every record that is in the core, or is being passed to it, from the lists of this class, and returns it.
   */
  takeAll(): PendingRecord[] {
    const all = [...this.recordsById.values(), ...this.#inTransfer];
    this.#emitQueuedInTransfer();
    this.recordsById = new PagedMap();
    this.#inTransfer = [];
    return all;
  }

  /**
   * Emits `queued` for records that were being passed to the core when it trapped, because they count as put. The
   * microtask runs when the new core has started.
   */
  #emitQueuedInTransfer(): void {
    const { length } = this.#inTransfer;
    if (length > 0) queueMicrotask(() => this.#recordEvents.emitQueued(length));
  }

  takeWaiting(): PendingRecord[] {
    return this.#waiting.take().map(({ pending }) => pending);
  }

  /** Drops records that wait for the core, and returns them. */
  dropWaiting(isDropped: (record: PendingRecord) => boolean): PendingRecord[] {
    return this.#waiting.drop(({ pending }) => isDropped(pending)).map(({ pending }) => pending);
  }

  /**
   * Passes the records that have waited for the core to it. No request is sent before the last one is passed, because
   * the user's `fetch` may call the producer.
   * @param mayPut called before each record: where it returns false, the other records wait
   */
  putWaiting(mayPut: () => boolean): void {
    while (mayPut()) {
      const waiting = this.#waiting.shift();
      if (!waiting) return;
      const { pending, ...record } = waiting;
      try {
        this.#passToCore(record, pending);
      } catch (error) {
        this.#refuse(pending, error);
      }
    }
  }

  /**
   * A record that was accepted could not be put into the core. It leaves the outbox, unless there was no core to put it
   * into: a later page sends it then.
   */
  #refuse(record: PendingRecord, thrown: unknown): void {
    const error = errorFrom(thrown, 'the record could not be put');
    if (record.outboxId !== undefined && error.code !== 'ERR_CORE') this.#removeFromOutbox(record.outboxId);
    this.#fail(record, error);
  }

  #schedulePut(): void {
    if (this.#isPutScheduled) return;
    this.#isPutScheduled = true;
    queueMicrotask(() => {
      this.#isPutScheduled = false;
      this.putBatch();
    });
  }

  /**
   * Puts the records of a batch one by one: the core has less room now than when they were collected. Functions of the
   * user are called after the last one, because they may put more.
   */
  #putOneByOne(packed: PackedRecords): void {
    const refused: [PendingRecord, unknown][] = [];
    let accepted = 0;
    for (const { data, partitionKey } of unpack(packed)) {
      const pending = this.#inTransfer.shift();
      // After a trap, `takeAll` has taken the rest.
      if (!pending) break;
      try {
        this.#passToCore({ data, partitionKey }, pending);
        accepted += 1;
      } catch (error) {
        refused.push([pending, error]);
      }
    }
    this.#recordEvents.emitQueued(accepted);
    for (const [pending, error] of refused) this.#refuse(pending, error);
  }
}

/** The longest time in milliseconds that new records wait for those of the outbox. */
const RESTORE_WAIT_MS_MAX = 10_000;
