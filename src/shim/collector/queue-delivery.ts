import { inTime } from '../core/in-time.js';
import { KinesisError } from '../core/error.js';
import type { AcceptedEvent } from './accepted-event.js';
import { UnrepeatedLog } from './unrepeated-log.js';
import type { Delivery } from './delivery.js';
import { summaryOf } from './error-summary.js';
import { waitUntilSettled } from './wait-until.js';
import { serviceUnavailable } from './refusal.js';
import type { CollectorContext, QueueBinding } from './types.js';
import { byteLength } from './utf8.js';

interface Message {
  body: string;
  bytes: number;
}

/** Sends events to a Workers Queue before the response, many in each message. */
export class QueueDelivery implements Delivery {
  readonly #queue: QueueBinding;
  readonly #log = new UnrepeatedLog();
  /** Until when the collector counts as full after a failure, in milliseconds since 1970. */
  #fullUntil = 0;

  constructor(queue: QueueBinding) {
    this.#queue = queue;
  }

  isFull(): boolean {
    return Date.now() < this.#fullUntil;
  }

  updateHealth(): void {}

  async deliver(events: AcceptedEvent[], ctx: CollectorContext | undefined): Promise<void> {
    const sent = this.#send(events);
    const settled = sent.catch(() => {});
    // The batches are sent even when the client disconnects.
    waitUntilSettled(ctx, settled);
    try {
      await sent;
      this.#fullUntil = 0;
      this.#log.clear();
    } catch (error) {
      this.#fullUntil = Date.now() + FULL_MS;
      this.#log.write(`the queue accepts no events: ${summaryOf(error)}`);
      throw serviceUnavailable('the queue accepts no more now');
    }
  }

  async #send(events: AcceptedEvent[]): Promise<void> {
    for (const bodies of batchesOf(messagesOf(events))) {
      await this.#sendBatch(bodies.map((body) => ({ body, contentType: 'text' })));
    }
  }

  /** Rejects where the queue fails, or has not answered in time. */
  async #sendBatch(messages: { body: string; contentType: 'text' }[]): Promise<void> {
    const sent = (async () => this.#queue.sendBatch(messages))();
    await inTime(sent, ANSWER_MS_MAX, () => {
      throw new KinesisError('ERR_TIMEOUT', `sendBatch has not settled within ${ANSWER_MS_MAX} ms`);
    });
  }
}

/** JSON Lines, as many in a message as its limit allows. */
function messagesOf(events: AcceptedEvent[]): Message[] {
  const messages: Message[] = [];
  for (const { data } of events) {
    const bytes = byteLength(data);
    const last = messages.at(-1);
    if (last && last.bytes + bytes <= MESSAGE_BYTES_MAX) {
      last.body += data;
      last.bytes += bytes;
    } else messages.push({ body: data, bytes });
  }
  return messages;
}

function* batchesOf(messages: Message[]): Generator<string[], void> {
  let batch: string[] = [];
  let total = 0;
  for (const { body, bytes } of messages) {
    if (batch.length === BATCH_MESSAGES_MAX || total + bytes > BATCH_BYTES_MAX) {
      yield batch;
      [batch, total] = [[], 0];
    }
    batch.push(body);
    total += bytes;
  }
  if (batch.length > 0) yield batch;
}

// The queue allows 128 KB in a message, and 100 messages and 256 KB in a batch. It adds about 100 bytes to each
// message: https://developers.cloudflare.com/queues/platform/limits/
const MESSAGE_BYTES_MAX = 120_000;
const BATCH_MESSAGES_MAX = 100;
const BATCH_BYTES_MAX = 240_000;
/**
 * How long the collector counts as full after a failure of the queue, in milliseconds: without a request nothing shows
 * that the queue works again, and a router that looks at `/health` sends none while it is full.
 */
const FULL_MS = 60_000;
/** How long a request waits for the queue to take a batch, in milliseconds. */
const ANSWER_MS_MAX = 10_000;
