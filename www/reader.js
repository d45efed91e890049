/**
 * Reads a stream as it grows: every shard by a loop of its own, and the shards that a reshard adds.
 * It knows the API and no page.
 */
import { isOpen } from './shard.js';
import { ShardReader, sleep } from './shard-reader.js';

const RETRY_MS = 1000;
const RETRY_MS_MAX = 15_000;

export class StreamReader {
  #client;
  #streamName;
  #on;
  #abort = new AbortController();
  /** @type {Set<string>} ids of shards */
  #known = new Set();
  /** @type {Map<string, ShardReader>} */
  #readers = new Map();
  /** @type {Map<string, any>} what keeps a shard from being read, by shard */
  #problems = new Map();
  #paused = false;
  #listing = false;

  /**
   * @param {import('./kinesis-edge/browser.js').KinesisClient} client
   * @param {string} streamName
   * @param {{ records(records: import('./shard-reader.js').StreamRecord[]): void, shards(shards: any[]): void, problem(error: any): void }} on
   */
  constructor(client, streamName, on) {
    this.#client = client;
    this.#streamName = streamName;
    this.#on = on;
  }

  /**
   * Reads those of the shards that it does not know yet; a closed one has nothing later than now. Resolves when each has
   * answered once: with LATEST, what is put after that is read.
   * @param {any[]} shards
   * @param {'TRIM_HORIZON' | 'LATEST'} start
   */
  async follow(shards, start) {
    const added = shards.filter(({ ShardId }) => !this.#known.has(ShardId));
    for (const { ShardId } of added) this.#known.add(ShardId);
    const read = added.filter((shard) => start === 'TRIM_HORIZON' || isOpen(shard));
    await Promise.all(read.map(({ ShardId }) => this.#read(ShardId, start)));
  }

  /** Looks for a record that was just put. @param {string} shardId */
  nudge(shardId) {
    this.#readers.get(shardId)?.nudge();
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#paused = paused;
    for (const reader of this.#readers.values()) reader.pause(paused);
  }

  stop() {
    this.#abort.abort();
  }

  /** Asks again which shards there are: some have closed, or a record was stored where it was not expected. */
  async refresh() {
    if (this.#listing) return;
    this.#listing = true;
    const { Shards } = await this.#persist('list', () => this.#client.listShards({ StreamName: this.#streamName }, { abortSignal: this.#abort.signal })) ?? {};
    this.#listing = false;
    if (!Shards) return;
    this.#on.shards(Shards);
    this.follow(Shards, 'TRIM_HORIZON'); // from their first record on, wherever the parents were begun
  }

  /** @returns {Promise<void>} */
  #read(shardId, start) {
    const reader = new ShardReader(this.#client, { StreamName: this.#streamName, ShardId: shardId }, start, this.#abort.signal);
    reader.pause(this.#paused);
    this.#readers.set(shardId, reader);
    return new Promise((resolve) => this.#drain(reader, shardId, resolve));
  }

  async #drain(reader, shardId, begun) {
    while (!reader.ended) {
      const records = await this.#persist(shardId, () => reader.next(), (ms) => reader.rest(ms));
      begun();
      if (!records) return;
      if (records.length) this.#on.records(records);
    }
    this.refresh();
  }

  /** Tries until it works or the reader is stopped, further and further apart. */
  async #persist(what, attempt, rest = sleep) {
    for (let failures = 0; !this.#abort.signal.aborted; failures++) {
      try {
        const answer = await attempt();
        this.#report(what);
        return this.#abort.signal.aborted ? undefined : answer;
      } catch (error) {
        this.#report(what, error);
        await rest(Math.min(RETRY_MS * 2 ** failures, RETRY_MS_MAX));
      }
    }
    return undefined;
  }

  #report(what, error) {
    const changed = error ? this.#problems.set(what, error) : this.#problems.delete(what);
    if (changed && !this.#abort.signal.aborted) this.#on.problem(this.#problems.values().next().value);
  }
}
