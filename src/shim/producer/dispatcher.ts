import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { Producer } from './producer.js';

/** Payloads in batches, with what was not delivered handed back: the dispatcher of boto3_batch_utils under JavaScript names. */
export class KinesisBatchDispatcher {
  #producer;
  #partitionKeyIdentifier;
  /** Of the flush that is being filled. @type {unknown[]} */
  #undelivered = [];

  /**
   * @param {string} streamName
   * @param {import('../types/types.js').DispatcherOptions} options
   */
  constructor(streamName, { partitionKeyIdentifier, maxBatchSize = 250, ...options }) {
    if (!Number.isInteger(maxBatchSize) || maxBatchSize < 1 || maxBatchSize > 500) {
      throw KinesisError.invalid(`maxBatchSize must be a whole number from 1 to 500, not ${String(maxBatchSize)}`);
    }
    if (partitionKeyIdentifier !== undefined && typeof partitionKeyIdentifier !== 'string') {
      throw KinesisError.invalid(`partitionKeyIdentifier must be the name of a field, not ${kindOf(partitionKeyIdentifier)}`);
    }
    this.#partitionKeyIdentifier = partitionKeyIdentifier;
    this.#producer = new Producer({
      ...options,
      streamName,
      requestRecordsMax: maxBatchSize,
      recordBytesMax: RECORD_BYTES_MAX,
      requestBytesMax: BATCH_BYTES_MAX,
      // A batch waits until it is full or flushed, however long that takes.
      lingerMs: FOREVER_MS,
    });
  }

  /**
   * @param {unknown} payload
   * @returns {Promise<void>}
   */
  async submitPayload(payload) {
    const partitionKey = this.#keyOf(payload);
    const text = JSON.stringify(payload);
    if (text === undefined) throw KinesisError.invalid(`payload must be a JSON value, not ${kindOf(payload)}`);
    const undelivered = this.#undelivered;
    await this.#producer.ready;
    /** @type {KinesisError | undefined} */
    let refusal;
    let isTaken = false;
    this.#producer.put(text, { partitionKey }).catch((error) => {
      if (isTaken) undelivered.push(payload);
      else refusal = error;
    });
    // A refusal is there at once; anything else is for the flush.
    await undefined;
    isTaken = true;
    if (refusal) throw refusal;
  }

  /** @returns {Promise<unknown[]>} */
  async flushPayloads() {
    const undelivered = this.#undelivered;
    this.#undelivered = [];
    await this.#producer.flush();
    // The rejections of this flush are heard in the turn after it.
    await new Promise((resolve) => setTimeout(resolve));
    return undelivered;
  }

  /** @param {unknown} payload */
  #keyOf(payload) {
    const name = this.#partitionKeyIdentifier;
    if (name === undefined) return undefined;
    const isObject = typeof payload === 'object' && payload !== null;
    const key = isObject && Object.hasOwn(payload, name) ? /** @type {Record<string, unknown>} */ (payload)[name] : undefined;
    if (key === undefined || key === null) {
      throw KinesisError.invalid(`payload has no field "${name}", which partitionKeyIdentifier names as its partition key`);
    }
    return String(key);
  }
}

const RECORD_BYTES_MAX = 1_000_000;
const BATCH_BYTES_MAX = 5_000_000;
const FOREVER_MS = 2 ** 31 - 1;
