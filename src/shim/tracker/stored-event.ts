import { toJson } from '../core/json.js';
import type { OutboxRecord } from '../outbox/types.js';
import type { OutgoingEvent } from './transport.js';

/**
 * An event as the outbox has it: the timestamp that `beforeSend` has set and the server's offset, as JSON in a line of
 * its own, and then the other members.
 */
export function toStoredData({ timestamp, text }: OutgoingEvent, offsetMs: number | undefined): Uint8Array {
  return new TextEncoder().encode(`${toJson([timestamp, offsetMs])}\n${text}`);
}

/** The event of an outbox. Throws where it cannot be read: any script of the origin may have written it. */
export function readStoredEvent({ data, ...record }: OutboxRecord): OutgoingEvent {
  // Neither part has another newline.
  const [times, text] = new TextDecoder().decode(data).split('\n') as [string, string];
  const [timestamp, offsetMs] = JSON.parse(times);
  JSON.parse(`{${text}`);
  // Throws where that is no time.
  new Date(record.putAt + (offsetMs ?? 0)).toISOString();
  return { ...record, timestamp, offsetMs, text };
}
