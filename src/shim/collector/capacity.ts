import type { Producer } from '../producer/producer.js';
import type { AcceptedEvent } from './accepted-event.js';
import { byteLength } from './utf8.js';

/** Whether a producer's buffer has room for all of these events. */
export function hasRoomFor(producer: Producer, events: AcceptedEvent[]): boolean {
  const { length } = events;
  // A UTF-16 unit takes three bytes at most in UTF-8. Mostly there is room for that, and no bytes need be counted.
  if (producer.hasRoomFor(length, 3 * sizeOf(events, unitLength))) return true;
  return producer.hasRoomFor(length, sizeOf(events, byteLength));
}

/** The size of all data and partition keys. */
function sizeOf(events: AcceptedEvent[], measure: (text: string) => number): number {
  const sizeOfKey = (key: string | undefined) => (key ? measure(key) : RANDOM_KEY_BYTES);
  return events.reduce((sum, { data, partitionKey }) => sum + measure(data) + sizeOfKey(partitionKey), 0);
}

function unitLength(text: string): number {
  return text.length;
}

/** A random key is a decimal of up to 39 digits. */
const RANDOM_KEY_BYTES = 39;
