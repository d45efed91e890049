import { full } from './collector-answer.js';
import { holds } from './collector-room.js';
import { Producer } from './producer.js';

/**
 * Direct mode: events wait in the memory of the isolate, in one producer for all its requests, and go to Kinesis after the answer.
 * @typedef {import('./collector-worker.js').Taken} Taken
 */
export class Direct {
  #producer;
  #options;

  /** @param {import('./collector-options.js').CollectorSettings} options */
  constructor({ producer }) {
    this.#options = producer;
    this.#producer = new Producer(producer);
  }

  isFull() {
    const { bytesBuffered, recordsBuffered } = this.#producer.stats;
    return bytesBuffered >= this.#options.bufferBytesMax || recordsBuffered >= this.#options.bufferRecordsMax;
  }

  /**
   * Takes all of them or none. The request is kept alive for them before anything is waited for: a client that leaves takes
   * nothing with it.
   * @param {Taken[]} events
   * @param {import('./collector.js').CollectorContext | undefined} ctx
   */
  async take(events, ctx) {
    if (!holds(this.#producer, events, this.#options)) throw full('the buffer is full');
    const outcomes = events.map(({ line, partitionKey }) => outcomeOf(this.#producer.put(line, partitionKey === undefined ? {} : { partitionKey })));
    ctx?.waitUntil(this.#deliver(outcomes));
  }

  /**
   * Events of many requests share a Kinesis request, which one of them sends. In Workers that one may have ended, and what it
   * started with it: then this one sends by itself.
   * @param {Promise<string | undefined>[]} outcomes
   */
  async #deliver(outcomes) {
    let timer;
    const settled = Promise.all(outcomes);
    const late = new Promise((resolve) => (timer = setTimeout(resolve, this.#options.lingerMs + LATE_MS)));
    const inTime = await Promise.race([settled, late]);
    clearTimeout(timer);
    if (!inTime) await this.#producer.flush();
    this.#report(await settled);
  }

  /** @param {(string | undefined)[]} outcomes */
  #report(outcomes) {
    const lost = outcomes.filter((code) => code !== undefined);
    if (lost.length > 0 && !this.#options.onError) console.error(`kinesis-edge/collector: ${lost.length} of ${outcomes.length} events were not delivered: ${lost[0]}`);
  }
}

/**
 * @param {Promise<unknown>} put
 * @returns {Promise<string | undefined>} the code of the error
 */
function outcomeOf(put) {
  return put.then(() => undefined, (error) => String(error.code));
}

/** What an answer of Kinesis may take before a request sends for itself. */
const LATE_MS = 250;
