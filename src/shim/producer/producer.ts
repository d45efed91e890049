import { applyDefaults, dropRecords, streamOf } from './internal-hooks.js';
import { type KinesisError, errorFrom, reading, report } from '../core/error.js';
import { type GuestIdentityHook, forgetGuestIdentity } from '../core/forget-guest-identity.js';
import { WORK_ENDS_WITH_INVOCATION, isModuleScope, needsHandler } from '../core/host.js';
import { type OnEvent, observe } from '../core/observation.js';
import { readClientOptions } from '../client/options.js';
import type { SettlementReport } from '../generated/producer-module.js';
import type { Outbox, OutboxRecord } from '../outbox/types.js';
import type { FlushCounts, FlushOptions, ProducerStats, PutOptions, PutResult } from './types.js';
import { Driver } from './driver.js';
import { Failures } from './failures.js';
import { Flushes, readKeepalive } from './flushes.js';
import { Intake } from './intake.js';
import { LazyPromise } from './lazy-promise.js';
import { PRODUCER_OPTIONS, type ProducerOptions, readProducerOptions, withDefaults } from './options.js';
import { Measurements } from './measurements.js';
import { OutboxLink } from './outbox-link.js';
import { type PlainRecord, putPlainRecords } from './plain-records.js';
import { RecordErrors } from './record-errors.js';
import { RecordEvents } from './record-events.js';
import { type PendingRecord, type RecordInput, closedError, readRecord } from './records.js';
import { Recovery, type RecoveryOwner } from './recovery.js';
import { BufferRoom } from './buffer-room.js';
import { haveRecordsSettled, settleRecords } from './settlement.js';
import { Starter } from './starter.js';
import { type TryPut, pendingWithoutPromise, writableOf } from './writable.js';

/**
 * Sends records in batches, and tries again what fails. Delivery is at least once: a record settles exactly once,
 * acknowledged or given up with a reason, and may be stored twice where a response was lost.
 * @example
 * const producer = new Producer({ region: 'us-east-1', streamName: 'clicks', credentials: fromEnv() });
 * producer.put({ path: '/buy' }, { partitionKey: 'visitor-1' });
 * await producer.close();
 */
export class Producer<Event = unknown> {
  readonly #userOptions: ProducerOptions<never>;
  #options: ReturnType<typeof readProducerOptions>;
  readonly #driver: Driver;
  readonly #failures: Failures;
  readonly #recordEvents: RecordEvents;
  readonly #recordErrors: RecordErrors;
  readonly #measurements = new Measurements();
  readonly #intake: Intake;
  readonly #flushes: Flushes;
  readonly #starter: Starter;
  readonly #bufferRoom: BufferRoom;
  readonly #recovery: Recovery;
  #isClosed = false;
  #hasHadRecords = false;
  #outbox: OutboxLink | undefined;
  #writable: WritableStream<unknown> | undefined;

