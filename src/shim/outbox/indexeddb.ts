import { checkCount } from '../core/checks.js';
import { KinesisError, messageOf } from '../core/error.js';
import { refuseMisspelt } from '../core/option-names.js';
import { listenWeakly, weak, whenCollected } from '../core/weak.js';
import type { IndexedDBOutbox, IndexedDBOutboxOptions, OutboxEvent, OutboxRecord } from './types.js';
import { Connection } from './connection.js';
import type { RecordKey, RecordValue } from './database.js';
import { deleteDatabase, deleteRecords, keyOf, moveRecords, readKeys, readRecords, writeRecords } from './database.js';
import { TabLocks } from './tab-locks.js';
import { chooseDropped, sizeOf } from './trim.js';

/**
 * An outbox whose records survive a reload, a crash and the end of the browser.
 * @example
 * const outbox = indexedDBOutbox({ onError: console.error });
 * const producer = new Producer({ region: 'us-east-1', streamName: 'clicks', credentials, outbox });
 */
export function indexedDBOutbox(options: IndexedDBOutboxOptions = {}): IndexedDBOutbox {
  refuseMisspelt(options, OUTBOX_OPTIONS);
  const { name = 'kinesis-edge', bytesMax = 5 * 1024 * 1024, ageMaxMs = 7 * 86_400_000, onError } = options;
  if (typeof name !== 'string' || name === '') throw KinesisError.invalid('name must be a string that is not empty');
  for (const [argument, value] of Object.entries({ bytesMax, ageMaxMs }))
    checkCount(value, argument, { max: Number.MAX_SAFE_INTEGER });
  return new TabOutbox(name, bytesMax, ageMaxMs, onError);
}

const OUTBOX_OPTIONS = { owner: 'indexedDBOutbox', known: ['name', 'bytesMax', 'ageMaxMs', 'onError'] };

