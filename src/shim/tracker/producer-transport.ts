import { type InternalHooks, applyDefaults, dropRecords } from '../producer/internal-hooks.js';
import type { KinesisError } from '../core/error.js';
import { Latch } from '../core/latch.js';
import { RECORD_ATTEMPTS_MAX } from '../core/limits.js';
import type { IndexedDBOutbox } from '../outbox/types.js';
import type { Producer } from '../producer/producer.js';
import type { Reporter } from './reporter.js';
import type { ServerClock } from './server-clock.js';
import {
  type OutgoingEvent,
  type Transport,
  type TransportOptions,
  openOutbox,
  outboxName,
  toLine,
} from './transport.js';

/**
 * Sends events to Kinesis by a producer. Where the producer's user has set nothing else, it aggregates by partition
 * key, and with an outbox it tries records for `WEEK_MS`, or `RECORD_ATTEMPTS_MAX` times.
 */
export class ProducerTransport implements Transport {
  readonly #producer: Producer & InternalHooks;
  readonly #clock: ServerClock;
  readonly #reporter: Reporter;
  #outbox: IndexedDBOutbox | undefined;
  /** The partition keys of all events since the last call of `dropEvents`. */
  readonly #partitionKeys = new Set<string>();

  constructor(producer: Producer & InternalHooks, { persist, reporter }: TransportOptions, clock: ServerClock) {
    this.#producer = producer;
    this.#clock = clock;
    this.#reporter = reporter;
    const makeOutbox = persist
      ? (stream: string) => (this.#outbox = openOutbox(outboxName(stream), reporter.report))
      : undefined;
    const limits = persist && { recordTtlMs: WEEK_MS, recordAttemptsMax: RECORD_ATTEMPTS_MAX };
    const { logger } = reporter;
    producer[applyDefaults]?.({ aggregation: 'key', ...limits, ...(logger && { logger }) }, makeOutbox);
  }

  put(event: OutgoingEvent): void {
    // A producer that the page has used before may know the time already.
    if (this.#partitionKeys.size === 0) this.#learnTime();
    this.#partitionKeys.add(event.partitionKey);
    const record = this.#producer.put(toLine(event, this.#clock), { partitionKey: event.partitionKey });
    record.then(
      () => {
        // The producer has just read the server's clock from a response. Later it may only estimate its offset: a clock
        // that was set looks like a device that has slept.
        this.#learnTime();
        this.#reporter.logOutcome('delivered', event.id);
      },
      (error: KinesisError) => {
        this.#reporter.logOutcome(`given up here: ${error.message}`, event.id);
        // With ERR_ABORTED the record was dropped, or another page has taken it over and delivers it.
        if (error.code !== 'ERR_ABORTED') this.#reporter.report(error);
      },
    );
  }

  #learnTime(): void {
    const { clockOffsetMs } = this.#producer.stats;
    if (clockOffsetMs) this.#clock.set(clockOffsetMs);
  }

  flush({ keepalive = false } = {}): Promise<unknown> {
    return this.#producer.flush({ keepalive });
  }

  async dropEvents(): Promise<void> {
    const cleared = new Latch();
    try {
      // One call drops the events of all visitors and those of earlier pages: between two calls some could be sent.
      const partitionKeys = new Set(this.#partitionKeys);
      // Cleared before the wait, because keys that are added during the wait belong to the next call.
      this.#partitionKeys.clear();
      try {
        await this.#producer[dropRecords]?.(partitionKeys, this.#outbox && cleared.wait());
      } finally {
        await this.#outbox?.clear();
      }
    } finally {
      cleared.open();
    }
  }

  /** The producer belongs to its user. */
  close(): void {}
}

const WEEK_MS = 7 * 86_400_000;
