import { pause } from '../client/attempt.js';
import { isObject } from './json.js';
import { holds } from './room.js';
import { Producer } from '../producer/producer.js';

/**
 * @typedef {import('./worker.js').Taken} Taken
 * @typedef {import('../types/collector.js').CollectorMessage} Message
 */

/** The other end of the queue: a message leaves it when Kinesis has acknowledged every event in it, and comes again otherwise. */
export class Consumer {
  #options;
  /** Producers that hold nothing. Each serves one batch at a time, so that no batch waits on another's requests. @type {Producer[]} */
  #idle = [];

  /** @param {import('./options.js').CollectorSettings} options */
  constructor(options) {
    this.#options = options;
  }

  /** @param {{ messages: readonly Message[] }} batch */
  async drain({ messages }) {
    const producer = this.#idle.pop() ?? new Producer(this.#options.producer);
    const open = new Set(messages);
    const isDone = await this.#within(this.#deliver(producer, messages, open));
    // One that still holds what is late is dropped, as that comes again from the queue: in Workers its timers end with this call.
    if (isDone) this.#idle.push(producer);
    for (const message of open) message.retry({ delaySeconds: this.#delaySeconds(message.attempts ?? 1) });
    if (open.size > 0) console.error(`kinesis-edge/collector: ${open.size} of ${messages.length} messages go back to the queue`);
    open.clear();
  }

  /**
   * @param {Producer} producer
   * @param {readonly Message[]} messages
   * @param {Set<Message>} open those that Kinesis has not acknowledged; empty when it is too late
   */
  async #deliver(producer, messages, open) {
    const settling = [];
    for (const message of messages) {
      const events = eventsOf(message.body);
      if (!events || events.length === 0) continue;
      if (!holds(producer, events)) await producer.flush();
      if (open.size === 0) return;
      settling.push(deliverOne(producer, message, events, open));
    }
    await producer.flush();
    await Promise.all(settling);
  }

  /**
   * @param {Promise<void>} work
   * @returns {Promise<boolean>} whether it was done in time
   */
  async #within(work) {
    const late = new AbortController();
    const tooLate = pause(this.#options.deliveryMsMax, late.signal).then(() => false, () => false);
    const isDone = await Promise.race([work.then(() => true), tooLate]);
    late.abort();
    return isDone;
  }

  /** @param {number} attempts */
  #delaySeconds(attempts) {
    return Math.min(this.#options.retryDelaySeconds * 2 ** (attempts - 1), DELAY_SECONDS_MAX);
  }
}

/**
 * @param {Producer} producer
 * @param {Message} message
 * @param {Taken[]} events
 * @param {Set<Message>} open
 */
function deliverOne(producer, message, events, open) {
  return /** @type {Promise<void>} */ (new Promise((resolve) => {
    let left = events.length;
    let isLost = false;
    producer.putAll(events, (error) => {
      if (error) isLost = true;
      left -= 1;
      if (left > 0) return;
      if (!isLost && open.delete(message)) message.ack();
      resolve();
    });
  }));
}

/**
 * The events of a message: the lines that the collector sent, or objects of whoever else writes to the queue.
 * @param {unknown} body
 * @returns {Taken[] | undefined} nothing where it cannot be read
 */
function eventsOf(body) {
  const lines = typeof body === 'string' ? body.split('\n').filter((line) => line !== '') : [body].flat().map((event) => JSON.stringify(event));
  try {
    return lines.map((line) => ({ data: `${line}\n`, partitionKey: keyOf(JSON.parse(line)) }));
  } catch {
    return undefined;
  }
}

/** @param {unknown} event */
function keyOf(event) {
  if (!isObject(event)) throw new TypeError('an event is an object');
  return typeof event.anonymousId === 'string' ? event.anonymousId : undefined;
}

/** A quarter of an hour: Kinesis is tried again soon after it is back, and 100 retries, the most there are, last a day. */
const DELAY_SECONDS_MAX = 900;
