import { pause } from '../core/abort.js';
import { Producer } from '../producer/producer.js';
import type { AcceptedEvent } from './accepted-event.js';
import { hasRoomFor } from './capacity.js';
import { isObject } from './json.js';
import type { CollectorSettings } from './options.js';
import type { CollectorBatch, CollectorMessage as Message } from './types.js';

/**
 * Consumes a Workers Queue: acknowledges a message when Kinesis has acknowledged every event in it, and returns it to
 * the queue otherwise.
 */
export class QueueConsumer {
  readonly #settings: CollectorSettings;
  /** Producers without records. Each serves one batch at a time, so that no batch waits for the requests of another. */
  readonly #idle: Producer[] = [];

  constructor(settings: CollectorSettings) {
    this.#settings = settings;
  }

  async consume({ messages }: CollectorBatch): Promise<void> {
    const producer = this.#idle.pop() ?? new Producer(this.#settings.producer);
    const pending = new Set(messages);
    const isDone = await this.#endsInTime(this.#deliver(producer, messages, pending));
    // A producer that still has records is dropped: the queue delivers them again, and in Workers its timers end with
    // this call.
    if (isDone) this.#idle.push(producer);
    for (const message of pending) message.retry({ delaySeconds: this.#delaySeconds(message.attempts ?? 1) });
    if (pending.size > 0) {
      console.error(`kinesis-edge/collector: ${pending.size} of ${messages.length} messages go back to the queue`);
    }
    pending.clear();
  }

  /** @param pending the messages that Kinesis has not acknowledged; it is empty when the time is over */
  async #deliver(producer: Producer, messages: readonly Message[], pending: Set<Message>): Promise<void> {
    const settling: Promise<void>[] = [];
    for (const message of messages) {
      const events = readMessage(message.body);
      if (!events || events.length === 0) continue;
      if (!hasRoomFor(producer, events)) await producer.flush();
      if (pending.size === 0) return;
      settling.push(deliverMessage(producer, message, events, pending));
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
    return Math.min(this.#settings.retryDelaySeconds * 2 ** (attempts - 1), DELAY_SECONDS_MAX);
  }
}

/** Puts the events of a message, and acknowledges it when all of them are delivered. */
function deliverMessage(
  producer: Producer,
  message: Message,
  events: AcceptedEvent[],
  pending: Set<Message>,
): Promise<void> {
  return new Promise((resolve) => {
    let open = events.length;
    let hasFailed = false;
    producer.putAll(events, (error) => {
      if (error) hasFailed = true;
      open -= 1;
      if (open > 0) return;
      if (!hasFailed && pending.delete(message)) message.ack();
      resolve();
    });
  });
}

/**
 * The events of a message: lines of JSON from the collector, or objects from any other program that writes to the
 * queue. `undefined` where the message cannot be read.
 */
function readMessage(body: unknown): AcceptedEvent[] | undefined {
  const lines = typeof body === 'string' ? body.split('\n') : [body].flat().map((event) => JSON.stringify(event));
  try {
    return lines.filter((line) => line !== '').map(toEvent);
  } catch {
    return undefined;
  }
}

function toEvent(line: string): AcceptedEvent {
  return { data: `${line}\n`, partitionKey: partitionKeyOf(JSON.parse(line)) };
}

function partitionKeyOf(event: unknown): string | undefined {
  if (!isObject(event)) throw new TypeError('an event is an object');
  return typeof event.anonymousId === 'string' ? event.anonymousId : undefined;
}

/**
 * A quarter of an hour. Kinesis is tried again soon after an outage, and 100 attempts, the most that a queue allows,
 * last a day: https://developers.cloudflare.com/queues/platform/limits/
 */
const DELAY_SECONDS_MAX = 900;
