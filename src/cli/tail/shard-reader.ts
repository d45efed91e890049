import { type KinesisClient, type StreamInput, type UserRecord, deaggregate } from 'kinesis-edge';
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

/** What GetRecords gives for a record. */
interface StoredRecord {
  SequenceNumber: string;
  ApproximateArrivalTimestamp: number;
  Data: string;
  PartitionKey: string;
}

/** Reads a shard, page by page. */
export class ShardReader {
  readonly shardId: string;
  readonly #client: KinesisClient;
  readonly #stream: StreamInput;
  /** Where a new iterator begins. */
  #position: StartPosition;
  #iterator: string | undefined;

  constructor(client: KinesisClient, stream: StreamInput, shardId: string, position: StartPosition) {
    this.#client = client;
    this.#stream = stream;
    this.shardId = shardId;
    this.#position = position;
  }

  /** Fixes where reading begins: what is stored after this call is read, with LATEST as well. */
  async open(): Promise<void> {
    const openedAt = Date.now();
    const input = { ...this.#stream, ShardId: this.shardId, ...this.#position };
    this.#iterator = (await this.#client.call('GetShardIterator', input)).ShardIterator;
    // Should it expire before there is a record, LATEST would leave out those that have come meanwhile.
    if (this.#position.ShardIteratorType === 'LATEST')
      this.#position = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: openedAt / 1000 };
  }

  /** The next page; `undefined` at the end of a shard that was split or merged. */
  async next(): Promise<Page | undefined> {
    if (this.#iterator === undefined) await this.open();
    const { StreamARN } = this.#stream;
    const input = { ShardIterator: this.#iterator, ...(StreamARN !== undefined && { StreamARN }) };
    const { Records, NextShardIterator, MillisBehindLatest } = await this.#client.call('GetRecords', input);
    const stored: StoredRecord[] = Records ?? [];
    const last = stored.at(-1);
    if (last)
      this.#position = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last.SequenceNumber };
    if (!NextShardIterator && stored.length === 0) return undefined;
    // At the end of a shard its last page comes first, and then an iterator that gives nothing.
    this.#iterator = NextShardIterator ?? undefined;
    return { records: stored.flatMap((record) => this.#userRecords(record)), behindMs: MillisBehindLatest ?? 0 };
  }

  /** Drops the iterator, which has expired. The next page follows the last record that was read. */
  reopen(): void {
    this.#iterator = undefined;
  }

  #userRecords({ SequenceNumber, ApproximateArrivalTimestamp, Data, PartitionKey }: StoredRecord): ArrivedRecord[] {
    const records = deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') });
    const arrivedAt = new Date(ApproximateArrivalTimestamp * 1000);
    const place = { shardId: this.shardId, sequenceNumber: SequenceNumber, of: records.length, arrivedAt };
    return records.map((record) => ({ ...record, ...place }));
  }
}
