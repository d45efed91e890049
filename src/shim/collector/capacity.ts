import { RANDOM_KEY_BYTES } from '../core/limits.js';
import { bytesAtMost } from '../core/packed-batch.js';
import type { Producer } from '../producer/producer.js';
import type { AcceptedEvent } from './accepted-event.js';
import { byteLength } from './utf8.js';

/** What events take of a producer's buffer. */
export interface Size {
  records: number;
  bytes: number;
}

/** Whether a producer's buffer has room for all of these events. */
export function hasRoomFor(producer: Producer, events: AcceptedEvent[]): boolean {
  const { length } = events;
  // Mostly there is room for the most bytes that the texts may have, and none need be counted.
  const bytesMax = events.reduce((sum, { data, partitionKey = '' }) => sum + bytesAtMost(data, partitionKey), 0);
  return producer.hasRoomFor(length, bytesMax) || producer.hasRoomFor(length, sizeOf(events).bytes);
}

/** The bytes are those of all data and partition keys. */
export function sizeOf(events: AcceptedEvent[]): Size {
  const sizeOfKey = (key: string | undefined) => (key ? byteLength(key) : RANDOM_KEY_BYTES);
  const bytes = events.reduce((sum, { data, partitionKey }) => sum + byteLength(data) + sizeOfKey(partitionKey), 0);
  return { records: events.length, bytes };
}
