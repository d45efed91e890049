import { KinesisError, messageOf } from '../core/error.js';
import { uuidv7 } from '../core/uuid.js';

/**
 * @typedef {import('../types/types.js').OutboxRecord} OutboxRecord
 * @typedef {import('../types/types.js').OutboxNews} OutboxNews
 * @typedef {[putAt: number, id: string, bytes: number, tab: string]} Key all that the bookkeeping needs, so that no record is read for it
 */

/**
 * Records that survive a reload, a crash and quitting the browser.
 * @param {import('../types/types.js').IndexedDBOutboxOptions} [options]
 * @returns {import('../types/types.js').IndexedDBOutbox}
 */
export function indexedDBOutbox({ name = 'kinesis-edge', bytesMax = 5 * 1024 * 1024, ageMaxMs = 7 * 86_400_000, onError } = {}) {
  if (typeof name !== 'string' || name === '') throw KinesisError.invalid('name must be a string that is not empty');
  for (const [argument, value] of Object.entries({ bytesMax, ageMaxMs })) {
    if (!(Number.isSafeInteger(value) && value > 0)) throw KinesisError.invalid(`${argument} must be a whole number of 1 or more`);
  }
  return new IndexedDBOutbox(name, bytesMax, ageMaxMs, onError);
}

/**
 * One database for all tabs. Each outbox marks its records with a name of its own and holds the Web Lock of that name for its
 * life; whoever gets the lock of another one, which is dead then, has its records and keeps the lock.
 */
