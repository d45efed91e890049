import { RECORD_ATTEMPTS_MAX } from '../core/limits.js';
import { inTime } from '../core/in-time.js';
import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import { Producer } from '../producer/producer.js';
import type { AcceptedEvent } from './accepted-event.js';
import { type Size, hasRoomFor, sizeOf } from './capacity.js';
import { UnrepeatedLog } from './unrepeated-log.js';
import { countdown } from './countdown.js';
import type { DeliveryHealth } from './delivery-health.js';
import type { Delivery } from './delivery.js';
import { waitUntilSettled } from './wait-until.js';
import type { CollectorSettings } from './options.js';
import { Refusal, serviceUnavailable } from './refusal.js';
import type { CollectorContext } from './types.js';

/**
 * Sends events to Kinesis after the response. Until then they wait in the isolate's memory, in one producer for all
 * requests.
 */
export class DirectDelivery implements Delivery {
  readonly #settings: CollectorSettings;
  readonly #health: DeliveryHealth;
  readonly #producer: Producer;
  readonly #log = new UnrepeatedLog();
  /**
   * The size of the last body that was refused because the buffer was full; `undefined` where a later one was accepted.
   */
  #refused: Size | undefined;

  constructor(settings: CollectorSettings, health: DeliveryHealth) {
    this.#settings = settings;
    this.#health = health;
    const { recordAttemptsMax = RECORD_ATTEMPTS_MAX } = settings.producer;
    // Each event was answered with 202: it is given up only for its age, also where the operator has to repair the
    // cause.
    this.#producer = new Producer({
      ...settings.producer,
      recordAttemptsMax,
      retriesOperatorErrors: true,
      onFailure: () => this.updateHealth(),
    });
  }

  isFull(): boolean {
    const { bufferBytesMax } = this.#settings.producer;
    const largest = { records: 1, bytes: Math.min(this.#settings.eventBytesMax, bufferBytesMax) };
    return [this.#refused ?? largest, largest].some(({ records, bytes }) => !this.#producer.hasRoomFor(records, bytes));
  }

  updateHealth(): void {
    this.#health.update(this.#producer.stats);
  }

  deliver(events: AcceptedEvent[], ctx: CollectorContext | undefined): Promise<void> | void {
    if (!hasRoomFor(this.#producer, events)) throw this.#refuse(sizeOf(events));
    this.#refused = undefined;
    const { settled, settle } = countdown(events.length, this.#health);
    // The core has copies of the events: nothing here holds them while they wait.
    const done = this.#producer.pollUntilSettled(() => {
      this.#producer.putAll(events, settle);
      return settled;
    });
    const isAlive = waitUntilSettled(ctx, done) || (!ctx && !WORK_ENDS_WITH_INVOCATION);
    return isAlive ? undefined : this.#waitFor(done);
  }

  /** The request ends with its response: the response waits for the events, and says what has become of them. */
  async #waitFor(done: Promise<boolean>): Promise<void> {
    this.#log.write(
      'responses wait for Kinesis, as ctx has no waitUntil that works: give fetch the ctx of its request',
    );
    const areDelivered = await inTime(done, DELIVERY_MS_MAX, () => false).catch(() => false);
    if (!areDelivered) throw serviceUnavailable('the events are not delivered');
  }

  #refuse(size: Size): Refusal {
    const { bufferBytesMax, bufferRecordsMax } = this.#settings.producer;
    if (size.records > bufferRecordsMax || size.bytes > bufferBytesMax) {
      const limits = `bufferRecordsMax is ${bufferRecordsMax}, bufferBytesMax is ${bufferBytesMax}`;
      return new Refusal(413, `the events are more than the buffer can ever take (${limits}): send fewer at once`);
    }
    this.#refused = size;
    return serviceUnavailable('the buffer is full');
  }
}

/** How long a response waits for the events where nothing else keeps the request alive, in milliseconds. */
const DELIVERY_MS_MAX = 30_000;
