import type { AcceptedEvent } from './accepted-event.js';
import { removeField } from './field-path.js';
import type { JsonObject } from './json.js';
import type { CollectorSettings } from './options.js';
import { readRequestFacts } from './request-facts.js';
import { mayNeedSanitizing, sanitize } from './sanitizer.js';
import { findViolation } from './schema.js';
import { formatTimestamp, normalizeTimestamp } from './timestamp.js';
import { byteLength } from './utf8.js';
import type { Validator } from './validator.js';

/** Checks the events of a request, corrects their timestamps, and adds the facts of the request. */
export class EventEnricher {
  /** The collector's clock in ISO 8601. */
  declare readonly serverTime: string;
  readonly #settings: CollectorSettings;
  readonly #validator: Validator;
  /** How far the client's clock is ahead, in milliseconds. */
  readonly #aheadMs: number;
  readonly #facts: JsonObject | undefined;

  /** @param sentAt the client's clock in milliseconds, when it sent the request */
  constructor(request: Request, settings: CollectorSettings, validator: Validator, sentAt: string | null) {
    const now = Date.now();
    this.#settings = settings;
    this.#validator = validator;
    this.serverTime = new Date(now).toISOString();
    this.#aheadMs = clockAheadMs(sentAt, now);
    this.#facts = settings.enrich ? (readRequestFacts(request) as JsonObject) : undefined;
  }

  /** @returns the event for the stream, or the reason why it is refused */
  enrich(received: JsonObject): AcceptedEvent | string {
    const { timestamp } = received;
    const event = findViolation(received) ?? this.#validator.validate(received);
    if (typeof event === 'string') return event;
    // The client's clock has made this timestamp, unless `validate` has set another.
    let enriched = this.#withFacts(event, isSameTime(event.timestamp, timestamp) ? this.#aheadMs : 0);
    let line = JSON.stringify(enriched);
    if (mayNeedSanitizing(line)) {
      enriched = sanitize(enriched);
      line = JSON.stringify(enriched);
    }
    if (this.#isTooLarge(event, line)) return `it is larger than ${this.#settings.eventBytesMax} bytes`;
    return { data: `${line}\n`, partitionKey: (enriched.anonymousId as string | null | undefined) ?? undefined };
  }

  /** A copy with what is added. Copying by spread keeps the client's field names away from setters. */
  #withFacts(event: JsonObject, aheadMs: number): JsonObject {
    const enriched: JsonObject = { ...event };
    enriched.messageId ??= crypto.randomUUID();
    enriched.timestamp = this.#correctTimestamp(event.timestamp as string | null | undefined, aheadMs);
    if (this.#facts) {
      enriched.receivedAt = this.serverTime;
      const context: JsonObject = { ...(event.context as JsonObject | null | undefined) };
      for (const name in this.#facts) context[name] = this.#facts[name];
      enriched.context = context;
    }
    for (const path of this.#settings.dropFields) removeField(enriched, path);
    return enriched;
  }

  /**
   * A correction that makes it no time of four-digit years comes from a `sentAt` that is no clock's, and is left out.
   */
  #correctTimestamp(timestamp: string | null | undefined, aheadMs: number): string {
    const time = typeof timestamp === 'string' ? normalizeTimestamp(timestamp) : undefined;
    if (time === undefined) return this.serverTime;
    if (aheadMs === 0) return time;
    return formatTimestamp(Date.parse(time) - aheadMs) ?? time;
  }

  /** The limit is for the event alone, as JSON without white space. Only a line that could exceed it is measured. */
  #isTooLarge(event: JsonObject, line: string): boolean {
    const { eventBytesMax } = this.#settings;
    return line.length * 3 > eventBytesMax && byteLength(JSON.stringify(event)) > eventBytesMax;
  }
}

/** Two texts may be one time. */
function isSameTime(one: unknown, other: unknown): boolean {
  return one === other || Date.parse(`${one}`) === Date.parse(`${other}`);
}

/** A small difference is the time that the request took, and counts as none. */
function clockAheadMs(sentAt: string | null, now: number): number {
  if (sentAt === null || !/^\d{1,15}$/.test(sentAt)) return 0;
  const ahead = Number(sentAt) - now;
  return Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

const CLOCK_TOLERANCE_MS = 2000;
