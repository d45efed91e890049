import { pause } from '../core/abort.js';
import { isBuffer } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { findLostContent } from '../core/lost-content.js';
import { Producer } from '../producer/producer.js';
import type { AcceptedEvent } from './accepted-event.js';
import { hasRoomFor } from './capacity.js';
import { UnrepeatedLog } from './unrepeated-log.js';
import { type Countdown, countdown } from './countdown.js';
import type { DeliveryHealth } from './delivery-health.js';
import { summaryOf } from './error-summary.js';
import { isObject } from './json.js';
import type { CollectorSettings } from './options.js';
import type { CollectorBatch, CollectorMessage as Message } from './types.js';

/**
 * Consumes a Workers Queue: acknowledges a message when Kinesis has acknowledged every event in it, and returns it to
 * the queue otherwise.
 */
export class QueueConsumer {
  readonly #settings: CollectorSettings;
  readonly #health: DeliveryHealth;
  readonly #log = new UnrepeatedLog();
  /** Producers without records. Each serves one batch at a time, so that no batch waits for the requests of another. */
  readonly #idle: Producer[] = [];

  constructor(settings: CollectorSettings, health: DeliveryHealth) {
    this.#settings = settings;
    this.#health = health;
  }

  async consume({ messages }: CollectorBatch): Promise<void> {
    const producer = this.#idle.pop() ?? this.#newProducer();
    const pending = new Set(messages);
    const isDone = await this.#endsInTime(this.#deliver(producer, messages, pending));
    // A producer that still has records is dropped: the queue delivers them again, and in Workers its timers end with
    // this call.
    if (isDone) this.#idle.push(producer);
    else this.#health.settle(deliveryTimeout(this.#settings.deliveryMsMax));
    const late = [...pending];
    pending.clear();
    this.#retryAll(late);
  }

  /**
   * Returns messages to the queue. If that fails for one, throws after the last: the host then returns the whole batch.
   */
  #retryAll(messages: Message[]): void {
    const errors: unknown[] = [];
    for (const message of messages) {
      try {
        message.retry({ delaySeconds: this.#delaySeconds(message.attempts ?? 1) });
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Acknowledges a message whose events Kinesis has. If that fails, the queue may deliver the message again. */
  #acknowledge(message: Message): void {
    try {
      message.ack();
    } catch (error) {
      this.#log.write(`a message is delivered, and could not be acknowledged: ${summaryOf(error)}`);
    }
  }

  #newProducer(): Producer {
    const onFailure = () => this.#health.updateFailures(producer.stats);
    const producer: Producer = new Producer({ ...this.#settings.producer, onFailure });
    return producer;
  }

  /** @param pending the messages that Kinesis has not acknowledged; it is empty when the time is over */
  async #deliver(producer: Producer, messages: readonly Message[], pending: Set<Message>): Promise<void> {
    const settling: Promise<unknown>[] = [];
    for (const message of messages) {
      const events = readMessage(message.body);
      if (events.length === 0) {
        this.#log.write('messages that hold no events go back to the queue');
        continue;
      }
      const { settle, settled } = countdown(events.length, this.#health);
      if (!(await putWithinRoom(producer, events, settle, pending))) return;
      settling.push(
        settled.then((areDelivered) => areDelivered && pending.delete(message) && this.#acknowledge(message)),
      );
    }
    await producer.flush();
    await Promise.all(settling);
  }

  /** Whether the work ends within `deliveryMsMax`. */
  async #endsInTime(work: Promise<void>): Promise<boolean> {
    const timer = new AbortController();
    const timeout = pause(this.#settings.deliveryMsMax, timer.signal).then(
      () => false,
      () => false,
    );
    const isDone = await Promise.race([work.then(() => true), timeout]);
    timer.abort();
    return isDone;
  }

  #delaySeconds(attempts: number): number {
    const { retryDelaySeconds } = this.#settings;
    return Math.min(retryDelaySeconds * 2 ** (attempts - 1), Math.max(retryDelaySeconds, DELAY_SECONDS_MAX));
  }
}

/**
 * Puts events, after waiting for room in the buffer if necessary.
 * @returns false if the time of the batch has ended meanwhile, so that its messages went back to the queue
 */
async function putWithinRoom(
  producer: Producer,
  events: AcceptedEvent[],
  settle: Countdown['settle'],
  pending: Set<Message>,
): Promise<boolean> {
  if (!hasRoomFor(producer, events)) await producer.flush();
  // An empty buffer may take less than a message has.
  const parts = hasRoomFor(producer, events) ? [events] : events.map((event) => [event]);
  for (const part of parts) {
    if (!hasRoomFor(producer, part)) await producer.flush();
    if (pending.size === 0) return false;
    producer.putAll(part, settle);
  }
  return true;
}

/**
 * The events of a message: lines of JSON from the collector, or objects from any other program that writes to the
 * queue, which may send the lines as bytes. A message that cannot be read has no events.
 */
function readMessage(body: unknown): AcceptedEvent[] {
  try {
    const content = ArrayBuffer.isView(body) || isBuffer(body) ? UTF8.decode(body) : body;
    const lines = typeof content === 'string' ? content.split('\n') : [content].flat().map(toLine);
    return lines.filter((line) => line !== '').map(toEvent);
  } catch {
    return [];
  }
}

function toLine(event: unknown): string {
  const line = JSON.stringify(event);
  if (findLostContent(event, line)) throw new TypeError('an event has content that JSON leaves out');
  return line;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function toEvent(line: string): AcceptedEvent {
  return { data: `${line}\n`, partitionKey: partitionKeyOf(JSON.parse(line)) };
}

function partitionKeyOf(event: unknown): string | undefined {
  if (!isObject(event)) throw new TypeError('an event is an object');
  return typeof event.anonymousId === 'string' ? event.anonymousId : undefined;
}

function deliveryTimeout(ms: number): KinesisError {
  return new KinesisError('ERR_EXPIRED', `not delivered within ${ms} ms (deliveryMsMax)`);
}

/**
 * The longest delay, in seconds, unless `retryDelaySeconds` is longer. A quarter of an hour is short enough to deliver
 * soon after an outage, and long enough that 100 attempts, the most that a queue allows, last a day:
 * https://developers.cloudflare.com/queues/platform/limits/
 */
const DELAY_SECONDS_MAX = 900;
