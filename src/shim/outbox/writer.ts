import { KinesisError, messageOf } from '../core/error.js';
import { type Weak, weak, whenCollected } from '../core/weak.js';
import type { Outbox, OutboxEvent, OutboxRecord } from './types.js';
/**
 * Keeps an outbox in step with a sender: what is put is added at once, what has settled is removed, both many at a
 * time. A failing outbox is reported, and costs nothing that memory holds.
 */
export class OutboxWriter {
  readonly #outbox: Outbox;
  readonly #listener: (event: OutboxEvent) => void;
  #adding: OutboxRecord[] = [];
  #isPlanned = false;
  /** Writes in progress. */
  readonly #writing = new Set<Promise<void>>();
  readonly #removing = new Set<string>();
  #working: Promise<void> | undefined;
  /** Ids of what was added or taken over and has not settled. */
  readonly #known = new Set<string>();
  readonly #unwatch: (() => void) | undefined;
  #hasLooked = false;
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
    // What is put in one turn of the event loop is added together. A later turn does not wait for it: the page may be
    // closing.
    queueMicrotask(() => {
      this.#isPlanned = false;
      if (this.#writing.size < WRITES_MAX) this.hurry();
    });
  }

  /** Writes what waits for other writes: the page is about to close. */
  hurry(): void {
    if (this.#adding.length === 0) return;
    const records = this.#adding;
    this.#adding = [];
    const written = this.#try('written', () => this.#outbox.add(records)).then(() => {
      this.#writing.delete(written);
      this.hurry();
    });
    this.#writing.add(written);
  }

  remove(ids: string[]): void {
    const gone = new Set(ids);
    for (const id of gone) this.#known.delete(id);
    for (const { id } of this.#adding) if (gone.has(id)) gone.delete(id);
    // What has settled already need not be written.
    if (gone.size < ids.length) this.#adding = this.#adding.filter(({ id }) => this.#known.has(id));
    for (const id of gone) this.#removing.add(id);
    if (this.#removing.size > 0) this.#working ??= this.#work();
  }

  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** Resolves when everything that was added or removed so far is in the outbox. */
  async settled(): Promise<void> {
    while (this.#working || this.#writing.size > 0) await Promise.all([this.#working, ...this.#writing]);
  }

  /** What earlier senders have left, and what this one knows nothing of yet. */
  async left(): Promise<OutboxRecord[]> {
    // A page that is left at once sends nothing twice. Its own records do not wait.
    if (this.#unwatch && !this.#hasLooked) await new Promise<void>((resolve) => setTimeout(resolve, LEFT_MS));
    this.#hasLooked = true;
    if (this.#isClosed) return [];
    const left = (await this.all()).filter(({ id }) => !this.#known.has(id) && !this.#removing.has(id));
    // It was closed meanwhile: they are for the next visit.
    if (this.#isClosed) return [];
    for (const { id } of left) this.#known.add(id);
    return left;
  }

  async all(): Promise<OutboxRecord[]> {
    return (await this.#try('read', () => this.#outbox.all())) ?? [];
  }

  /** Forgets records that another page has taken over. */
  release(ids: string[]): void {
    for (const id of ids) this.#known.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch?.();
  }

  async #work(): Promise<void> {
    await undefined;
    while (this.#removing.size > 0) {
      const ids = [...this.#removing];
      // So that nothing is removed before it is there.
      await Promise.all(this.#writing);
      await this.#try('written', () => this.#outbox.remove(ids));
      for (const id of ids) this.#removing.delete(id);
    }
    this.#working = undefined;
  }

  async #try<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
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

/** Past it the records of several turns are written together. */
const WRITES_MAX = 8;
const LEFT_MS = 1000;
