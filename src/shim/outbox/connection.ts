import { inTime } from '../core/in-time.js';
import { openDatabase } from './database.js';

export interface ConnectionCallbacks {
  /** The database is open. Uses wait until this has resolved. */
  opened: (db: IDBDatabase) => Promise<void>;
  /** It could not be opened, or not in time. */
  failed: (error: unknown) => void;
  /** Another tab has deleted the database. The connection is closed. */
  deleted: () => void;
}

/** The connection to a database. It is opened when it is needed, and opened again after it was lost or has failed. */
export class Connection {
  readonly #name: string;
  readonly #callbacks: ConnectionCallbacks;
  #db: IDBDatabase | undefined;
  #opening: Promise<IDBDatabase | undefined> | undefined;
  /** Counts openings and closings: an opening that is not the last one is void. */
  #attempt = 0;
  #failedAt = -Infinity;

  constructor(name: string, callbacks: ConnectionCallbacks) {
    this.#name = name;
    this.#callbacks = callbacks;
  }

  /** The database if it is open, or will be open in time. */
  get current(): Promise<IDBDatabase | undefined> {
    return this.#opening ?? Promise.resolve(this.#db);
  }

  /** Resolves to `undefined` where the database fails to open, or is not open within 3 s: it may be open later. */
  open(): Promise<IDBDatabase | undefined> {
    if (!this.#db && !this.#opening && performance.now() - this.#failedAt > RETRY_MS) this.#start();
    return this.current;
  }

  /** Closes a connection. The next use opens another one. */
  close(): void {
    this.#attempt += 1;
    this.#db?.close();
    this.#db = this.#opening = undefined;
  }

  #start(): void {
    const attempt = (this.#attempt += 1);
    this.#opening = inTime(this.#connect(attempt), OPEN_MS, () => {
      if (attempt !== this.#attempt) return undefined;
      // Later uses wait no more, until the database is open.
      this.#opening = Promise.resolve(undefined);
      this.#callbacks.failed(new Error(`blocked for ${OPEN_MS} ms`));
      return undefined;
    });
  }

  async #connect(attempt: number): Promise<IDBDatabase | undefined> {
    let db: IDBDatabase | undefined;
    try {
      db = await openDatabase(this.#name, (isDeleted) => this.#handleClosed(attempt, isDeleted));
      if (attempt === this.#attempt) await this.#callbacks.opened(db);
      if (attempt === this.#attempt) {
        this.#opening = undefined;
        return (this.#db = db);
      }
      db.close();
    } catch (error) {
      // The database is open here where `opened` has thrown, which writes the records from memory.
      db?.close();
      if (attempt === this.#attempt) this.#fail(error);
    }
    return undefined;
  }

  #handleClosed(attempt: number, isDeleted: boolean): void {
    if (attempt !== this.#attempt) return;
    this.close();
    if (isDeleted) this.#callbacks.deleted();
  }

  #fail(error: unknown): void {
    this.#opening = undefined;
    this.#failedAt = performance.now();
    this.#callbacks.failed(error);
  }
}

/** Longest time that a use waits for the database to open. */
const OPEN_MS = 3000;
/** Time from a failure to the next attempt, in milliseconds. */
const RETRY_MS = 5000;
