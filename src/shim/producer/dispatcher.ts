import { isBuffer, kindOf } from '../core/data.js';
import { KinesisError, errorFrom, reading } from '../core/error.js';
import { checkCount } from '../core/checks.js';
import { TIMER_MS_MAX } from '../core/limits.js';
import { checkSpelling } from '../core/option-names.js';
import type { ClientOptions } from '../client/options.js';
import { BUFFER_BYTES_MAX } from './options.js';
import { Producer } from './producer.js';
import { toWholeJson } from './record-data.js';

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
  /** The payloads that wait for room in the producer's buffer, in the order in which they were submitted. */
  readonly #waiting = new Set<Submission>();
  /** The payloads since the last flush that were not delivered. */
  #undelivered: Submission[] = [];
  #submitted = 0;

  constructor(streamName: string, dispatcherOptions?: DispatcherOptions) {
    checkSpelling(dispatcherOptions, DISPATCHER_OPTIONS);
    const { partitionKeyIdentifier, maxBatchSize = 250, ...options } = dispatcherOptions ?? {};
    if (partitionKeyIdentifier !== undefined && typeof partitionKeyIdentifier !== 'string') {
      const kind = kindOf(partitionKeyIdentifier);
      throw KinesisError.invalid(`partitionKeyIdentifier must be the name of a field, not ${kind}`);
    }
    this.#partitionKeyIdentifier = partitionKeyIdentifier;
    const { bufferBytesMax } = options as { bufferBytesMax?: number };
    if (bufferBytesMax !== undefined)
      checkCount(bufferBytesMax, 'bufferBytesMax', { min: RECORD_BYTES_MAX, max: BUFFER_BYTES_MAX });
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

  /** Accepts a payload, and sends a batch when one is full. Waits while the producer's buffer is full. */
  async submitPayload(payload: unknown): Promise<void> {
    const submission = this.#read(payload);
    this.#waiting.add(submission);
    this.#putWaiting();
    try {
      while (this.#waiting.has(submission)) {
        await this.#producer.ready;
        this.#putWaiting();
      }
    } finally {
      // Where waiting has failed, the payload is not sent later.
      this.#waiting.delete(submission);
    }
    if (submission.refusal) throw submission.refusal;
  }

  /**
   * Sends the remaining payloads. Resolves to those since the last flush that were not delivered, in the order in which
   * they were submitted. While nothing answers, as in an outage or with a wrong `endpoint`, it waits; set `logger` to
   * hear of it.
   */
  async flushPayloads(): Promise<unknown[]> {
    const undelivered = this.#undelivered;
    this.#undelivered = [];
    const waiting = [...this.#waiting];
    do {
      await this.#producer.flush();
      this.#putWaiting();
    } while (waiting.some((submission) => this.#waiting.has(submission)));
    if (waiting.length > 0) await this.#producer.flush();
    return undelivered.sort((one, other) => one.place - other.place).map(({ payload }) => payload);
  }

  #read(payload: unknown): Submission {
    const [data, partitionKey] = reading('payload', () => [jsonOf(payload), this.#partitionKeyOf(payload)]);
    return { place: (this.#submitted += 1), payload, data, partitionKey, undelivered: this.#undelivered };
  }

  /** Puts the payloads that wait, the oldest first, while there is room. */
  #putWaiting(): void {
    for (const submission of this.#waiting) {
      if (!this.#producer.hasRoomFor(1, RECORD_BYTES_MAX)) return;
      this.#waiting.delete(submission);
      this.#put(submission);
    }
  }

  /** Puts a payload, of which the producer refuses at once what it never takes, and reports later what was lost. */
  #put(submission: Submission): void {
    const { data, partitionKey, undelivered } = submission;
    let isAccepted = false;
    try {
      this.#producer.putAll([{ data, partitionKey }], (error) => {
        if (error && isAccepted) undelivered.push(submission);
        else submission.refusal = error;
      });
    } catch (error) {
      submission.refusal = errorFrom(error, 'the payload could not be put');
    }
    isAccepted = true;
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
    if (!KEY_TYPES.has(typeof key)) {
      throw KinesisError.invalid(
        `the field "${name}" of payload must be a string, a number or a boolean, not ${kindOf(key)}`,
      );
    }
    return String(key);
  }
}

function jsonOf(payload: unknown): string {
  // `put` takes bytes as they are. A payload is JSON, in which they would be an object of numbers.
  if (ArrayBuffer.isView(payload) || isBuffer(payload)) {
    throw KinesisError.invalid(`payload must be a JSON value, not ${kindOf(payload)}: give a text of its bytes`);
  }
  return toWholeJson(payload, 'payload', 'a JSON value');
}

interface Submission {
  /** Its place among all payloads that were submitted. */
  place: number;
  payload: unknown;
  data: string;
  partitionKey: string | undefined;
  /** The list of the flush that reports it, if it is not delivered. */
  undelivered: Submission[];
  /** Why the producer has not accepted it. */
  refusal?: KinesisError | undefined;
}

const DISPATCHER_OPTIONS = { owner: 'KinesisBatchDispatcher', known: ['partitionKeyIdentifier', 'maxBatchSize'] };
const KEY_TYPES = new Set(['string', 'number', 'boolean']);
const RECORD_BYTES_MAX = 1_000_000;
const BATCH_BYTES_MAX = 5_000_000;
