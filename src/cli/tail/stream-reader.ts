import { setTimeout } from 'node:timers/promises';
import { type Kinesis, KinesisError, type Shard, type StreamInput } from 'kinesis-edge';
import { CommandFailure, failureFrom } from '../failure.js';
import type { StartPosition } from './position.js';
import { type ArrivedRecord, ShardReader } from './shard-reader.js';

export interface StreamReaderOptions {
  client: Kinesis;
  stream: StreamInput;
  from: StartPosition;
  /** Only this shard. */
  shardId?: string;
  /** Whether reading goes on at the end of the stream. */
  isFollowing: boolean;
  onRecords: (records: ArrivedRecord[]) => Promise<void>;
  /** Takes a line about something that delays the reading. */
  onTrouble: (line: string) => void;
}

/** Reads the shards of a stream side by side, and those that take their place when the stream is split or merged. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  /** The shards that are read or were read; each promise resolves at the end of its shard. */
  readonly #reading = new Map<string, Promise<void>>();
  readonly #signal: AbortSignal;
  /** Rejects with the first error that ends the reading of a shard. */
  readonly #failed: Promise<never>;
  #fail!: (error: unknown) => void;
  #isFollowing: boolean;
  #hasRead = false;
  /** What has arrived later than this, in milliseconds since 1970, is not waited for. */
  #endsAt = Date.now();

  /** @param signal ends the reading */
  constructor(options: StreamReaderOptions, signal: AbortSignal) {
    this.#options = options;
    this.#isFollowing = options.isFollowing;
    this.#signal = signal;
    this.#failed = new Promise((_, reject) => (this.#fail = reject));
    this.#failed.catch(() => {});
  }

  /** Finds the shards, and where reading begins in each. Returns how many there are. */
  async open(): Promise<number> {
    const { shardId, from, client, stream } = this.#options;
    const { Shards } = await client.listShards(stream);
    const shards = Shards.filter(({ ShardId }) => [undefined, ShardId].includes(shardId));
    if (shardId !== undefined && shards.length === 0) throw noShard(shardId, Shards);
    // With LATEST a closed shard is not read: its records were put before reading begins.
    const wanted = from.ShardIteratorType === 'LATEST' && shardId === undefined ? shards.filter(isOpen) : shards;
    const readers = wanted.map((shard) => ({ shard, reader: this.#readerOf(shard, from) }));
    for (const { reader } of readers) await reader.open();
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    for (const id of known) if (!wanted.some(({ ShardId }) => ShardId === id)) this.#reading.set(id, Promise.resolve());
    for (const { shard, reader } of readers) this.#begin(shard, reader);
    return readers.length;
  }

  /**
   * Resolves when everything is read, or after an abort. Rejects when the reading of any shard fails, also of one that
   * was found meanwhile.
   */
  async done(): Promise<void> {
    for (let count = -1; count !== this.#reading.size;) {
      count = this.#reading.size;
      await Promise.race([Promise.all(this.#reading.values()), this.#failed]);
    }
  }

  /** Resolves when everything is read that is there now. */
  finish(): Promise<void> {
    this.#isFollowing = false;
    this.#endsAt = Date.now();
    return this.done();
  }

  #begin(shard: Shard, reader: ShardReader): void {
    // A parent is read before its children, so that the records of a partition key stay in order.
    const parents = [shard.ParentShardId, shard.AdjacentParentShardId].flatMap(
      (id) => (id && this.#reading.get(id)) || [],
    );
    const isRead = Promise.all(parents).then(() => this.#read(reader));
    isRead.catch((error: unknown) => this.#fail(error));
    this.#reading.set(shard.ShardId, isRead);
  }

  /** Reads a shard to its end. */
  async #read(reader: ShardReader): Promise<void> {
    let failures = 0;
    while (!this.#signal.aborted) {
      try {
        const page = await reader.next();
        failures = 0;
        this.#hasRead = true;
        if (!page) return await this.#beginChildren();
        await this.#options.onRecords(page.records);
        if (!this.#isFollowing && page.behindMs === 0 && this.#isPastEnd(page.records)) return;
        await this.#pause(page.records.length > 0 ? BUSY_MS : IDLE_MS);
      } catch (error) {
        failures += 1;
        await this.#recover(reader, error, failures);
      }
    }
  }

  /** A stream that is written to all the time has no page without records. */
  #isPastEnd(records: ArrivedRecord[]): boolean {
    const last = records.at(-1);
    return last === undefined || last.arrivedAt.getTime() >= this.#endsAt;
  }

  /** After a transient error reading goes on. Any other error is thrown. */
  async #recover(reader: ShardReader, error: unknown, failures: number): Promise<void> {
    if (this.#signal.aborted) return;
    const isExpired = error instanceof KinesisError && error.name === 'ExpiredIteratorException';
    if (isExpired) {
      await this.#pause(BUSY_MS);
      return reader.reopen();
    }
    const passes = error instanceof KinesisError && (isTransient(error) || (this.#hasRead && mayPass(error)));
    if (!passes) throw error;
    if (failures === 1) this.#options.onTrouble(`${reader.shardId} is read again after: ${failureFrom(error).message}`);
    await this.#pause(Math.min(FAILED_MS * failures, FAILED_MS_MAX));
  }

  async #beginChildren(): Promise<void> {
    if (this.#options.shardId !== undefined) return;
    const { Shards } = await this.#options.client.listShards(this.#options.stream);
    for (const shard of Shards) {
      if (this.#reading.has(shard.ShardId)) continue;
      this.#begin(shard, this.#readerOf(shard, { ShardIteratorType: 'TRIM_HORIZON' }));
    }
  }

  #readerOf({ ShardId }: Shard, position: StartPosition): ShardReader {
    return new ShardReader(this.#options.client, this.#options.stream, ShardId, position);
  }

  async #pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#signal }).catch(() => {});
  }
}

function noShard(shardId: string, shards: Shard[]): CommandFailure {
  const ids = shards.slice(0, LISTED_MAX).map(({ ShardId }) => ShardId);
  const more = shards.length > LISTED_MAX ? ` and ${shards.length - LISTED_MAX} more` : '';
  return CommandFailure.usage(`--shard-id: the stream has no shard ${shardId}: it has ${ids.join(', ')}${more}`);
}

function isOpen({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange.EndingSequenceNumber === undefined;
}

/** A transient error: a lost network, a shard that is read too often, or a fault of the service. */
function isTransient({ code, status = 0, name }: KinesisError): boolean {
  return (
    code === 'ERR_NETWORK' ||
    code === 'ERR_TIMEOUT' ||
    status >= 500 ||
    /Throttl|LimitExceeded|ThroughputExceeded/.test(name)
  );
}

/**
 * An error that passes where reading has worked before: the credentials cannot be renewed while a laptop wakes up
 * without a network, or a proxy has answered in place of Kinesis.
 */
function mayPass({ code, name }: KinesisError): boolean {
  return code === 'ERR_CREDENTIALS' || (code === 'ERR_SERVICE' && name === 'KinesisError');
}

/** Kinesis allows five reads of a shard a second, of all its readers together. */
const BUSY_MS = 250;
const IDLE_MS = 1000;
const FAILED_MS = 1000;
const FAILED_MS_MAX = 10_000;
/** Shards that a message names. */
const LISTED_MAX = 10;
