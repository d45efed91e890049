import { type KinesisError, report } from '../core/error.js';
import { ENDS_WITH_INVOCATION } from '../core/host.js';
import type { Failures } from './failures.js';
import type { RecordEvents } from './record-events.js';
import type { PendingRecord } from './records.js';

/** Records that end with an error: their promises reject, and `onError` is called. */
export class RecordErrors {
  readonly #onError: () => ((error: KinesisError) => void) | undefined;
  readonly #failures: Failures;
  readonly #events: RecordEvents;
  /** Records of this turn that have failed, and whose promises nobody has used yet. */
  #unheard: [PendingRecord, KinesisError][] = [];

  /** @param onError the option of the user as it is now */
  constructor(onError: () => ((error: KinesisError) => void) | undefined, failures: Failures, events: RecordEvents) {
    this.#onError = onError;
    this.#failures = failures;
    this.#events = events;
  }

  /** A record that was accepted has failed. */
  readonly fail = (record: PendingRecord, error: KinesisError): void => {
    this.#failures.advise(error);
    record.reject(error);
    this.#events.addDropped(error);
    this.#report(record, error);
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
    else if (record.isIgnored && this.#failures.mayShowUnheard) this.#addUnheard(record, error);
  }

  /** A record may be refused before `put` has returned its promise, and `await` calls `then` even later. */
  #addUnheard(record: PendingRecord, error: KinesisError): void {
    this.#unheard.push([record, error]);
    // Of the native promises that Workers get, nobody can tell whether they are used.
    if (ENDS_WITH_INVOCATION) this.#showUnheard();
    else if (this.#unheard.length === 1) setTimeout(() => this.#showUnheard(), 0);
  }

  #showUnheard(): void {
    const first = this.#unheard.find(([{ isIgnored }]) => isIgnored);
    this.#unheard = [];
    if (first) this.#failures.showUnheard(first[1]);
  }
}
