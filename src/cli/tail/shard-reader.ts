import { type Kinesis, type StoredRecord, type StreamInput, type UserRecord, deaggregate } from 'kinesis-edge';
import type { StartPosition } from './position.js';

/** A user record with its place in the stream. */
export interface ArrivedRecord extends UserRecord {
  shardId: string;
  sequenceNumber: string;
  /** How many user records its Kinesis record holds: more than 1 in an aggregate. */
  of: number;
  arrivedAt: Date;
}

/** A page of a shard. */
export interface Page {
  records: ArrivedRecord[];
  /** How far the page is behind the end of the shard, in milliseconds. */
  behindMs: number;
}

/** Reads a shard, page by page. */
export class ShardReader {
  readonly shardId: string;
  readonly #client: Kinesis;
  readonly #stream: StreamInput;
  /** Where a new iterator begins. */
  #position: StartPosition;
  #iterator: string | undefined;

  constructor(client: Kinesis, stream: StreamInput, shardId: string, position: StartPosition) {
    this.#client = client;
    this.#stream = stream;
    this.shardId = shardId;
    this.#position = position;
  }

  /**
   * Fixes where reading begins: what is stored after this call is read, with LATEST as well.
   * @returns the iterator
   */
  async open(): Promise<string> {
    const openedAt = new Date();
    const input = { ...this.#stream, ShardId: this.shardId, ...this.#position };
    const { ShardIterator } = await this.#client.getShardIterator(input);
    this.#iterator = ShardIterator;
    // Should it expire before there is a record, LATEST would leave out those that have come meanwhile.
    if (this.#position.ShardIteratorType === 'LATEST')
      this.#position = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: openedAt };
    return ShardIterator;
  }

  /** The next page; `undefined` at the end of a shard that was split or merged. */
  async next(): Promise<Page | undefined> {
    const ShardIterator = this.#iterator ?? (await this.open());
    const { StreamARN } = this.#stream;
    const input = { ShardIterator, ...(StreamARN !== undefined && { StreamARN }) };
    const { Records, NextShardIterator, MillisBehindLatest } = await this.#client.getRecords(input);
    const last = Records.at(-1);
    if (last)
      this.#position = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last.SequenceNumber };
    if (!NextShardIterator && Records.length === 0) return undefined;
    // At the end of a shard its last page comes first, and then an iterator that gives nothing.
    this.#iterator = NextShardIterator ?? undefined;
    return { records: Records.flatMap((record) => this.#userRecords(record)), behindMs: MillisBehindLatest ?? 0 };
  }

  /** Drops the iterator, which has expired. The next page follows the last record that was read. */
  reopen(): void {
    this.#iterator = undefined;
  }

  #userRecords({ SequenceNumber, ApproximateArrivalTimestamp, Data, PartitionKey }: StoredRecord): ArrivedRecord[] {
    const records = deaggregate({ partitionKey: PartitionKey, data: Data });
    const arrivedAt = ApproximateArrivalTimestamp;
    const place = { shardId: this.shardId, sequenceNumber: SequenceNumber, of: records.length, arrivedAt };
    return records.map((record) => ({ ...record, ...place }));
  }
}