class IndexedDBOutbox {
  #name;
  #bytesMax;
  #ageMaxMs;
  #tab = uuidv7();
  /** Undefined within where the database cannot be used. @type {Promise<IDBDatabase | undefined> | undefined} */
  #opened;
  /** Those whose records are ours, with what lets their locks go. @type {Map<string, () => void>} */
  #tabs = new Map();
  /** Of our records. @type {Map<string, Key>} */
  #keys = new Map();
  /** Records that could not be written: no more than their sender holds itself. @type {Map<string, OutboxRecord>} */
  #memory = new Map();
  /** At most what all tabs have stored, as far as this one knows. */
  #bytes = 0;
  #isFailing = false;
  /** Until something is added again. */
  #isCleared = false;
  /** In the back/forward cache. */
  #isAway = false;
  /** @type {Set<(news: OutboxNews) => void>} */
  #listeners = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {string} name
   * @param {number} bytesMax
   * @param {number} ageMaxMs
   * @param {((error: import('../types/types.js').KinesisError) => void) | undefined} onError
   */
  constructor(name, bytesMax, ageMaxMs, onError) {
    this.#name = name;
    this.#bytesMax = bytesMax;
    this.#ageMaxMs = ageMaxMs;
    if (onError) this.#listeners.add((news) => news.kind === 'error' && onError(news.error));
    if (typeof addEventListener !== 'function') return;
    addEventListener('pagehide', (event) => event.persisted && this.#goAway());
    addEventListener('pageshow', (event) => event.persisted && this.#comeBack());
  }

  /** @param {OutboxRecord[]} records */
  async add(records) {
    this.#isCleared = false;
    const db = await this.#open();
    try {
      if (!db) throw undefined;
      await this.#write(db, records).catch((error) => this.#writeAgain(error, records));
      this.#isFailing = false;
    } catch (error) {
      for (const record of records) {
        this.#keys.delete(record.id);
        this.#memory.set(record.id, record);
      }
      if (error) this.#fail('could not be written', error);
    }
    if (this.#bytes > this.#bytesMax) await this.#trim(this.#bytesMax);
  }

  /** @param {string[]} ids */
  async remove(ids) {
    const stored = ids.filter((id) => !this.#memory.delete(id));
    const db = stored.length > 0 && (await this.#open());
    if (!db) return;
    if (stored.some((id) => !this.#keys.has(id))) await this.#readKeys(db, (key) => this.#keys.set(key[1], key));
    const keys = stored.flatMap((id) => this.#forget(id));
    await this.#change(db, (store) => keys.forEach((key) => store.delete(key)));
  }

  /** What is ours: what this outbox was given, and what dead ones have left. In the order in which it was put. */
  async all() {
    const db = this.#isCleared ? undefined : await this.#open();
    const memory = [...this.#memory.values()];
    if (!db) return memory;
    await this.#trim(this.#bytesMax);
    await this.#adopt(db);
    const store = db.transaction(STORE).objectStore(STORE);
    // In one transaction, so that one fits the other.
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    /** @type {OutboxRecord[]} */
    const records = [];
    /** @type {Key[]} */ (keys).forEach((key, index) => {
      const [putAt, id, , tab] = key;
      if (!this.#tabs.has(tab)) return;
      this.#keys.set(id, key);
      records.push({ id, putAt, .../** @type {any} */ (values[index]) });
    });
    return [...records, ...memory];
  }

  /** Removes everything, of all tabs, and the database with it. */
  async clear() {
    this.#memory.clear();
    this.#keys.clear();
    this.#bytes = 0;
    this.#isCleared = true;
    const db = await this.#opened;
    this.#opened = undefined;
    db?.close();
    this.#letGo();
    if (db) await opening(indexedDB.deleteDatabase(this.#name)).catch((error) => this.#fail('could not be cleared', error));
  }

  /**
   * Tells what happens by itself: see `OutboxNews`. Only an outbox that is watched looks for what others leave.
   * @param {(news: OutboxNews) => void} listener
   */
  watch(listener) {
    this.#listeners.add(listener);
    // Ready for the first record: a page may be left at once.
    this.#open();
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    /** @type {any} */ (this.#timer).unref?.();
    return () => {
      this.#listeners.delete(listener);
      clearInterval(this.#timer);
      this.#timer = undefined;
      // What is left is for others.
      this.#letGo();
      this.#opened?.then((db) => db?.close());
      this.#opened = undefined;
    };
  }

  // ── the database ──

  #open() {
    return (this.#opened ??= this.#connect().catch((error) => {
      this.#fail('could not be opened: records wait in memory', error);
      return undefined;
    }));
  }

  async #connect() {
    const request = indexedDB.open(this.#name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    const db = await opening(request);
    const close = () => {
      db.close();
      // The next use opens it again.
      this.#opened = undefined;
    };
    db.onversionchange = close;
    db.onclose = close;
    await this.#hold(this.#tab);
    return db;
  }

  /**
   * @param {IDBDatabase} db
   * @param {OutboxRecord[]} records
   */
  async #write(db, records) {
    await this.#change(db, (store) => {
      for (const { id, partitionKey, explicitHashKey, data, putAt } of records) {
        /** @type {Key} */
        const key = [putAt, id, data.length + partitionKey.length, this.#tab];
        this.#keys.set(id, key);
        this.#bytes += key[2];
        store.put({ partitionKey, data, ...(explicitHashKey !== undefined && { explicitHashKey }) }, key);
      }
    });
  }

  /**
   * Once, with the database opened anew where it was closed, and with room made where the disk is full.
   * @param {unknown} error
   * @param {OutboxRecord[]} records
   */
  async #writeAgain(error, records) {
    if (/** @type {any} */ (error)?.name === 'QuotaExceededError') await this.#trim(this.#bytes / 2);
    const db = await this.#open();
    if (!db) throw error;
    await this.#write(db, records);
  }

  /**
   * @param {IDBDatabase} db
   * @param {(store: IDBObjectStore) => void} work
   */
  async #change(db, work) {
    // It need not outlive a power failure: what the system has taken survives the browser. Tenfold faster.
    const transaction = db.transaction(STORE, 'readwrite', { durability: 'relaxed' });
    work(transaction.objectStore(STORE));
    // A page that is closing would not come to commit it by itself.
    transaction.commit?.();
    await finished(transaction);
  }

  /**
   * @param {IDBDatabase} db
   * @param {(key: Key) => void} visit
   */
  async #readKeys(db, visit) {
    const keys = /** @type {Key[]} */ (await done(db.transaction(STORE).objectStore(STORE).getAllKeys()));
    this.#bytes = keys.reduce((sum, key) => sum + key[2], 0);
    keys.forEach(visit);
  }

  /**
   * Drops what is too old, and the oldest of what is too much.
   * @param {number} bytesMax
   */
  async #trim(bytesMax) {
    const db = await this.#open();
    if (!db) return;
    /** @type {Key[]} */
    const all = [];
    await this.#readKeys(db, (key) => all.push(key));
    const oldest = Date.now() - this.#ageMaxMs;
    let bytes = this.#bytes;
    const old = all.filter(([putAt]) => putAt < oldest);
    for (const key of old) bytes -= key[2];
    /** @type {Key[]} */
    const much = [];
    for (const key of all.slice(old.length)) {
      if (bytes <= bytesMax) break;
      much.push(key);
      bytes -= key[2];
    }
    if (old.length + much.length === 0) return;
    await this.#change(db, (store) => [...old, ...much].forEach((key) => store.delete(key)));
    this.#bytes = bytes;
    for (const [, id] of [...old, ...much]) this.#keys.delete(id);
    this.#drop(old.length, `older than ageMaxMs (${this.#ageMaxMs})`);
    this.#drop(much.length, `the oldest, for bytesMax (${bytesMax})`);
  }

  /**
   * @param {number} count
   * @param {string} why
   */
  #drop(count, why) {
    if (count > 0) this.#tell({ kind: 'error', error: new KinesisError('ERR_OUTBOX', `the outbox dropped records (${count}): ${why}`) });
  }

  /** @param {string} id */
  #forget(id) {
    const key = this.#keys.get(id);
    if (!key) return [];
    this.#keys.delete(id);
    this.#bytes -= key[2];
    return [key];
  }

  // ── the others ──

  /**
   * Takes the lock of every dead outbox that has left records.
   * @param {IDBDatabase} db
   */
  async #adopt(db) {
    /** Each with when it was last put into. @type {Map<string, number>} */
    const others = new Map();
    await this.#readKeys(db, ([putAt, , , tab]) => this.#tabs.has(tab) || others.set(tab, putAt));
    const taken = await Promise.all([...others].map(([tab, putAt]) => this.#hold(tab, putAt)));
    return taken.includes(true);
  }

  async #look() {
    const db = await this.#opened;
    if (db && (await this.#adopt(db).catch(() => false))) this.#tell({ kind: 'left' });
  }

  /**
   * Takes the lock of an outbox, if it is free, for as long as this one lives.
   * @param {string} tab
   * @param {number} [putAt]
   * @returns {Promise<boolean>}
   */
  #hold(tab, putAt = 0) {
    if (!navigator.locks) {
      // http, or a very old browser: nobody can tell who lives. What has lain for a while is taken, and may be sent twice.
      const isFree = putAt < Date.now() - NO_LOCKS_MS;
      if (isFree) this.#tabs.set(tab, () => {});
      return Promise.resolve(isFree);
    }
    return new Promise((resolve) => {
      navigator.locks
        .request(`${this.#name}/${tab}`, { ifAvailable: true }, (lock) => {
          const isOurs = lock && !this.#isAway;
          const held = isOurs && /** @type {Promise<void>} */ (new Promise((release) => this.#tabs.set(tab, release)));
          resolve(Boolean(isOurs));
          return held;
        })
        .catch(() => resolve(false));
    });
  }

  #letGo() {
    for (const release of this.#tabs.values()) release();
    this.#tabs.clear();
  }

  /** Into the back/forward cache. It takes no page that holds a lock, and while this one rests others take its records. */
  #goAway() {
    this.#isAway = true;
    for (const release of this.#tabs.values()) release();
    this.#tell({ kind: 'away' });
  }

  async #comeBack() {
    this.#isAway = false;
    const tabs = [...this.#tabs.keys()];
    this.#tabs.clear();
    await Promise.all(tabs.map((tab) => this.#hold(tab)));
    if (this.#opened && !this.#tabs.has(this.#tab)) {
      this.#tab = uuidv7();
      await this.#hold(this.#tab);
    }
    const gone = new Set(this.#keys.keys());
    const db = await this.#opened;
    if (db) await this.#readKeys(db, ([, id, , tab]) => this.#tabs.has(tab) && gone.delete(id)).catch(() => {});
    for (const id of gone) this.#keys.delete(id);
    this.#tell({ kind: 'back', gone: [...gone] });
  }

  /** @param {OutboxNews} news */
  #tell(news) {
    for (const listener of this.#listeners) listener(news);
  }

  /**
   * Once, until it works again.
   * @param {string} what
   * @param {unknown} error
   */
  #fail(what, error) {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#tell({ kind: 'error', error: new KinesisError('ERR_OUTBOX', `the outbox ${what}: ${messageOf(error)}`, { cause: error }) });
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
  });
}

/**
 * Another page that holds the database may keep this one waiting for ever.
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function opening(request) {
  let late = false;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      late = true;
      reject(new Error(`blocked for ${OPEN_MS} ms`));
    }, OPEN_MS);
    request.onsuccess = () => {
      clearTimeout(timer);
      if (late) /** @type {any} */ (request.result)?.close();
      resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
}

const STORE = 'records';
/** Between two looks for what tabs have left that died meanwhile. */
const LOOK_MS = 5000;
const OPEN_MS = 3000;
const NO_LOCKS_MS = 60_000;
