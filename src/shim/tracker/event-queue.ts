import type { OutgoingEvent } from './transport.js';

/** An event that waits for a collector. */
export interface QueuedEvent extends OutgoingEvent {
  /** Bytes of its line of JSON. */
  bytes: number;
  /** Whether an earlier page has stored it with the server's time. */
  isCorrected: boolean;
  /** Whether a request with it is in flight. */
  isInFlight?: boolean;
  /** Resolves when the event was accepted, refused or taken over. */
  settled: Promise<void>;
  settle: () => void;
}

export function toQueuedEvent(event: OutgoingEvent, bytes: number): QueuedEvent {
  let settle!: () => void;
  const settled = new Promise<void>((resolve) => (settle = resolve));
  return { ...event, bytes, isCorrected: typeof event.offsetMs === 'number', settled, settle };
}

/**
 * The first events that are not in flight, as many as one request may have: all are corrected, or none is.
 * @param bytesMax most bytes of all of them: an event that does not fit is left out. `BODY_BYTES_MAX` limits them too,
 *   but a single event may exceed that.
 */
export function nextBatch(events: Iterable<QueuedEvent>, countMax: number, bytesMax: number): QueuedEvent[] {
  const batch: QueuedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (event.isInFlight) continue;
    if (batch[0] && batch[0].isCorrected !== event.isCorrected) continue;
    if (bytes + event.bytes > bytesMax) continue;
    if (batch.length === countMax || (batch.length > 0 && bytes + event.bytes > BODY_BYTES_MAX)) break;
    bytes += event.bytes;
    batch.push(event);
  }
  return batch;
}

/** Most bytes of one request's body: small enough for `keepalive`. */
export const BODY_BYTES_MAX = 48 * 1024;
