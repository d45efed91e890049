import type { KinesisError } from '../core/error.js';

/**
 * Somewhere records wait: added when they are put, removed when they have settled, all of them put again by the next producer.
 * A record that fails for want of credentials stays.
 */
export interface Outbox {
  add(records: OutboxRecord[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
  /** Everything that is there for this process, in the order in which it was put. May be called again: a producer knows its own. */
  all(): Promise<OutboxRecord[]>;
  /** Optional: tells what happens by itself. Returns a function that ends it, and lets go of what the outbox holds. */
  watch?(listener: (news: OutboxNews) => void): () => void;
}

/**
 * - `left`: `all` has something new to give, which another process has left.
 * - `error`: something went wrong, or was dropped.
 * - `away`: others may take over what is here, until `back` names the records that they took.
 */
export type OutboxNews = { kind: 'left' } | { kind: 'error'; error: KinesisError } | { kind: 'away' } | { kind: 'back'; gone: string[] };

export interface OutboxRecord {
  id: string;
  partitionKey: string;
  explicitHashKey?: string;
  data: Uint8Array;
  /** Milliseconds since 1970, by this host's clock. */
  putAt: number;
}