  constructor(options: ProducerOptions<Event>) {
    const clientOptions = readClientOptions(options, PRODUCER_OPTIONS);
    this.#userOptions = options;
    this.#options = readProducerOptions(options);
    this.#recordEvents = new RecordEvents(clientOptions);
    const owner = { options: () => this.#options, recordsBuffered: () => this.#recovery.counts().recordsBuffered };
    this.#failures = new Failures(clientOptions, owner);
    this.#recordErrors = new RecordErrors(() => this.#options.onError, this.#failures, this.#recordEvents);
    const callbacks = {
      settle: (report: SettlementReport) => this.#settle(report),
      recover: (error: KinesisError) => this.#recovery.recover(error),
      beforeSend: () => this.#outbox?.writer.writeScheduled(),
      onError: this.#reportError,
    };
    this.#driver = new Driver(clientOptions, callbacks, this.#failures, this.#measurements);
    const leaveOutbox = (outboxId: string) => this.#outbox?.writer.remove([outboxId]);
    this.#intake = new Intake(this.#driver, this.#options, this.#recordErrors.fail, leaveOutbox, this.#recordEvents);
    this.#bufferRoom = new BufferRoom(this.#driver, this.#intake, () => this.#options.recordBytesMax);
    this.#flushes = new Flushes(this.#driver);
    this.#recovery = new Recovery(this.#driver, this.#intake, this.#flushes, this.#recoveryOwner());
    const onStart = { started: () => this.#putWaiting(), failed: (error: KinesisError) => this.#failWaiting(error) };
    this.#starter = new Starter(this.#driver, () => this.#options, onStart, clientOptions);
    this.#starter.startIfLoaded();
    if (!this.#driver.core) void this.#starter.start();
    this.#driver.listen();
    this.#openOutbox();
  }

  /**
   * Copies the data at once: a string, bytes, or the text of any JSON value. Resolves when Kinesis has stored it,
   * rejects with a {@link KinesisError} when it is refused, given up, or dropped (`ERR_ABORTED`). Ignoring that raises
   * no unhandled rejection.
   * @example
   * const { shardId, sequenceNumber } = await producer.put({ path: '/buy' }, { partitionKey: 'visitor-1' });
   */
  put(data: Event, options?: PutOptions): Promise<PutResult> {
    // The promise is also the `PendingRecord` of the record.
    const promise = new LazyPromise<PutResult>();
    const tryPut = () => this.#recordErrors.rejectIf(promise, this.#tryPut(data, options, promise));
    if (WORK_ENDS_WITH_INVOCATION && !isModuleScope()) {
      // An invocation that waits for its record must poll the core itself.
      this.#driver.scopes.putInOwnInvocation(promise, tryPut, () => this.#putBatchAndPoll());
      return promise.native;
    }
    tryPut();
    return promise;
  }

  /** Puts many at once, and calls `settle` once for each: promises would double the time. @internal */
  putAll(records: PlainRecord[], settle: (error: KinesisError | undefined) => void): void {
    const mayPutDirectly = this.#driver.core !== undefined && !this.#isClosed && !this.#outbox && !isModuleScope();
    this.#hasHadRecords = true;
    const tryPut = ({ data, partitionKey }: PlainRecord, pending: PendingRecord) =>
      this.#tryPut(data, partitionKey === undefined ? undefined : { partitionKey }, pending);
    putPlainRecords(records, settle, mayPutDirectly ? this.#intake : undefined, tryPut);
  }

  /** Whether `put` would accept this number of records now, with this number of bytes of data and keys together. */
  hasRoomFor(records: number, bytes: number): boolean {
    return this.#intake.hasRoomFor(records, bytes);
  }

  /**
   * Resolves when the buffer has room for a record of the largest size. Where several wait, another may use it first.
   * @example
   * for (const record of records) { await producer.ready; producer.put(record); }
   */
  get ready(): Promise<void> {
    if (this.#bufferRoom.isAvailable) return Promise.resolve();
    return WORK_ENDS_WITH_INVOCATION ? this.pollUntilSettled(() => this.#bufferRoom.wait()) : this.#bufferRoom.wait();
  }

  /**
   * A sink with back-pressure. Each chunk is `{ data, partitionKey?, explicitHashKey? }` or data itself.
   * @example
   * await readable.pipeTo(producer.writable);
   */
  get writable(): WritableStream<unknown> {
    // A stream has one writer: while it is locked, the next caller gets another stream.
    if (this.#writable?.locked || WORK_ENDS_WITH_INVOCATION) this.#writable = undefined;
    const tryPut: TryPut = (data, options) => this.#tryPut(data, options, pendingWithoutPromise());
    this.#writable ??= writableOf(this, tryPut, () => (this.#writable = undefined));
    return this.#writable;
  }

  /**
   * Sends what is buffered now and resolves when all of it has settled. With `keepalive` the requests are signed and
   * handed to `fetch` before this call returns, as far as they fit into the 64 KiB that all such requests share.
   * @example
   * addEventListener('pagehide', () => producer.flush({ keepalive: true }));
   */
  flush(options?: FlushOptions): Promise<FlushCounts> {
    const keepalive = readKeepalive(options);
    if (isModuleScope()) return Promise.reject(needsHandler('flush'));
    this.#starter.startIfDeferred();
    if (this.#intake.mustWait()) return this.#flushWhenStarted(keepalive);
    return this.pollUntilSettled(() => {
      const counts = this.#flushes.begin();
      if (keepalive) this.#sendKeepalive();
      this.#driver.pollUntilWait();
      return counts;
    });
  }

  /** Polls the core until the promise of `work` settles: callers wait for records without a flush. @internal */
  pollUntilSettled<T>(work: () => Promise<T>): Promise<T> {
    if (isModuleScope()) return Promise.reject(needsHandler('waiting for records'));
    this.#starter.startIfDeferred();
    return this.#driver.scopes.wait(() => {
      // Now, so that these records are sent by the invocation of this caller.
      this.#intake.putBatch();
      const done = work();
      this.#intake.putBatch();
      return done;
    });
  }

  /** Refuses further puts, and resolves when all records have settled and the outbox has noted that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#outbox?.stopRestoring();
    try {
      await this.flush();
      await this.#outbox?.finish();
    } finally {
      this.#outbox?.writer.close();
      this.#driver.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Counts since the producer was made, and what is buffered now. */
  get stats(): ProducerStats {
    this.#intake.putBatch();
    this.#driver.reportFailuresAndEvents();
    return { ...this.#recovery.counts(), ...this.#failures.stats, histograms: this.#measurements.stats };
  }

  /** @internal */
  [applyDefaults](defaults: Partial<ProducerOptions>, makeOutbox?: (stream: string) => Outbox | undefined): boolean {
    this.#failures.takeLogger(defaults.logger);
    if (this.#hasHadRecords) return false;
    const { outbox = makeOutbox?.(this[streamOf]) } = this.#options;
    const options = withDefaults(this.#userOptions, { ...defaults, ...(outbox && { outbox }) });
    if (this.#driver.core) this.#driver.start(options);
    this.#intake.setOptions((this.#options = options));
    if (!this.#outbox) this.#openOutbox();
    return true;
  }

  /** @internal */
  async [dropRecords](partitionKeys: ReadonlySet<string>, outboxEmptied?: Promise<unknown>): Promise<void> {
    await this.#recovery.dropRecords(partitionKeys, this.#outbox, outboxEmptied);
  }

  /** @internal */
  [forgetGuestIdentity](): Promise<void> | undefined {
    return (this.#userOptions.credentials as GuestIdentityHook | undefined)?.[forgetGuestIdentity]?.();
  }

  /** @internal */
  get [streamOf]() {
    return `${this.#options.streamARN ?? this.#options.streamName}`;
  }

  /** @internal */
  [observe](onEvent: OnEvent) {
    return this.#driver.observe(onEvent, this.#options);
  }

  /** @returns why the record was refused */
  #tryPut(data: unknown, options: PutOptions | undefined, pending: PendingRecord): KinesisError | undefined {
    try {
      this.#hasHadRecords = true;
      if (this.#isClosed) throw closedError();
      const record = reading('the record', () =>
        readRecord(data, options, this.#options.partitionKey, this.#outbox !== undefined),
      );
      pending.partitionKey = record.partitionKey;
      pending.outboxId = record.outboxId;
      this.#accept(record, pending);
      return undefined;
    } catch (error) {
      return errorFrom(error, 'the record could not be put');
    }
  }

  #accept(record: RecordInput, pending: PendingRecord): void {
    // Starts the core if the module is loaded, and throws what it refuses of the options.
    this.#starter.prepare();
    // Functions of the user that were called meanwhile may have closed the producer.
    if (this.#isClosed) throw closedError();
    this.#intake.accept(record, pending);
    if (this.#outbox) this.#intake.store(this.#outbox.writer, record);
    if (!this.#driver.core) void this.#starter.start();
  }

  /** Passes the collected records to the core, and takes the steps that it returns. */
  #putBatchAndPoll(): void {
    this.#intake.putBatch();
    this.#driver.pollUntilWait();
  }

  #openOutbox(): void {
    if (!this.#options.outbox) return;
    this.#outbox = new OutboxLink(this.#options.outbox, {
      ensureStarted: () => this.#starter.ensureStarted(),
      put: (record, pending) => this.#restore(record, pending),
      fail: this.#recordErrors.fail,
      drop: this.#recordErrors.dropRestored,
      ready: () => this.#bufferRoom.waitForCoreRoom(),
      waitForRestore: (restored) => this.#waitForRestore(restored),
      onError: this.#reportError,
      suspend: () => (this.#driver.isSuspended = true),
      resume: (takenOver) => this.#resume(takenOver),
    });
  }

  #restore(record: OutboxRecord, pending: PendingRecord): void {
    this.#hasHadRecords = true;
    this.#intake.putInCore(record, pending);
    this.#driver.pollUntilWait();
  }

  /** The page was restored from the back/forward cache. Records that other pages have taken over are dropped here. */
  #resume(takenOver: string[]): void {
    if (takenOver.length > 0) void this.#recovery.dropTakenOver(new Set(takenOver));
    this.#driver.isSuspended = false;
    this.#driver.pollUntilWait();
  }

  /** With `ordering: 'key'` new records wait until the records of the outbox are in the core. */
  #waitForRestore(restored: Promise<unknown>): void {
    if (this.#options.ordering !== 'key') return;
    this.#intake.waitForRestore(restored, () => this.#bufferRoom.waitForCoreRoom(), this.#putWaiting);
  }

  readonly #putWaiting = (mayPut = () => !this.#intake.restoring): void => {
    this.#intake.putWaiting(mayPut);
    this.#bufferRoom.notifyWaiters();
    this.#driver.pollUntilWait();
  };

  /** Fails the records that waited for the core. Those in the outbox stay there. */
  #failWaiting(error: KinesisError): void {
    const waiting = this.#intake.takeWaiting();
    this.#failures.add(error);
    this.#recovery.countFailed(waiting.length);
    for (const record of waiting) this.#recordErrors.fail(record, error);
    this.#bufferRoom.notifyWaiters();
  }

  #sendKeepalive(): void {
    this.#outbox?.writer.writeNow();
    this.#driver.sendKeepalive();
  }

  async #flushWhenStarted(keepalive: boolean): Promise<FlushCounts> {
    if (keepalive) this.#sendKeepalive();
    const failed = this.#intake.waiting.count;
    await this.#starter.inProgress;
    await this.#intake.restoring;
    return this.#driver.core ? this.flush() : { delivered: 0, failed };
  }

  #settle(report: SettlementReport): void {
    this.#recovery.saveCountsOfCore(haveRecordsSettled(report));
    this.#failures.addGivenUp(report);
    const { fail } = this.#recordErrors;
    const { outboxIds, deliveredCount } = settleRecords(report, this.#intake.recordsById, this.#measurements, fail);
    if (outboxIds.length > 0) this.#outbox?.writer.remove(outboxIds);
    this.#flushes.settle(report.flushes);
    this.#bufferRoom.notifyWaiters();
    this.#recordEvents.emitSettled(deliveredCount);
  }

  /** Reports an error that is neither of a record nor of a request, such as one of the outbox. */
  readonly #reportError = (error: KinesisError): void => {
    this.#failures.add(error);
    report(this.#options.onError, error);
  };

  #recoveryOwner(): RecoveryOwner {
    return {
      start: (retriesOperatorErrors) =>
        this.#driver.start(retriesOperatorErrors ? { ...this.#options, retriesOperatorErrors } : this.#options),
      fail: this.#recordErrors.fail,
      drop: this.#recordErrors.drop,
      putBack: async (records) => (await this.#outbox?.putBack(records)) ?? 0,
      notifyRoomWaiters: () => this.#bufferRoom.notifyWaiters(),
      onError: this.#reportError,
    };
  }
}
