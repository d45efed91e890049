// An IndexedDB that all tabs share, with what the outbox uses of it. Each operation takes time, and may be slow, fail, find the disk full, or
// lose its connection; a tab that is killed loses what it has not committed.
// https://w3c.github.io/IndexedDB/

/** The databases of an origin. */
export class Databases {
  /** By name: `records` as `{ key, value }` in the order of their keys, `connections`, and the transactions that are not done. */
  #all = new Map();
  #world;
  #operations = 0;
  #deletions = 0;
  /** Whether a deletion has failed by the plan. */
  hasFailedToDelete = false;
  /** Called when a change of records is there to stay: `added` and `deleted`. */
  onChange = () => {};
  /** Called where a page in the back/forward cache is in the way. */
  evict = () => {};

  constructor(world) {
    this.#world = world;
  }

  /** The globals of a realm that are for databases. */
  of(realm) {
    return {
      indexedDB: { open: (name) => this.#open(realm, name), deleteDatabase: (name) => this.#delete(realm, name) },
      IDBKeyRange: { upperBound: (to) => ({ from: [], to }), bound: (from, to) => ({ from, to }) },
    };
  }

  /** A record that is there before any tab is opened. */
  add(name, record) {
    if (!this.#all.has(name)) this.#all.set(name, emptyStore(name));
    const { records } = this.#all.get(name);
    records.push(record);
    records.sort((one, other) => compare(one.key, other.key));
  }

  recordsOf(name) {
    return this.#all.get(name)?.records ?? [];
  }

  get names() {
    return [...this.#all.keys()];
  }

  connectionsOf(realm) {
    return [...this.#all.values()].flatMap(({ connections }) => [...connections]).filter((connection) => connection.realm === realm).length;
  }

  /** A tab is killed: its connections are closed, and what it has not committed is lost. */
  kill(realm) {
    for (const store of this.#all.values()) {
      for (const transaction of [...store.queue]) if (transaction.realm === realm && !transaction.isCommitted) this.#end(store, transaction);
      for (const connection of [...store.connections]) if (connection.realm === realm) this.#close(store, connection);
    }
  }

  /** What goes wrong with the next operation. */
  #fault() {
    const fault = this.#world.plan.database?.[this.#operations] ?? { kind: 'ok' };
    this.#operations += 1;
    return fault;
  }

  #latency(fault) {
    return (fault.ms ?? 0) + this.#world.chance.between(1, 8);
  }

  // ── opening and deleting ──

  #open(realm, name) {
    const request = {};
    const fault = this.#fault();
    if (fault.kind !== 'ok') this.#world.say(`${realm.name} opens the database ${name}: ${fault.kind}`);
    if (fault.kind === 'never') return request;
    const open = () => {
      // The requests of a database are done in their order.
      const deleting = this.#all.get(name)?.waiting;
      if (deleting?.length > 0) return deleting.push(() => realm.later(1, 'a database opens', open));
      if (fault.kind === 'fails' || fault.kind === 'dies') return fail(realm, request, 'UnknownError', 'the database cannot be opened');
      const isNew = !this.#all.has(name);
      if (isNew) this.#all.set(name, emptyStore(name));
      const store = this.#all.get(name);
      const connection = { realm, isClosed: false };
      store.connections.add(connection);
      request.result = this.#databaseOf(store, connection);
      if (isNew) request.onupgradeneeded?.();
      return realm.later(1, 'a database is open', () => request.onsuccess?.());
    };
    realm.later(this.#latency(fault), 'a database opens', open);
    return request;
  }

  #databaseOf(store, connection) {
    const database = {
      createObjectStore: () => {},
      close: () => this.#close(store, connection),
      transaction: (_, mode = 'readonly') => this.#begin(store, connection, mode),
    };
    connection.database = database;
    return database;
  }

  #close(store, connection) {
    connection.isClosed = true;
    store.connections.delete(connection);
    this.#deleteIfIdle(store);
  }