/** One tab's part of a database that all tabs share: its own records, and those of tabs that have died. */
class TabOutbox implements IndexedDBOutbox {
  readonly #name: string;
  readonly #bytesMax: number;
  readonly #ageMaxMs: number;
  readonly #locks: TabLocks;
  readonly #connection: Connection;
  /** Keys of the records that this outbox owns, by id, and of others that it has read. */
  readonly #keys = new Map<string, RecordKey>();
  /** This outbox owns records of dead tabs that it has not read: the read may have failed. */
  #hasUnread = false;
  /** Records that could not be written. Their sender holds them too. */
  readonly #memory = new Map<string, OutboxRecord>();
  #isWritingMemory = false;
  /** Bytes of the records of all tabs when the keys were last read, plus what this tab has written since. */
  #bytes = 0;
  #isFailing = false; // a failure was reported, and no operation has succeeded since
  #isCleared = false; // the outbox was cleared, by this tab or another, and nothing was added since
  /** How often the outbox was cleared: what was added before a clearing must not be written after it. */
  #clearings = 0;
  /** The last watcher has stopped: work that was in progress opens the database no more. */
  #isClosed = false;
  readonly #listeners = new Set<(event: OutboxEvent) => void>();
  /** How many of the listeners are senders. */
  #watchers = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(name: string, bytesMax: number, ageMaxMs: number, onError: IndexedDBOutboxOptions['onError']) {
    this.#name = name;
    this.#bytesMax = bytesMax;
    this.#ageMaxMs = ageMaxMs;
    this.#locks = new TabLocks(name);
    this.#connection = new Connection(name, {
      opened: (db) => this.#handleOpened(db),
      failed: (error) => this.#fail('could not be opened: records wait in memory', error),
      deleted: () => this.#handleDeleted(),
    });
    if (onError) this.#listeners.add((event) => event.kind === 'error' && onError(event.error));
    if (typeof addEventListener !== 'function') return;
    listenWeakly(weak(this), ['pagehide', 'pageshow'], TabOutbox.#handlePage);
    // Other tabs take over the records of an outbox that was collected.
    whenCollected(this, this.#locks.release.bind(this.#locks));
  }

  /** Static, because a closure would keep the outbox alive. */
  static #handlePage(outbox: TabOutbox, event: Event): void {
    if (!(event as PageTransitionEvent).persisted) return;
    if (event.type === 'pagehide') outbox.#suspend();
    else void outbox.#resume();
  }

  async add(records: OutboxRecord[]): Promise<void> {
    this.#isCleared = false;
    const clearings = this.#clearings;
    try {
      const isWritten = await this.#use(async (db) => {
        if (clearings === this.#clearings) await this.#write(db, records);
        return true;
      });
      if (isWritten) this.#isFailing = false;
      else if (clearings === this.#clearings) {
        this.#keepInMemory(records);
        // Another tab may have deleted the database meanwhile, so that it can be opened at once.
        await this.#open();
      }
    } catch (error) {
      if (clearings !== this.#clearings) return;
      this.#keepInMemory(records);
      this.#fail('could not be written', error);
    }
    if (this.#bytes > this.#bytesMax) await this.#trimToLimit();
  }

  async remove(ids: string[]): Promise<void> {
    const stored = ids.filter((id) => !this.#memory.delete(id) || this.#isWritingMemory);
    if (stored.length === 0) return;
    const isRemoved = await this.#use(async (db) => {
      // An id may be of a record that this outbox has not read yet.
      if (stored.some((id) => !this.#keys.has(id))) {
        for (const key of await this.#readKeys(db)) this.#keys.set(key[1], key);
      }
      const keys = stored.map((id) => this.#keys.get(id)).filter((key) => key !== undefined);
      await deleteRecords(db, keys);
      for (const id of stored) this.#removeKey(id);
      return true;
    });
    if (!isRemoved && !this.#isCleared && !this.#isClosed) throw new Error('the database is not open');
  }

  /** The records of this outbox and of dead tabs in the order in which they were put, then those in memory. */
  async all(): Promise<OutboxRecord[]> {
    const clearings = this.#clearings;
    const stored = await this.#use((db) => this.#readAll(db));
    // If the outbox was cleared meanwhile, the records that were read are deleted.
    return [...((clearings === this.#clearings && stored) || []), ...this.#memory.values()];
  }

  async clear(): Promise<void> {
    this.#memory.clear();
    this.#handleDeleted();
    this.#clearings += 1;
    this.#close();
    await deleteDatabase(this.#name).catch((error) => this.#fail('could not be cleared', error));
  }

  /** Calls `listener` with each event. An outbox with a listener looks for records of closed tabs, every 5 s. */
  watch(listener: (event: OutboxEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#watchers += 1;
    this.#isClosed = false;
    // Opens the database now, so that it is ready for the first record: a page may be left soon.
    void this.#connection.open();
    this.#timer ??= setInterval(() => this.#lookForOrphans(), LOOK_MS);
    // Node and Deno with an IndexedDB of their own: the timer must not keep the process alive.
    (this.#timer as { unref?: () => void }).unref?.();
    return () => {
      this.#listeners.delete(listener);
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#isClosed = true;
      this.#close();
    };
  }

  // ── the database ──

  /**
   * Runs `work` with the database, and once more if it fails: after half of the stored records were deleted if the disk
   * is full, otherwise with a new connection, because iOS ends connections without an event. Resolves to `undefined` if
   * the database cannot be opened.
   */
  async #use<T>(work: (db: IDBDatabase) => Promise<T>): Promise<T | undefined> {
    const db = await this.#open();
    if (!db) return undefined;
    try {
      return await work(db);
    } catch (error) {
      if ((error as Error | undefined)?.name === 'QuotaExceededError')
        await this.#trim((bytes) => bytes / 2, 'the disk is full');
      else if (db === (await this.#connection.current)) this.#connection.close();
      const again = await this.#open();
      return again && work(again);
    }
  }

  /** No database if the outbox is closed, or empty since a clearing: work in progress must not create it again. */
  #open(): Promise<IDBDatabase | undefined> {
    const isIdle = this.#isClosed || (this.#isCleared && this.#memory.size === 0);
    return isIdle ? Promise.resolve(undefined) : this.#connection.open();
  }

  /** Closes the database until the next use. Other tabs take over the records in it. */
  #close(): void {
    this.#connection.close();
    this.#locks.release();
  }

  /** Writes the records that have waited in memory for the database. */
  async #handleOpened(db: IDBDatabase): Promise<void> {
    if (!this.#isClosed) await this.#locks.acquireOwn();
    const records = [...this.#memory.values()];
    if (records.length === 0) return;
    this.#isWritingMemory = true;
    await this.#write(db, records).finally(() => (this.#isWritingMemory = false));
    for (const { id } of records) this.#memory.delete(id);
    this.#isFailing = false;
  }

  async #readAll(db: IDBDatabase): Promise<OutboxRecord[]> {
    await this.#trimToLimit();
    if (!this.#isClosed) await this.#acquireDeadTabs(db);
    if (this.#isClosed) return [];
    const mine = (await readRecords(db)).filter(([[, , , tab]]) => this.#locks.has(tab));
    // Another call may have written `takenOverAt` meanwhile, which has changed the key.
    const isNoted = (id: string) => this.#keys.get(id)?.[4] !== undefined;
    for (const [key] of mine) if (!isNoted(key[1])) this.#keys.set(key[1], key);
    const found = mine.filter(([[, id, , tab]]) => tab !== this.#locks.own && !isNoted(id));
    const gone = found.length > 0 ? await this.#noteTakenOver(db, found) : undefined;
    this.#hasUnread = false;
    return mine.flatMap(([[putAt, id], record]) => (gone?.has(id) ? [] : { id, putAt, ...record }));
  }

  /** Writes the present time as `takenOverAt` into the keys of other tabs' records. Returns the ids of those gone. */
  async #noteTakenOver(db: IDBDatabase, found: [RecordKey, RecordValue][]): Promise<Set<string>> {
    const keys = found.map(([[putAt, id, bytes, tab]]): RecordKey => [putAt, id, bytes, tab, Date.now()]);
    for (const key of keys) this.#keys.set(key[1], key);
    const gone = await moveRecords(db, found, keys).catch((error) => {
      for (const [key] of found) this.#keys.set(key[1], key);
      throw error;
    });
    for (const id of gone) this.#removeKey(id);
    return gone;
  }

  async #write(db: IDBDatabase, records: OutboxRecord[]): Promise<void> {
    const keys = records.map((record) => keyOf(record, this.#locks.own));
    await writeRecords(db, records, keys);
    // After the write: `#resume` treats a record with a key that is not in the database as taken over.
    for (const key of keys) this.#keys.set(key[1], key);
    this.#bytes += sizeOf(keys);
  }

  /** The database was deleted. The next record that is added creates it again. */
  #handleDeleted(): void {
    this.#keys.clear();
    this.#bytes = 0;
    this.#isCleared = true;
  }

  #keepInMemory(records: OutboxRecord[]): void {
    for (const record of records) {
      this.#keys.delete(record.id);
      this.#memory.set(record.id, record);
    }
  }

  async #readKeys(db: IDBDatabase): Promise<RecordKey[]> {
    const keys = await readKeys(db);
    this.#bytes = sizeOf(keys);
    return keys;
  }

  #trimToLimit(): Promise<void> {
    return this.#trim(() => this.#bytesMax, `past bytesMax (${this.#bytesMax})`);
  }

  /**
   * Drops records that are too old, and others until the rest has the bytes that `limitOf` returns.
   * @param limitOf called with the bytes of all records as they are now: other tabs write too
   */
  async #trim(limitOf: (bytes: number) => number, why: string): Promise<void> {
    const db = await this.#open();
    if (!db) return;
    const keys = await this.#readKeys(db);
    const { tooOld, tooMany, bytes } = chooseDropped(keys, limitOf(this.#bytes), (key) => this.#isTooOld(key));
    const dropped = [...tooOld, ...tooMany];
    if (dropped.length === 0) return;
    await deleteRecords(db, dropped);
    for (const [, id] of dropped) this.#keys.delete(id);
    this.#bytes = bytes;
    this.#reportDropped(tooOld, `older than ageMaxMs (${this.#ageMaxMs})`);
    this.#reportDropped(tooMany, why);
  }

  /** The age of another tab's record counts from `takenOverAt`: the clock may have been set since the put. */
  #isTooOld([putAt, , , tab, takenOverAt]: RecordKey): boolean {
    const since = tab === this.#locks.own ? putAt : takenOverAt;
    return since !== undefined && since < Date.now() - this.#ageMaxMs;
  }

  #removeKey(id: string): void {
    this.#bytes -= this.#keys.get(id)?.[2] ?? 0;
    this.#keys.delete(id);
  }

  // ── other tabs ──

  /** Acquires the locks of dead tabs that have left records, and so owns these. Resolves to whether some are unread. */
  async #acquireDeadTabs(db: IDBDatabase): Promise<boolean> {
    /** The other tabs, each with the time of its last record. */
    const others = new Map<string, number>();
    const keys = await this.#readKeys(db);
    if (this.#isClosed) return false;
    for (const [putAt, , , tab] of keys) if (!this.#locks.has(tab)) others.set(tab, putAt);
    const acquired = await Promise.all([...others].map(([tab, putAt]) => this.#locks.acquire(tab, putAt)));
    return (this.#hasUnread ||= acquired.includes(true));
  }

  async #lookForOrphans(): Promise<void> {
    // Perhaps the database can be opened now: opening it writes the records that wait in memory.
    const db = await this.#open();
    if (db && (await this.#acquireDeadTabs(db).catch(() => false))) this.#notify({ kind: 'orphaned' });
  }

  /** The page goes into the back/forward cache. */
  #suspend(): void {
    this.#locks.releaseForCache();
    this.#notify({ kind: 'suspended' });
  }

  async #resume(): Promise<void> {
    await this.#locks.acquireAfterCache();
    if (await this.#connection.current) await this.#locks.acquireOwn();
    const keys = await this.#use((db) => this.#readKeys(db)).catch(() => undefined);
    // If the keys cannot be read, all records are sent: some may be delivered twice, none is lost.
    const takenOver = new Set(keys && this.#keys.keys());
    for (const [, id, , tab] of keys ?? []) if (this.#locks.has(tab)) takenOver.delete(id);
    for (const id of takenOver) this.#keys.delete(id);
    this.#notify({ kind: 'resumed', takenOver: [...takenOver] });
  }

  // ── events ──

  #notify(event: OutboxEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Reports the first failure of a series. */
  #fail(what: string, cause: unknown): undefined {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#reportError(`${what}: ${messageOf(cause)}`, { cause });
  }

  #reportDropped({ length }: RecordKey[], why: string): void {
    if (length > 0) this.#reportError(`dropped records (${length}): ${why}`);
  }

  #reportError(what: string, details?: { cause: unknown }): void {
    this.#notify({ kind: 'error', error: new KinesisError('ERR_OUTBOX', `the outbox ${what}`, details) });
  }
}

/** Milliseconds between two searches for dead tabs. */
const LOOK_MS = 5000;
