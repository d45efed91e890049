import { KinesisError, messageOf } from '../core/error.js';
import { uuidv7 } from '../core/uuid.js';
import type { IndexedDBOutbox, IndexedDBOutboxOptions, OutboxNews, OutboxRecord } from './types.js';
import type { RecordKey } from './database.js';
import { changeRecords, deleteDatabase, deleteRecords, openDatabase, readKeys, readRecords } from './database.js';
import { TabLocks } from './tab-locks.js';

/** An outbox whose records survive a reload, a crash and the end of the browser. */
export function indexedDBOutbox({
  name = 'kinesis-edge',
  bytesMax = 5 * 1024 * 1024,
  ageMaxMs = 7 * 86_400_000,
  onError,
}: IndexedDBOutboxOptions = {}): IndexedDBOutbox {
  if (typeof name !== 'string' || name === '') throw KinesisError.invalid('name must be a string that is not empty');
  for (const [argument, value] of Object.entries({ bytesMax, ageMaxMs })) {
    const isCount = Number.isSafeInteger(value) && value > 0;
    if (!isCount) throw KinesisError.invalid(`${argument} must be a whole number of 1 or more`);
  }
  return new TabOutbox(name, bytesMax, ageMaxMs, onError);
}

/** One tab's part of a database that all tabs share: its own records, and those of tabs that have died. */
class TabOutbox implements IndexedDBOutbox {
  readonly #name: string;
  readonly #bytesMax: number;
  readonly #ageMaxMs: number;
  readonly #locks: TabLocks;
  #tab = uuidv7();
  /** Resolves to `undefined` where the database cannot be used. */
  #opened: Promise<IDBDatabase | undefined> | undefined;
  /** Keys of the records that this outbox owns, by id. */
  readonly #keys = new Map<string, RecordKey>();
  /** Records that could not be written. Their sender holds them too. */
  readonly #memory = new Map<string, OutboxRecord>();
  /** Bytes of the records of all tabs. Never less than what is stored, as far as this tab knows. */
  #bytes = 0;
  /** The last failure was reported, and nothing has worked since. */
  #isFailing = false;
  /** The outbox was cleared, and nothing was added since. */
  #isCleared = false;
  /** Who has watched it has let go of it: nothing is opened for what was still at work. */
  #isClosed = false;
  readonly #listeners = new Set<(news: OutboxNews) => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(name: string, bytesMax: number, ageMaxMs: number, onError: IndexedDBOutboxOptions['onError']) {
    this.#name = name;
    this.#bytesMax = bytesMax;
    this.#ageMaxMs = ageMaxMs;
    this.#locks = new TabLocks(name);
    if (onError) this.#listeners.add((news) => news.kind === 'error' && onError(news.error));
    if (typeof addEventListener !== 'function') return;
    addEventListener('pagehide', (event) => event.persisted && this.#suspend());
    addEventListener('pageshow', (event) => event.persisted && this.#resume());
  }

  async add(records: OutboxRecord[]): Promise<void> {
    this.#isCleared = false;
    const db = await this.#open();
    if (db) await this.#tryWrite(db, records);
    else this.#keepInMemory(records);
    if (this.#bytes > this.#bytesMax) await this.#trim(this.#bytesMax);
  }

  async remove(ids: string[]): Promise<void> {
    const stored = ids.filter((id) => !this.#memory.delete(id));
    const db = stored.length > 0 && (await this.#open());
    if (!db) return;
    // An id may be of a record that this outbox has not read yet.
    if (stored.some((id) => !this.#keys.has(id))) {
      for (const key of await this.#readKeys(db)) this.#keys.set(key[1], key);
    }
    const keys = stored.flatMap((id) => this.#forget(id));
    await deleteRecords(db, keys);
  }

  /** The records of this outbox and of dead tabs, in the order in which they were put. */
  async all(): Promise<OutboxRecord[]> {
    const db = this.#isCleared ? undefined : await this.#open();
    const memory = [...this.#memory.values()];
    if (!db) return memory;
    await this.#trim(this.#bytesMax);
    if (!this.#isClosed) await this.#adopt(db);
    if (this.#isClosed) return memory;
    const records: OutboxRecord[] = [];
    for (const [key, record] of await readRecords(db)) {
      const [putAt, id, , tab] = key;
      if (!this.#locks.has(tab)) continue;
      this.#keys.set(id, key);
      records.push({ id, putAt, ...record });
    }
    return [...records, ...memory];
  }

  async clear(): Promise<void> {
    this.#memory.clear();
    this.#keys.clear();
    this.#bytes = 0;
    this.#isCleared = true;
    const db = await this.#opened;
    this.#close(db);
    if (db) await deleteDatabase(this.#name).catch((error) => this.#fail('could not be cleared', error));
  }

  /**
   * Calls `listener` with what happens by itself. Only an outbox with a listener looks for records of dead tabs, every
   * 5 s.
   */
  watch(listener: (news: OutboxNews) => void): () => void {
    this.#listeners.add(listener);
    this.#isClosed = false;
    // At once, so that it is ready for the first record: a page may be left soon.
    void this.#open();
    this.#timer ??= setInterval(() => this.#lookForOrphans(), LOOK_MS);
    // Node and Deno with an IndexedDB of their own: the timer must not keep the process alive.
    (this.#timer as { unref?: () => void }).unref?.();
    return () => {
      this.#listeners.delete(listener);
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#isClosed = true;
      void this.#opened?.then((db) => db?.close());
      this.#close();
    };
  }

  // ── the database ──

  #open(): Promise<IDBDatabase | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const fail = (error: unknown) => this.#fail('could not be opened: records wait in memory', error);
    return (this.#opened ??= this.#connect().catch(fail));
  }

  /** Other tabs take over what is left. The next use opens the database again. */
  #close(db?: IDBDatabase): void {
    this.#opened = undefined;
    db?.close();
    this.#locks.release();
  }

  async #connect(): Promise<IDBDatabase> {
    const db = await openDatabase(this.#name, () => (this.#opened = undefined));
    if (!this.#isClosed) await this.#locks.acquire(this.#tab);
    return db;
  }

  async #write(db: IDBDatabase, records: OutboxRecord[]): Promise<void> {
    await changeRecords(db, (store) => {
      for (const { id, partitionKey, explicitHashKey, data, putAt } of records) {
        const key: RecordKey = [putAt, id, data.length + partitionKey.length, this.#tab];
        this.#keys.set(id, key);
        this.#bytes += key[2];
        store.put({ partitionKey, data, ...(explicitHashKey !== undefined && { explicitHashKey }) }, key);
      }
    });
  }

  async #tryWrite(db: IDBDatabase, records: OutboxRecord[]): Promise<void> {
    try {
      await this.#write(db, records).catch((error) => this.#writeAgain(error, records));
      this.#isFailing = false;
    } catch (error) {
      this.#keepInMemory(records);
      this.#fail('could not be written', error);
    }
  }

  #keepInMemory(records: OutboxRecord[]): void {
    for (const record of records) {
      this.#keys.delete(record.id);
      this.#memory.set(record.id, record);
    }
  }

  /**
   * A second try: with the database opened again where it was closed, and with half of the records dropped where the
   * disk is full.
   */
  async #writeAgain(error: unknown, records: OutboxRecord[]): Promise<void> {
    if ((error as Error | undefined)?.name === 'QuotaExceededError') await this.#trim(this.#bytes / 2);
    const db = await this.#open();
    if (!db) throw error;
    await this.#write(db, records);
  }

  async #readKeys(db: IDBDatabase): Promise<RecordKey[]> {
    const keys = await readKeys(db);
    this.#bytes = 0;
    for (const [, , bytes] of keys) this.#bytes += bytes;
    return keys;
  }

  /** Drops records that are too old, then the oldest until the rest has `bytesMax`. */
  async #trim(bytesMax: number): Promise<void> {
    const db = await this.#open();
    if (!db) return;
    const keys = await this.#readKeys(db);
    const oldest = Date.now() - this.#ageMaxMs;
    const tooOld = keys.filter(([putAt]) => putAt < oldest).length;
    const dropped: RecordKey[] = [];
    let bytes = this.#bytes;
    for (const key of keys) {
      if (dropped.length >= tooOld && bytes <= bytesMax) break;
      dropped.push(key);
      bytes -= key[2];
    }
    if (dropped.length === 0) return;
    await deleteRecords(db, dropped);
    for (const [, id] of dropped) this.#forget(id);
    this.#bytes = bytes;
    const tooMany = dropped.length - tooOld;
    if (tooOld > 0) this.#reportError(`dropped records (${tooOld}): older than ageMaxMs (${this.#ageMaxMs})`);
    if (tooMany > 0) this.#reportError(`dropped records (${tooMany}): the oldest, for bytesMax (${bytesMax})`);
  }

  /** @returns its key, if this outbox owns it */
  #forget(id: string): RecordKey[] {
    const key = this.#keys.get(id);
    if (!key) return [];
    this.#keys.delete(id);
    this.#bytes -= key[2];
    return [key];
  }

  // ── other tabs ──

  /**
   * Acquires the locks of all dead tabs that have left records.
   * @returns whether there were any
   */
  async #adopt(db: IDBDatabase): Promise<boolean> {
    /** Each with when it has last put a record. */
    const others = new Map<string, number>();
    const keys = await this.#readKeys(db);
    if (this.#isClosed) return false;
    for (const [putAt, , , tab] of keys) if (!this.#locks.has(tab)) others.set(tab, putAt);
    const acquired = await Promise.all([...others].map(([tab, putAt]) => this.#locks.acquire(tab, putAt)));
    return acquired.includes(true);
  }

  async #lookForOrphans(): Promise<void> {
    const db = await this.#opened;
    if (db && (await this.#adopt(db).catch(() => false))) this.#notify({ kind: 'orphaned' });
  }

  /** The page goes into the back/forward cache. */
  #suspend(): void {
    this.#locks.suspend();
    this.#notify({ kind: 'suspended' });
  }

  async #resume(): Promise<void> {
    await this.#locks.resume();
    if (this.#opened && !this.#locks.has(this.#tab)) {
      this.#tab = uuidv7();
      await this.#locks.acquire(this.#tab);
    }
    const takenOver = new Set(this.#keys.keys());
    const db = await this.#opened;
    const keys = db ? await this.#readKeys(db).catch(() => []) : [];
    for (const [, id, , tab] of keys) if (this.#locks.has(tab)) takenOver.delete(id);
    for (const id of takenOver) this.#keys.delete(id);
    this.#notify({ kind: 'resumed', takenOver: [...takenOver] });
  }

  // ── news ──

  #notify(news: OutboxNews): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** Reports the first failure of a series. */
  #fail(what: string, cause: unknown): undefined {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#reportError(`${what}: ${messageOf(cause)}`, { cause });
  }

  #reportError(what: string, details?: { cause: unknown }): void {
    this.#notify({ kind: 'error', error: new KinesisError('ERR_OUTBOX', `the outbox ${what}`, details) });
  }
}

/** Time between two searches for tabs that have died. */
const LOOK_MS = 5000;
