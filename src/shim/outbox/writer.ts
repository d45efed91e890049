import { KinesisError, callUser, messageOf } from '../core/error.js';
import { type Weak, weak, whenCollected } from '../core/weak.js';
import type { Outbox, OutboxEvent, OutboxRecord } from './types.js';

/**
 * Writes the records of a sender (a `Producer`, or the `CollectorTransport` of a tracker) to an outbox: adds them when
 * they are put, and removes them when they have settled, many at a time. If the outbox fails, that is reported; the
 * records stay in memory and are sent from there.
 */
export class OutboxWriter {
  readonly #outbox: Outbox;
  readonly #listener: (event: OutboxEvent) => void;
  /** Records that are not written yet. */
  #adding: OutboxRecord[] = [];
  #isWriteScheduled = false;
  /** Writes in progress. */
  readonly #writing = new Set<Promise<void>>();
  /** Ids of records that are not removed yet. */
  readonly #removing = new Set<string>();
  /** Records that have settled while `takeOrphaned` reads, and may be among the records that it reads. */
  readonly #settled = new Set<string>();
  /** Calls of `takeOrphaned` that read the outbox. */
  #readsInProgress = 0;
  /** The call of `#removeAll` in progress. */
  #removal: Promise<void> | undefined;
  /** The last removal has failed, and was reported. */
  #isFailing = false;
  /** Starts the next attempt to remove records. */
  #retryTimer: Timer | undefined;
  /** The last read has failed, and was reported. */
  #isReadFailing = false;
  /** Starts the next attempt to take over the records of earlier senders. */
  #rereadTimer: Timer | undefined;
  /** Ids of this sender's records: those that it has added or taken over, and that have not settled. */
  readonly #known = new Set<string>();
  #unwatch: (() => void) | undefined;
  #isConstructed = false;
  #hasReadOrphaned = false;
  #isClosed = false;

