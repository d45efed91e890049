import { kindOf } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import { checkCount } from '../core/checks.js';
import { toJson } from '../core/json.js';
import { TIMER_MS_MAX } from '../core/limits.js';
import { checkSpelling } from '../core/option-names.js';
import type { ClientOptions } from '../client/options.js';
import { Producer } from './producer.js';

export interface DispatcherOptions extends ClientOptions {
  /** The top-level field of a payload that is its partition key. @default a random key for each payload */
  partitionKeyIdentifier?: string;
  /** The most payloads in a request. @default 250, at most 500 */
  maxBatchSize?: number;
}

/**
 * Sends payloads in batches and returns those that were not delivered: the dispatcher of boto3_batch_utils under
 * JavaScript names. Payloads are JSON values of 1,000,000 bytes at most.
 * @example
 * const dispatcher = new KinesisBatchDispatcher('clicks', { region: 'us-east-1', partitionKeyIdentifier: 'userId' });
 * for (const payload of payloads) await dispatcher.submitPayload(payload);
 * const undelivered = await dispatcher.flushPayloads();
 */
export class KinesisBatchDispatcher {
  readonly #producer: Producer;
  readonly #partitionKeyIdentifier: string | undefined;
  /** The payloads since the last flush that were not delivered, each with its place among all that were submitted. */
  #undelivered: { place: number; payload: unknown }[] = [];
  #submitted = 0;

  constructor(streamName: string, dispatcherOptions?: DispatcherOptions) {
    checkSpelling(dispatcherOptions, DISPATCHER_OPTIONS);
    const { partitionKeyIdentifier, maxBatchSize = 250, ...options } = dispatcherOptions ?? {};
    if (partitionKeyIdentifier !== undefined && typeof partitionKeyIdentifier !== 'string') {
      const kind = kindOf(partitionKeyIdentifier);
      throw KinesisError.invalid(`partitionKeyIdentifier must be the name of a field, not ${kind}`);
    }
    this.#partitionKeyIdentifier = partitionKeyIdentifier;
    this.#producer = new Producer({
      ...options,
      streamName,
      requestRecordsMax: checkCount(maxBatchSize, 'maxBatchSize', { max: 500 }),
      recordBytesMax: RECORD_BYTES_MAX,
      requestBytesMax: BATCH_BYTES_MAX,
      // A batch waits until it is full or flushed, however long that takes.
      lingerMs: TIMER_MS_MAX,
      recordTtlMs: TIMER_MS_MAX,
    });
  }

  /** Accepts a payload, and sends a batch when one is full. */
  async submitPayload(payload: unknown): Promise<void> {
    const partitionKey = this.#partitionKeyOf(payload);
    const text = reading('payload', () => toJson(payload));
    if (text === undefined) throw KinesisError.invalid(`payload must be a JSON value, not ${kindOf(payload)}`);
    await this.#producer.ready;
    const undelivered = this.#undelivered;
    const place = (this.#submitted += 1);
    let refusal: KinesisError | undefined;
    let isAccepted = false;
    this.#producer.putAll([{ data: text, partitionKey }], (error) => {
      if (error && isAccepted) undelivered.push({ place, payload });
      else refusal = error;
    });
    // The producer refuses a record at once, and reports later what it cannot deliver.
    isAccepted = true;
    if (refusal) throw refusal;
  }

  /**
   * Sends the remaining payloads. Resolves to those since the last flush that were not delivered, in the order in which
   * they were submitted. While nothing answers, as in an outage or with a wrong `endpoint`, it waits; set `logger` to
   * hear of it.
   */
  async flushPayloads(): Promise<unknown[]> {
    const undelivered = this.#undelivered;
    this.#undelivered = [];
    await this.#producer.flush();
    return undelivered.sort((one, other) => one.place - other.place).map(({ payload }) => payload);
  }

  #partitionKeyOf(payload: unknown): string | undefined {
    const name = this.#partitionKeyIdentifier;
    if (name === undefined) return undefined;
    const isObject = typeof payload === 'object' && payload !== null;
    const key =
      isObject && Object.prototype.hasOwnProperty.call(payload, name)
        ? (payload as Record<string, unknown>)[name]
        : undefined;
    if (key === undefined || key === null) {
      throw KinesisError.invalid(`payload must have the field "${name}", which partitionKeyIdentifier names`);
    }
    return String(key);
  }
}

const DISPATCHER_OPTIONS = { owner: 'KinesisBatchDispatcher', known: ['partitionKeyIdentifier', 'maxBatchSize'] };
const RECORD_BYTES_MAX = 1_000_000;
const BATCH_BYTES_MAX = 5_000_000;
