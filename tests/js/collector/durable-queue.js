// A queue that outlives its process, for tests: messages lie in the storage of a Durable Object, and come to the consumer as
// Cloudflare's queue hands them over, through the `queue` event of a Worker with its acks and retries. It says nothing of how
// durable Cloudflare's own queue is; it shows what the collector does with the promises that a queue makes.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

const BATCH = 20;

/** The binding. */
export class Queue extends WorkerEntrypoint {
  sendBatch(messages) {
    return this.env.STORE.getByName('queue').sendBatch(messages);
  }
}

export class Store extends DurableObject {
  /** Passed on, and not yet acknowledged. */
  #unacknowledged = new Set();
  #isRunning = false;

  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0)');
  }

  sendBatch(messages) {
    for (const { body } of messages) this.sql.exec('INSERT INTO messages (body) VALUES (?)', body);
    this.start();
  }

  left() {
    return this.sql.exec('SELECT count(*) AS count FROM messages').one().count;
  }

  start() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run().finally(() => (this.#isRunning = false));
  }

  async #run() {
    while (this.left() > 0) {
      const due = [...this.sql.exec('SELECT id, body, attempts FROM messages WHERE due <= ? ORDER BY id LIMIT ?', Date.now(), BATCH + this.#unacknowledged.size)].filter(({ id }) => !this.#unacknowledged.has(id)).slice(0, BATCH);
      if (due.length === 0 || this.#unacknowledged.size >= 5 * BATCH) await new Promise((resolve) => setTimeout(resolve, 20));
      else this.#hand(due);
    }
  }

  async #hand(messages) {
    for (const { id } of messages) this.#unacknowledged.add(id);
    const sent = messages.map(({ id, body, attempts }) => ({ id: String(id), timestamp: new Date(), attempts: attempts + 1, body }));
    const { outcome, retryBatch, retryMessages } = await this.env.COLLECTOR.queue('events', sent).catch(() => ({ outcome: 'exception' }));
    const again = new Map(retryMessages?.map(({ msgId, delaySeconds }) => [Number(msgId), delaySeconds ?? 0]));
    const isDone = (id) => outcome === 'ok' && !retryBatch.retry && !again.has(id);
    for (const { id } of messages) {
      this.#unacknowledged.delete(id);
      // As with Cloudflare's: a message of a handler that has returned is acknowledged, unless it asked for it again.
      if (isDone(id)) this.sql.exec('DELETE FROM messages WHERE id = ?', id);
      else this.sql.exec('UPDATE messages SET attempts = attempts + 1, due = ? WHERE id = ?', Date.now() + (again.get(id) ?? 0) * 1000, id);
    }
  }
}

export default {
  /** How many messages there are. The request also starts the queue after a restart. */
  async fetch(request, env) {
    const store = env.STORE.getByName('queue');
    await store.start();
    return Response.json(await store.left());
  },
};
