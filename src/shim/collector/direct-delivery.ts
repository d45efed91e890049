import { full } from './answer.js';
import { holds } from './room.js';
import { Producer } from '../producer/producer.js';

/**
 * Direct mode: events wait in the memory of the isolate, in one producer for all its requests, and go to Kinesis after the answer.
 * @typedef {import('./worker.js').Taken} Taken
 * @typedef {{ count: number, lost: number, code: string | undefined }} Outcome
 */
export class Direct {
  #producer;
  #options;

  /** @param {import('./options.js').CollectorSettings} options */
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
   * @param {import('../types/collector.js').CollectorContext | undefined} ctx
   */
  take(events, ctx) {
    if (!holds(this.#producer, events)) throw full('the buffer is full');
    const { settled, settle } = tally(events.length);
    const attended = this.#producer.attend(() => {
      this.#producer.putAll(events, settle);
      return settled;
    });
    ctx?.waitUntil(this.#deliver(attended));
  }

  /** @param {Promise<Outcome>} attended all that is held on to until then: the core has the events */
  async #deliver(attended) {
    const { count, lost, code } = await attended;
    if (lost > 0 && !this.#options.onError) console.error(`kinesis-edge/collector: ${lost} of ${count} events were not delivered: ${code}`);
  }
}

/**
 * Counts down to when all of them have settled.
 * @param {number} count
 */
function tally(count) {
  let open = count;
  let lost = 0;
  /** @type {string | undefined} */
  let code;
  /** @type {(outcome: Outcome) => void} */
  let resolve;
  /** @type {Promise<Outcome>} */
  const settled = new Promise((done) => (resolve = done));
  const settle = (/** @type {import('../core/error.js').KinesisError | undefined} */ error) => {
    if (error) [lost, code] = [lost + 1, error.code];
    open -= 1;
    if (open === 0) resolve({ count, lost, code });
  };
  return { settled, settle };
}