  /** A deletion waits until all connections are closed, and what has begun has ended as it would. */
  #deleteIfIdle(store) {
    if (store.connections.size > 0 || store.queue.length > 0) return;
    for (const next of store.waiting.splice(0)) next();
  }

  #delete(realm, name) {
    const request = {};
    const doesFail = this.#world.plan.deletions?.[this.#deletions]?.kind === 'fails';
    this.#deletions += 1;
    if (doesFail) {
      this.hasFailedToDelete = true;
      this.#world.say(`${realm.name} deletes the database ${name}: fails`);
      realm.later(this.#world.chance.between(1, 8), 'a deletion fails', () => fail(realm, request, 'UnknownError', 'the database cannot be deleted'));
      return request;
    }
    const remove = () => {
      this.#world.say(`${realm.name} the database ${name} is deleted`);
      const deleted = this.#all.get(name)?.records ?? [];
      this.#all.delete(name);
      this.onChange({ realm, added: [], deleted, isCleared: true });
      realm.later(1, 'a database is deleted', () => request.onsuccess?.());
    };
    this.#world.scheduler.after(this.#world.chance.between(1, 8), () => {
      const store = this.#all.get(name);
      if (!store || store.connections.size + store.queue.length === 0) return remove();
      store.waiting.push(remove);
      for (const { realm: other, database } of [...store.connections]) {
        // Browsers end a page in the back/forward cache that is in the way of another.
        if (other.isFrozen) this.evict(other);
        else other.later(1, 'versionchange', () => database.onversionchange?.({ newVersion: null }));
      }
    });
    return request;
  }

  // ── transactions ──

  #begin(store, connection, mode) {
    const { realm } = connection;
    if (connection.isClosed) throw realm.inner.errorOf('InvalidStateError', 'the connection is closed');
    const fault = this.#fault();
    const transaction = { realm, mode, fault, operations: [], changes: [], isCommitted: false, isDone: false, connection, shape: {} };
    store.queue.push(transaction);
    this.#shape(store, transaction);
    if (fault.kind !== 'ok') this.#world.say(`${realm.name} a ${mode} transaction: ${fault.kind}${fault.ms ? `, ${fault.ms} ms` : ''}`);
    this.#world.scheduler.after(this.#latency(fault), () => this.#pump(store, transaction));
    return transaction.shape;
  }

  /** What the script sees of a transaction. */
  #shape(store, transaction) {
    const ask = (read) => {
      const request = {};
      transaction.operations.push({ request, read });
      return request;
    };
    const { realm } = transaction;
    Object.assign(transaction.shape, {
      error: null,
      commit: () => (transaction.isCommitted = true),
      objectStore: () => ({
        getAllKeys: () => ask(() => store.records.map(({ key }) => realm.inner.parse(JSON.stringify(key)))),
        getAll: () => ask(() => store.records.map(({ value }) => ({ ...value, data: realm.inner.copyBytes(value.data) }))),
        put: (value, key) => void transaction.changes.push({ key: JSON.parse(JSON.stringify(key)), value: { ...value, data: Buffer.from(value.data) } }),
        delete: (keyOrRange) => void transaction.changes.push(JSON.parse(JSON.stringify(keyOrRange.to ? { range: keyOrRange } : { key: keyOrRange }))),
      }),
    });
  }

  /** Runs a transaction as far as those before it let it. */
  #pump(store, transaction) {
    if (transaction.isDone) return;
    const before = store.queue.slice(0, store.queue.indexOf(transaction));
    const isBlocked = before.some(({ mode }) => mode === 'readwrite' || transaction.mode === 'readwrite');
    if (isBlocked) {
      this.#world.scheduler.after(2, () => this.#pump(store, transaction));
      return;
    }
    const { fault, realm, operations } = transaction;
    if (fault.kind === 'dies') return this.#die(store, transaction.connection);
    if (fault.kind === 'fails' || fault.kind === 'isFull') return this.#abort(store, transaction, fault.kind === 'isFull' && transaction.changes.some(({ value }) => value) ? 'QuotaExceededError' : 'UnknownError');
    if (operations.length > 0) {
      const { request, read } = operations.shift();
      realm.turn('a request of the database', () => {
        request.result = read();
        request.onsuccess?.();
      });
      this.#world.scheduler.after(1, () => this.#pump(store, transaction));
      return;
    }
    this.#commit(store, transaction);
  }

  #commit(store, transaction) {
    const added = [];
    const deleted = [];
    for (const { key, value, range } of transaction.changes) {
      if (range) {
        const isIn = (record) => compare(record.key, range.from) >= 0 && compare(record.key, range.to) <= 0;
        deleted.push(...store.records.filter(isIn));
        store.records = store.records.filter((record) => !isIn(record));
        continue;
      }
      const at = store.records.findIndex((record) => compare(record.key, key) >= 0);
      const isThere = at >= 0 && compare(store.records[at].key, key) === 0;
      if (value === undefined) {
        if (isThere) deleted.push(...store.records.splice(at, 1));
      } else {
        const record = { key, value };
        if (isThere) store.records[at] = record;
        else store.records.splice(at < 0 ? store.records.length : at, 0, record);
        added.push(record);
      }
    }
    this.#end(store, transaction);
    if (added.length + deleted.length > 0) this.onChange({ realm: transaction.realm, added, deleted, isCleared: false });
    transaction.realm.later(1, 'a transaction is complete', () => transaction.shape.oncomplete?.());
  }

  #abort(store, transaction, name) {
    this.#end(store, transaction);
    const { realm, shape, operations } = transaction;
    shape.error = realm.inner.errorOf(name, 'the transaction was aborted');
    realm.turn('a transaction is aborted', () => {
      for (const { request } of operations) {
        request.error = shape.error;
        request.onerror?.();
      }
      shape.onabort?.();
    });
  }

  /** The browser closes a connection by itself: it has cleared its data, or the database is damaged. */
  #die(store, connection) {
    for (const transaction of [...store.queue]) if (transaction.connection === connection) this.#abort(store, transaction, 'AbortError');
    this.#close(store, connection);
    connection.realm.turn('close', () => connection.database.onclose?.());
  }

  #end(store, transaction) {
    transaction.isDone = true;
    store.queue = store.queue.filter((other) => other !== transaction);
    this.#world.scheduler.after(0, () => this.#deleteIfIdle(store));
  }
}

function emptyStore(name) {
  return { name, records: [], connections: new Set(), queue: [], waiting: [] };
}

function fail(realm, request, name, message) {
  request.error = realm.inner.errorOf(name, message);
  request.onerror?.();
}

/** Compares two keys, which are arrays. An array in one is greater than a text or a number. */
function compare(one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) if (one[at] !== other[at]) return isLess(one[at], other[at]) ? -1 : 1;
  return one.length - other.length;
}

function isLess(one, other) {
  if (Array.isArray(one) || Array.isArray(other)) return !Array.isArray(one);
  return one < other;
}
