import { KinesisError, report } from '../core/error.js';
import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import type { Failures } from './failures.js';
import type { RecordEvents } from './record-events.js';
import type { PendingRecord } from './records.js';

/** Records that end with an error: their promises reject, and `onError` is called. */
export class RecordErrors {
  readonly #onError: () => ((error: KinesisError) => void) | undefined;
  readonly #failures: Failures;
  readonly #recordEvents: RecordEvents;
  /** Records of this turn that have failed, and whose promises nobody has used yet. */
  #unreported: [PendingRecord, KinesisError][] = [];

  /** @param onError the option of the user as it is now */
  constructor(onError: () => ((error: KinesisError) => void) | undefined, failures: Failures, events: RecordEvents) {
    this.#onError = onError;
    this.#failures = failures;
    this.#recordEvents = events;
  }

  /** A record that was accepted has failed. */
  readonly fail = (record: PendingRecord, error: KinesisError): void => {
    this.#failures.advise(error);
    record.reject(error);
    this.#recordEvents.addDropped(error);
    this.#report(record, error);
  };

  /** A record that was accepted is dropped: it does not count as failed, and `onError` is not called. */
  readonly drop = (record: PendingRecord): void => {
    const error = droppedError(record);
    record.reject(error);
    this.#recordEvents.addDropped(error);
  };

  /** A record does not come out of the outbox. If it was put by an earlier page, this producer has not accepted it. */
  readonly dropRestored = (record: PendingRecord): void => {
    if (record.awaitsNewCore) this.drop(record);
    else record.reject(droppedError(record));
  };

  /** @param refusal why `put` refuses the record, if it does */
  rejectIf(record: PendingRecord, refusal: KinesisError | undefined): void {
    if (!refusal) return;
    record.reject(refusal);
    if (!this.#onError()) this.#failures.logRefused(refusal);
    this.#report(record, refusal);
  }

  /**
   * Calls `onError`. Where there is none, and the program does not use the promise of the record either, the first
   * error is written to the console: otherwise records would be lost without a word.
   */
  #report(record: PendingRecord, error: KinesisError): void {
    const onError = this.#onError();
    if (onError) report(onError, error);
    else if (record.isIgnored && this.#failures.mayShowUnreported) this.#addUnreported(record, error);
  }

  /** A record may be refused before `put` has returned its promise, and `await` calls `then` even later. */
  #addUnreported(record: PendingRecord, error: KinesisError): void {
    this.#unreported.push([record, error]);
    // Handlers of Workers get native promises, of which it is not known whether they are used.
    if (WORK_ENDS_WITH_INVOCATION) this.#showUnreported();
    else if (this.#unreported.length === 1) setTimeout(() => this.#showUnreported(), 0);
  }

  #showUnreported(): void {
    const first = this.#unreported.find(([{ isIgnored }]) => isIgnored);
    this.#unreported = [];
    if (first) this.#failures.showUnreported(first[1]);
  }
}

function droppedError({ partitionKey }: PendingRecord): KinesisError {
  return new KinesisError('ERR_ABORTED', 'the record was dropped, or another page has taken it over', { partitionKey });
}