  constructor(outbox: Outbox, listener: (event: OutboxEvent) => void) {
    this.#outbox = outbox;
    this.#listener = listener;
    try {
      this.#watch();
    } catch (error) {
      queueMicrotask(() => this.#report('watched', error));
    }
    this.#isConstructed = true;
  }

  #watch(): void {
    // An outbox may live longer than the sender.
    const unwatch = this.#outbox.watch?.(OutboxWriter.#watcherOf(weak(this)));
    if (!unwatch) return;
    this.#unwatch = once(unwatch);
    whenCollected(this, this.#unwatch);
  }

  static #watcherOf(reference: Weak<OutboxWriter>): (event: OutboxEvent) => void {
    return (event) => {
      const writer = reference.deref();
      if (!writer) return;
      // An outbox may report an event within `watch`, before the sender is constructed.
      if (writer.#isConstructed) writer.#listener(event);
      else queueMicrotask(() => writer.#listener(event));
    };
  }

  add(record: OutboxRecord): void {
    this.#known.add(record.id);
    this.#adding.push(record);
    if (this.#isWriteScheduled) return;
    this.#isWriteScheduled = true;
    // Records of one turn of the event loop are written together. A later turn does not wait for that write: the page
    // may be closing.
    queueMicrotask(() => this.writeScheduled());
  }

  /** Writes what was added in this turn. Called at its end, and before a request is sent within it. */
  writeScheduled(): void {
    if (!this.#isWriteScheduled) return;
    this.#isWriteScheduled = false;
    if (this.#writing.size < WRITES_MAX) this.writeNow();
  }

  /** Writes the records that wait for earlier writes to end: the page may be about to close. */
  writeNow(): void {
    if (this.#adding.length === 0) return;
    const records = this.#adding;
    this.#adding = [];
    const written = this.#reportingErrors('written', () => this.#outbox.add(records)).then(() => {
      this.#writing.delete(written);
      this.writeNow();
    });
    this.#writing.add(written);
  }

  remove(ids: string[]): void {
    if (this.#readsInProgress > 0) this.#noteSettled(ids);
    const stored = new Set(ids);
    for (const id of stored) this.#known.delete(id);
    for (const { id } of this.#adding) if (stored.has(id)) stored.delete(id);
    // The other records have settled before they were written, and are not written any more.
    if (stored.size < ids.length) this.#adding = this.#adding.filter(({ id }) => this.#known.has(id));
    for (const id of stored) this.#removing.add(id);
    this.#removeSoon();
  }

  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** Resolves when everything that was added or removed so far is written, or has failed again. */
  async written(): Promise<void> {
    this.writeNow();
    this.#removeSoon();
    while (this.#removal || this.#writing.size > 0) await Promise.all([this.#removal, ...this.#writing]);
  }

  /** Whether no write and no removal is in progress. A removal that has failed is repeated later. */
  get isIdle(): boolean {
    return !this.#removal && this.#writing.size === 0;
  }

  /** Takes over the records in the outbox that this sender does not have: earlier senders have left them. */
  async takeOrphaned(): Promise<OutboxRecord[]> {
    // A page that is closed soon after its start takes over no records, so that none is sent twice. The page's own
    // records do not wait.
    if (this.#unwatch && !this.#hasReadOrphaned)
      await new Promise<void>((resolve) => setTimeout(resolve, ORPHAN_DELAY_MS));
    this.#hasReadOrphaned = true;
    if (this.#isClosed) return [];
    this.#readsInProgress += 1;
    this.#noteSettled(this.#removing);
    const all = await this.#readAll();
    const orphaned = (all ?? []).filter(({ id }) => !this.#known.has(id) && !this.#settled.has(id));
    if ((this.#readsInProgress -= 1) === 0) this.#settled.clear();
    // The writer was closed meanwhile: the next page takes the records over.
    if (this.#isClosed) return [];
    this.#rereadTimer = all ? undefined : laterInBackground(() => this.#listener({ kind: 'orphaned' }));
    for (const { id } of orphaned) this.#known.add(id);
    return orphaned;
  }

  async all(): Promise<OutboxRecord[]> {
    return (await this.#readAll()) ?? [];
  }

  async #readAll(): Promise<OutboxRecord[] | undefined> {
    const all = await this.#reportingErrors('read', () => this.#outbox.all(), !this.#isReadFailing);
    this.#isReadFailing = !all;
    return all;
  }

  /**
   * Leaves records in the outbox to another page, which has taken them over or will do so: they are not this sender's.
   */
  leaveToOthers(ids: string[]): void {
    for (const id of ids) this.#known.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#rereadTimer);
    this.#unwatch?.();
  }

  #noteSettled(ids: Iterable<string>): void {
    for (const id of ids) if (this.#settled.size < SETTLED_MAX) this.#settled.add(id);
  }

  #removeSoon(): void {
    if (this.#removing.size > 0) this.#removal ??= this.#removeAll();
  }

  /**
   * Removes the records in `#removing` from the outbox. A removal that fails is repeated: otherwise `takeOrphaned`
   * would return these records as another sender's.
   */
  async #removeAll(): Promise<void> {
    await undefined;
    clearTimeout(this.#retryTimer);
    let isRemoved: boolean | undefined = true;
    while (isRemoved && this.#removing.size > 0) {
      const ids = [...this.#removing];
      // A record is removed only after it was written.
      await Promise.all(this.#writing);
      isRemoved = await this.#reportingErrors(
        'written',
        async () => (await this.#outbox.remove(ids), true),
        !this.#isFailing,
      );
      this.#isFailing = !isRemoved;
      const done = isRemoved ? ids : ids.slice(REMOVALS_MAX);
      for (const id of done) this.#removing.delete(id);
    }
    this.#removal = undefined;
    if (isRemoved || this.#isClosed) return;
    this.#retryTimer = laterInBackground(() => this.#removeSoon());
  }

  /** Runs `work`. If it fails, reports the error and resolves to `undefined`. */
  async #reportingErrors<T>(what: string, work: () => Promise<T>, isReported = true): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isReported) this.#report(what, error);
      return undefined;
    }
  }

  #report(what: string, cause: unknown): void {
    const message = `the outbox could not be ${what}: ${messageOf(cause)}`;
    this.#listener({ kind: 'error', error: new KinesisError('ERR_OUTBOX', message, { cause }) });
  }
}

type Timer = ReturnType<typeof setTimeout>;

/** Makes the next attempt after a failure. In Node the timer does not keep the process alive. */
function laterInBackground(attempt: () => void): Timer {
  const timer = setTimeout(attempt, RETRY_MS);
  (timer as { unref?: () => void }).unref?.();
  return timer;
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) callUser('the function that watch of an outbox has returned', work);
    isDone = true;
  };
}

/** While this many writes are in progress, the records of several turns are collected for one write. */
const WRITES_MAX = 8;
/** The most records whose removal is repeated after a failure. */
const REMOVALS_MAX = 10_000;
/** The most ids of settled records that are kept during a read, in case the read never ends. */
const SETTLED_MAX = 100_000;
/** Milliseconds from a failure of the outbox to the next attempt. */
const RETRY_MS = 5000;
/** Milliseconds that a new page waits before it takes over the records of earlier pages. */
const ORPHAN_DELAY_MS = 1000;
