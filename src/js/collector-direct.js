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
  /** UTF-16 units of lines that have not settled. */
  #units = 0;
  #records = 0;

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
    const units = events.reduce((sum, { data }) => sum + data.length + KEY_UNITS_MAX, 0);
    // A unit has three bytes at most: mostly there is no need to count them.
    const isRoomy = (this.#units + units) * 3 <= this.#options.bufferBytesMax && this.#records + events.length <= this.#options.bufferRecordsMax;
    if (!isRoomy && !holds(this.#producer, events, this.#options)) throw full('the buffer is full');
    const delivered = this.#deliver(events, units);
    ctx?.waitUntil(delivered);
  }

  /**
   * @param {Taken[]} events
   * @param {number} units
   */
  async #deliver(events, units) {
    this.#units += units;
    this.#records += events.length;
    const { lost, code } = await this.#producer.attend(() => this.#put(events));
    this.#units -= units;
    this.#records -= events.length;
    if (lost > 0 && !this.#options.onError) console.error(`kinesis-edge/collector: ${lost} of ${events.length} events were not delivered: ${code}`);
  }

  /**
   * @param {Taken[]} events
   * @returns {Promise<{ lost: number, code: string | undefined }>} when all of them have settled
   */
  #put(events) {
    return new Promise((resolve) => {
      let open = events.length;
      let lost = 0;
      /** @type {string | undefined} */
      let code;
      this.#producer.putAll(events, (error) => {
        if (error) [lost, code] = [lost + 1, error.code];
        open -= 1;
        if (open === 0) resolve({ lost, code });
      });
    });
  }
}

const KEY_UNITS_MAX = 256;