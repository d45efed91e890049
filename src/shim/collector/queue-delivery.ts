import { full } from './answer.js';
import { bytesOf } from './room.js';

/**
 * Queue mode: a request is answered when Cloudflare's queue has its events, many in one message.
 * @typedef {import('./worker.js').Taken} Taken
 */
export class Queued {
  #queue;

  /** @param {NonNullable<import('../types/collector.js').CollectorOptions['queue']>} queue */
  constructor(queue) {
    this.#queue = queue;
  }

  isFull() {
    return false;
  }

  /**
   * @param {Taken[]} events
   * @param {import('../types/collector.js').CollectorContext | undefined} ctx
   */
  async take(events, ctx) {
    const sent = this.#send(events);
    // A client that leaves does not stop what is on its way to the queue.
    ctx?.waitUntil(sent.catch(() => {}));
    try {
      await sent;
    } catch {
      throw full('the queue does not take more now');
    }
  }

  /** @param {Taken[]} events */
  async #send(events) {
    for (const messages of batches(pack(events))) await this.#queue.sendBatch(messages.map((body) => ({ body, contentType: 'text' })));
  }
}

/**
 * JSON Lines, as many to a message as it holds.
 * @param {Taken[]} events
 */
function pack(events) {
  /** @type {{ body: string, bytes: number }[]} */
  const messages = [];
  for (const { data: line } of events) {
    const bytes = bytesOf(line);
    const last = messages.at(-1);
    if (last && last.bytes + bytes <= MESSAGE_BYTES_MAX) {
      last.body += line;
      last.bytes += bytes;
    } else messages.push({ body: line, bytes });
  }
  return messages;
}

/** @param {{ body: string, bytes: number }[]} messages */
function* batches(messages) {
  /** @type {string[]} */
  let batch = [];
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

// 128 KB a message, 100 messages and 256 KB a batch, and about 100 bytes of each are the queue's own:
// https://developers.cloudflare.com/queues/platform/limits/
const MESSAGE_BYTES_MAX = 120_000;
const BATCH_MESSAGES_MAX = 100;
const BATCH_BYTES_MAX = 240_000;
