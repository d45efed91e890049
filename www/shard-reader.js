/** Reads one shard, record after record, to its end. */
import { deaggregate } from './kinesis-edge/browser.js';
import { bytesOf } from './format.js';

// A shard answers five GetRecords a second, for all its readers together: the page takes one of them, and a second one
// only right after a put or while it catches up.
const POLL_MS = 1000;
const GAP_MS = 300;
const RECORDS_PER_CALL = 1000;

/**
 * @typedef {object} StreamRecord
 * @property {string} id
 * @property {string} shardId
 * @property {string} sequenceNumber
 * @property {string} partitionKey
 * @property {Date} arrival
 * @property {Uint8Array} data
 */

export class ShardReader {
  /** No more will come: the shard was split or merged, and all it held has been read. */
  ended = false;
  #client;
  #shard;
  #start;
  #signal;
  #iterator;
  #lastSequenceNumber;
  #behind = true;
  #paused = false;
  #nudged = false;
  /** @type {(value?: unknown) => void} */
  #wake = () => {};

  constructor(client, shard, start, signal) {
    this.#client = client;
    this.#shard = shard;
    this.#start = start;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  /** The shard's next records, when it is time to ask for them. @returns {Promise<StreamRecord[]>} */
  async next() {
    if (this.#iterator) await this.rest(this.#behind ? GAP_MS : POLL_MS);
    while (this.#paused && !this.#signal.aborted) await this.#woken();
    this.#iterator ??= await this.#position();
    const answer = await this.#records();
    this.#iterator = answer.NextShardIterator;
    this.ended = !this.#iterator;
    this.#behind = answer.MillisBehindLatest > 0;
    this.#lastSequenceNumber = answer.Records.at(-1)?.SequenceNumber ?? this.#lastSequenceNumber;
    return answer.Records.flatMap((record) => userRecords(streamRecord(this.#shard.ShardId, record)));
  }

  nudge() {
    this.#nudged = true;
    this.#wake();
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#paused = paused;
    this.#wake();
  }

  /** Waits, or less when it is nudged. @param {number} ms */
  async rest(ms) {
    await sleep(Math.min(ms, GAP_MS));
    if (ms > GAP_MS && !this.#nudged) await Promise.race([sleep(ms - GAP_MS), this.#woken()]);
    this.#nudged = false;
  }

  #woken() {
    return new Promise((resolve) => { this.#wake = resolve; });
  }

  /** An iterator lives for five minutes, so a long pause or a sleeping laptop outlasts it; the place in the shard is known. */
  async #records() {
    try {
      return await this.#call('GetRecords', { ShardIterator: this.#iterator, Limit: RECORDS_PER_CALL });
    } catch (error) {
      if (error.name !== 'ExpiredIteratorException') throw error;
      this.#iterator = await this.#position();
      return this.#call('GetRecords', { ShardIterator: this.#iterator, Limit: RECORDS_PER_CALL });
    }
  }

  async #position() {
    const from = this.#lastSequenceNumber
      ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: this.#lastSequenceNumber }
      : { ShardIteratorType: this.#start };
    return (await this.#call('GetShardIterator', { ...this.#shard, ...from })).ShardIterator;
  }

  #call(operation, input) {
    return this.#client.call(operation, input, { abortSignal: this.#signal });
  }
}

/** @returns {StreamRecord} */
function streamRecord(shardId, { SequenceNumber, PartitionKey, ApproximateArrivalTimestamp, Data }) {
  return {
    id: `${shardId}/${SequenceNumber}`,
    shardId,
    sequenceNumber: SequenceNumber,
    partitionKey: PartitionKey,
    arrival: new Date(ApproximateArrivalTimestamp * 1000),
    data: bytesOf(Data),
  };
}

/** An aggregate is shown as the records that were put. @param {StreamRecord} record */
function userRecords(record) {
  return deaggregate(record).map(({ partitionKey, data, subSequenceNumber: sub }) => (
    { ...record, id: sub === 0 ? record.id : `${record.id}/${sub}`, partitionKey, data }));
}

/** @param {number} ms */
export function sleep(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
