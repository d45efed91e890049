import type { KinesisError } from '../core/error.js';

/**
 * A storage that keeps records until they have settled. A sender, which is a producer or a tracker with a collector,
 * adds a record when it is put and removes it when it has settled. Where a sender ends before, in a page, tab or
 * process, its records are orphaned: another sender takes them over, and sends them. A record that fails because there
 * are no credentials, or because the module cannot be loaded, stays in the outbox.
 */
export interface Outbox {
  add(records: OutboxRecord[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
  /**
   * Returns all records that this process may send, in the order in which they were put. It may be called repeatedly: a
   * producer knows which of the records are its own.
   */
  all(): Promise<OutboxRecord[]>;
  /**
   * Optional: reports changes that its sender has not caused. Returns a function that stops the reports and releases
   * the records and locks of the outbox.
   */
  watch?(listener: (event: OutboxEvent) => void): () => void;
}

/**
 * - `orphaned`: `all` has new records, which a process that has ended left in the outbox.
 * - `error`: an operation failed, or records were dropped.
 * - `suspended`: from now on other processes may take over this outbox's records.
 * - `resumed`: other processes may not do that any more. `takenOver` has the ids of the records that they have taken
 *   over.
 */
export type OutboxEvent =
  | { kind: 'orphaned' }
  | { kind: 'error'; error: KinesisError }
  | { kind: 'suspended' }
  | { kind: 'resumed'; takenOver: string[] };

export interface OutboxRecord {
  id: string;
  partitionKey: string;
  explicitHashKey?: string;
  data: Uint8Array;
  /** Milliseconds since 1970, by this host's clock. */
  putAt: number;
}

export interface IndexedDBOutboxOptions {
  /** Of the database. @default 'kinesis-edge' */
  name?: string;
  /**
   * Data plus keys of all tabs. Past it records that are larger than that by themselves are dropped, and then the
   * oldest, with a report.
   * @default 5_242_880 (5 MiB)
   */
  bytesMax?: number;
  /**
   * Records older than this in milliseconds are dropped, with a report. The age of what an earlier page has left counts
   * from the visit that finds it, because the device's clock may have been set since its `put`.
   * @default 604_800_000 (7 days)
   */
  ageMaxMs?: number;
  /**
   * Called when records are dropped, and when the database fails (`ERR_OUTBOX`). So is the `onError` of a producer that
   * has the outbox.
   */
  onError?: (error: KinesisError) => void;
}

export interface IndexedDBOutbox extends Outbox {
  watch(listener: (event: OutboxEvent) => void): () => void;
  /** Removes everything, of all tabs, and the database with it. */
  clear(): Promise<void>;
}
