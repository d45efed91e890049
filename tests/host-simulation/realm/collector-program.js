// A Worker with a collector, as `createCollector` makes it: each request and each batch of its queue runs in a scope of its own.
import { createCollector } from 'shim/collector/create-collector.ts';

export class CollectorProgram {
  #host;
  #handlers;

  constructor(host) {
    this.#host = host;
  }

  open({ hasQueue, ...options }) {
    const queue = { sendBatch: (messages) => this.#host.sendBatch(Array.from(messages, ({ body }) => body)) };
    this.#handlers = createCollector(() => ({ region: 'us-east-1', streamName: 'stream', allowedOrigins: '*', ...options, ...(hasQueue && { queue }) }));
  }

  async serve({ id, text, type }) {
    const bytes = new TextEncoder().encode(text);
    const headers = new Headers({ 'content-type': type, 'content-length': String(bytes.length), origin: 'https://shop.example' });
    const request = { url: 'https://collector.example/collect', method: 'POST', headers, body: bodyOf(bytes) };
    await this.#within(id, async (ctx) => {
      const response = await this.#handlers.fetch(request, {}, ctx);
      this.#host.goesOn(id, 'fetch');
      this.#host.responds(id, response.status, await response.text());
    });
  }

  async consume({ id, messages }) {
    const batch = messages.map(({ number, body, attempts }) => ({ body, attempts, ack: () => this.#host.ack(number), retry: () => this.#host.retry(number) }));
    await this.#within(id, (ctx) => this.#handlers.queue({ messages: batch }, {}, ctx));
  }

  reenter() {}

  async #within(id, work) {
    const untilEnd = [];
    await work({ waitUntil: (promise) => void untilEnd.push(promise) });
    await Promise.allSettled(untilEnd);
    this.#host.ends(id);
  }
}

/** A body of one chunk, as far as the collector uses a stream. */
function bodyOf(bytes) {
  const chunks = [bytes];
  const read = async () => (chunks.length > 0 ? { done: false, value: chunks.shift() } : { done: true });
  return { cancel: async () => void chunks.splice(0), getReader: () => ({ read, releaseLock() {}, cancel: async () => void chunks.splice(0) }) };
}

/** For the host: a promise of the realm. */
export function promiseOf(begin) {
  return new Promise(begin);
}
