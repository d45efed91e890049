import { KinesisError, messageOf } from '../core/error.js';
import { type Weak, weak, whenCollected } from '../core/weak.js';
import type { Outbox, OutboxEvent, OutboxRecord } from './types.js';

/**
 * Keeps an outbox up to date with a sender: records that are put are added at once, records that have settled are
 * removed, both many at a time. A failing outbox is reported; the records stay in memory and are sent all the same.
 */
export class OutboxWriter {
  readonly #outbox: Outbox;
  readonly #listener: (event: OutboxEvent) => void;
  #adding: OutboxRecord[] = [];
  #isPlanned = false;
  /** Writes in progress. */
  readonly #writing = new Set<Promise<void>>();
  readonly #removing = new Set<string>();
  /** Records that have settled while `takeOrphaned` reads, and may be among the records that it reads. */
  readonly #settled = new Set<string>();
  #readings = 0;
  #working: Promise<void> | undefined;
  /** The last removal has failed, and was reported. */
  #isFailing = false;
  /** For the next attempt to remove. */
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Ids of records that were added or taken over, and have not settled. */
  readonly #known = new Set<string>();
  readonly #unwatch: (() => void) | undefined;
  #hasReadOrphaned = false;
  #isClosed = false;

  constructor(outbox: Outbox, listener: (event: OutboxEvent) => void) {
    this.#outbox = outbox;
    this.#listener = listener;
    // An outbox may live longer than the sender.
    const unwatch = outbox.watch?.(OutboxWriter.#watcherOf(weak(this)));
    if (!unwatch) return;
    this.#unwatch = once(unwatch);
    whenCollected(this, this.#unwatch);
  }

  static #watcherOf(reference: Weak<OutboxWriter>): (event: OutboxEvent) => void {
    return (event) => {
      const writer = reference.deref();
      if (writer) writer.#listener(event);
    };
  }

  add(record: OutboxRecord): void {
    this.#known.add(record.id);
    this.#adding.push(record);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // Records of one turn of the event loop are written together. A later turn does not wait for that write: the page
    // may be closing.
    queueMicrotask(() => {
      this.#isPlanned = false;
      if (this.#writing.size < WRITES_MAX) this.writeNow();
    });
  }

  /** Writes the records that wait for earlier writes to end: the page may be about to close. */
  writeNow(): void {
    if (this.#adding.length === 0) return;
    const records = this.#adding;
    this.#adding = [];
    const written = this.#try('written', () => this.#outbox.add(records)).then(() => {
      this.#writing.delete(written);
      this.writeNow();
    });
    this.#writing.add(written);
  }

  remove(ids: string[]): void {
    if (this.#readings > 0) this.#noteSettled(ids);
    const gone = new Set(ids);
    for (const id of gone) this.#known.delete(id);
    for (const { id } of this.#adding) if (gone.has(id)) gone.delete(id);
    // Records that have settled already need not be written.
    if (gone.size < ids.length) this.#adding = this.#adding.filter(({ id }) => this.#known.has(id));
    for (const id of gone) this.#removing.add(id);
    this.#removeSoon();
  }

  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** Resolves when everything that was added or removed so far is in the outbox, or has failed again. */
  async settled(): Promise<void> {
    this.#removeSoon();
    while (this.#working || this.#writing.size > 0) await Promise.all([this.#working, ...this.#writing]);
  }

  /** Whether all that was added or removed is written. */
  get isSettled(): boolean {
    return !this.#working && this.#writing.size === 0;
  }

  /** Takes over the records in the outbox that this sender does not have: earlier senders have left them. */
  async takeOrphaned(): Promise<OutboxRecord[]> {
    // A page that is closed at once takes none over, so that none is sent twice. The page's own records do not wait.
    if (this.#unwatch && !this.#hasReadOrphaned)
      await new Promise<void>((resolve) => setTimeout(resolve, ORPHAN_DELAY_MS));
    this.#hasReadOrphaned = true;
    if (this.#isClosed) return [];
    this.#readings += 1;
    this.#noteSettled(this.#removing);
    const orphaned = (await this.all()).filter(({ id }) => !this.#known.has(id) && !this.#settled.has(id));
    if ((this.#readings -= 1) === 0) this.#settled.clear();
    // The writer was closed meanwhile: the next page takes the records over.
    if (this.#isClosed) return [];
    for (const { id } of orphaned) this.#known.add(id);
    return orphaned;
  }

  async all(): Promise<OutboxRecord[]> {
    return (await this.#try('read', () => this.#outbox.all())) ?? [];
  }

  /** Forgets records that stay stored: another page has taken them over, or a later one will. */
  release(ids: string[]): void {
    for (const id of ids) this.#known.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    this.#unwatch?.();
  }

  #noteSettled(ids: Iterable<string>): void {
    for (const id of ids) if (this.#settled.size < SETTLED_MAX) this.#settled.add(id);
  }

  #removeSoon(): void {
    if (this.#removing.size > 0) this.#working ??= this.#work();
  }

  /**
   * Removes records that have settled. A removal that fails is repeated: otherwise `takeOrphaned` would return the records
   * as another sender's.
   */
  async #work(): Promise<void> {
    await undefined;
    clearTimeout(this.#retryTimer);
    let isRemoved: boolean | undefined = true;
    while (isRemoved && this.#removing.size > 0) {
      const ids = [...this.#removing];
      // A record is removed only after it was written.
      await Promise.all(this.#writing);
      isRemoved = await this.#try('written', () => this.#outbox.remove(ids).then(() => true), !this.#isFailing);
      this.#isFailing = !isRemoved;
      const forgotten = isRemoved ? ids : ids.slice(REMOVALS_MAX);
      for (const id of forgotten) this.#removing.delete(id);
    }
    this.#working = undefined;
    if (isRemoved || this.#isClosed) return;
    this.#retryTimer = setTimeout(() => this.#removeSoon(), RETRY_MS);
    // In Node the timer must not keep the process alive.
    (this.#retryTimer as { unref?: () => void }).unref?.();
  }

  async #try<T>(what: string, work: () => Promise<T>, isReported = true): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isReported) return undefined;
      this.#listener({
        kind: 'error',
        error: new KinesisError('ERR_OUTBOX', `the outbox could not be ${what}: ${messageOf(error)}`, { cause: error }),
      });
      return undefined;
    }
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

/** While so many writes are in progress, the records of several turns are collected for one write. */
const WRITES_MAX = 8;
/** Most removals that are repeated after a failure. */
const REMOVALS_MAX = 10_000;
/** Most records that settle while others are read, for a read that does not end. */
const SETTLED_MAX = 100_000;
/** Milliseconds from a removal that has failed to the next attempt. */
const RETRY_MS = 5000;
/** Milliseconds that a new page waits before it takes over the records of earlier pages. */
const ORPHAN_DELAY_MS = 1000;
