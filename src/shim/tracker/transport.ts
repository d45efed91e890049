import { indexedDBOutbox } from '../outbox/indexeddb.js';
import type { KinesisError } from '../core/error.js';
import { type InternalHooks, streamOf } from '../producer/internal-hooks.js';
import type { IndexedDBOutbox } from '../outbox/types.js';
import type { Options } from './options.js';
import type { Reporter } from './reporter.js';
import type { ServerClock } from './server-clock.js';

/** Delivers events: to Kinesis by a producer, or to a collector. */
export interface Transport {
  put(event: OutgoingEvent): void;
  /**
   * Resolves when everything put so far is delivered or given up. With `keepalive` requests outlive the page.
   * `isLeaving` says that the page becomes hidden now: requests that have failed before do not delay this one.
   */
  flush(options?: { keepalive?: boolean; isLeaving?: boolean }): Promise<unknown>;
  /** Drops all events that are not delivered, aborts requests, and deletes the outbox. */
  dropEvents(): Promise<void>;
  close(): void;
}

export interface TransportOptions {
  /** Whether undelivered events are kept in an outbox. */
  persist: boolean;
  reporter: Reporter;
}

/**
 * An event without its timestamp, which is written when the event is sent: the server's time may be learned until then.
 */
export interface OutgoingEvent {
  /** The event's `messageId`. */
  id: string;
  partitionKey: string;
  /** When it happened, in milliseconds by the page's clock. */
  putAt: number;
  /** Set by `beforeSend`. It replaces the server's time. `null` where it comes from the outbox. */
  timestamp?: string | null | undefined;
  /** Server time minus page time, where another page has stored the event. */
  offsetMs?: number | null | undefined;
  /** The other members as JSON, without the opening brace. */
  text: string;
}

/** The event as a line of JSON. */
export function toLine({ putAt, timestamp, offsetMs, text }: OutgoingEvent, clock: ServerClock): string {
  return `{"timestamp":"${timestamp ?? clock.iso(putAt, offsetMs)}",${text}\n`;
}

/** @param name of the database */
export function openOutbox(name: string, onError?: (error: KinesisError) => void): IndexedDBOutbox {
  return indexedDBOutbox({ name, ...(onError && { onError }) });
}

export type Target = Pick<Options, 'collectorUrl' | 'producer'>;

/** The collector's URL, or the stream. A stand-in for a producer has none. */
export function targetOf({ collectorUrl, producer }: Target): string | URL | undefined {
  return collectorUrl ?? (producer as InternalHooks | undefined)?.[streamOf];
}

/** @param target each has an outbox of its own */
export function outboxName(target: string | URL): string {
  return OUTBOX_PREFIX + (typeof target === 'string' ? target : target.origin + target.pathname);
}

/** What names of outboxes begin with. */
export const OUTBOX_PREFIX = 'kinesis-edge-tracker ';
