// The database of an IndexedDB outbox: one store of records, sorted by when they were put.
import { inTime } from '../core/in-time.js';
import { now } from '../core/time.js';
import type { OutboxRecord } from './types.js';

/**
 * Key of a record. It has all that the bookkeeping needs, so that no record is read for it. `tab` names the outbox that
 * put the record, and `takenOverAt` is when another outbox first read it and so took it over, in milliseconds since
 * 1970.
 */
export type RecordKey = [putAt: number, id: string, bytes: number, tab: string, ...takenOverAt: number[]];

export function keyOf({ putAt, id, partitionKey, data }: OutboxRecord, tab: string): RecordKey {
  return [putAt, id, data.length + partitionKey.length, tab];
}

/** A record as it is stored: the key has the rest. */
export type RecordValue = Omit<OutboxRecord, 'id' | 'putAt'>;

/**
 * @param onClose called when the connection was closed from outside: because another tab deletes the database
 *   (`isDeleted`), or because the browser clears its data or has lost it
 */
export async function openDatabase(name: string, onClose: (isDeleted: boolean) => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  const db = await done(request);
  await deleteLeftovers(name, db).catch((error) => {
    db.close();
    throw error;
  });
  db.onversionchange = ({ newVersion }) => {
    db.close();
    onClose(newVersion === null);
  };
  db.onclose = () => onClose(false);
  return db;
}

/**
 * Deletes a database. With a limit of time: another page that holds it may block the deletion for ever. Where the
 * deletion fails, the next `openDatabase` deletes the records.
 */
export async function deleteDatabase(name: string): Promise<void> {
  const askedAt = Math.max(Date.now(), now());
  undeleted.set(name, askedAt);
  const deleted = done(indexedDB.deleteDatabase(name)).then(() => {
    // A later call may have failed meanwhile.
    if (undeleted.get(name) === askedAt) undeleted.delete(name);
  });
  await inTime(deleted, DELETE_MS, () => {
    throw new Error(`blocked for ${DELETE_MS} ms`);
  });
}

/** Deletes the records from before a deletion that has failed: nobody may read them any more. */
async function deleteLeftovers(name: string, db: IDBDatabase): Promise<void> {
  const askedAt = undeleted.get(name);
  if (askedAt === undefined) return;
  // What other tabs have put since stays. Keys begin with `putAt`, which may be a fraction of a millisecond later.
  await changeRecords(db, (store) => store.delete(IDBKeyRange.upperBound([askedAt + 1])));
  if (undeleted.get(name) === askedAt) undeleted.delete(name);
}

/** Names of the databases that this page has asked to delete, and that are not deleted yet, with when it has asked. */
const undeleted = new Map<string, number>();

/** The keys of all tabs, oldest first. */
export function readKeys(db: IDBDatabase): Promise<RecordKey[]> {
  return done(storeOf(db).getAllKeys() as IDBRequest<unknown> as IDBRequest<RecordKey[]>);
}

/** The records of all tabs, oldest first. */
export async function readRecords(db: IDBDatabase): Promise<[RecordKey, RecordValue][]> {
  const store = storeOf(db);
  // Keys and values are read in one transaction, so that both are of the same records.
  const [keys, values] = await Promise.all([done(store.getAllKeys()), done<RecordValue[]>(store.getAll())]);
  return values.map((value, index) => [keys[index] as IDBValidKey as RecordKey, value]);
}

/** Writes records under these keys. */
export function writeRecords(db: IDBDatabase, records: OutboxRecord[], keys: RecordKey[]): Promise<void> {
  return changeRecords(db, (store) =>
    records.forEach(({ partitionKey, explicitHashKey, data }, index) =>
      store.put({ partitionKey, data, ...(explicitHashKey !== undefined && { explicitHashKey }) }, keys[index]),
    ),
  );
}

/**
 * Writes records again under other keys, unless another tab has removed them since they were read. Resolves to the ids
 * of those that are gone.
 */
export async function moveRecords(
  db: IDBDatabase,
  records: [RecordKey, RecordValue][],
  keys: RecordKey[],
): Promise<Set<string>> {
  const gone = new Set(records.map(([[, id]]) => id));
  const move = (store: IDBObjectStore) => {
    const stored = store.getAllKeys() as IDBRequest<unknown> as IDBRequest<RecordKey[]>;
    stored.onsuccess = () => {
      for (const [, id] of stored.result) gone.delete(id);
      records.forEach(([key, record], index) => {
        if (gone.has(key[1])) return;
        store.delete(key);
        store.put(record, keys[index]);
      });
    };
  };
  await changeRecords(db, move, false);
  return gone;
}

/**
 * Runs `work` in a transaction. Resolves when that is complete.
 * @param isAtOnce whether `work` makes all of its requests before it returns
 */
async function changeRecords(db: IDBDatabase, work: (store: IDBObjectStore) => void, isAtOnce = true): Promise<void> {
  // Relaxed durability survives the end of the browser, and a power failure perhaps not. It is ten times faster.
  const transaction = db.transaction(STORE, 'readwrite', { durability: 'relaxed' });
  work(transaction.objectStore(STORE));
  // Without this call the transaction would commit in a later task, which a page that is being closed does not have.
  if (isAtOnce) transaction.commit?.();
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
  });
}

/**
 * Deletes records by the first two members of their keys: another tab may have written `takenOverAt` into a key since
 * it was read.
 */
export function deleteRecords(db: IDBDatabase, keys: RecordKey[]): Promise<void> {
  return changeRecords(db, (store) => {
    // In the order of keys an array comes after any number, and so `[]` after all that may follow the first two.
    for (const [putAt, id] of keys) store.delete(IDBKeyRange.bound([putAt, id], [putAt, id, []]));
  });
}

function storeOf(db: IDBDatabase): IDBObjectStore {
  return db.transaction(STORE).objectStore(STORE);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const STORE = 'records';
/** Longest time that deleting the database may take. */
const DELETE_MS = 3000;
