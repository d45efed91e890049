/** Puts records: shows where a key will land while it is typed, and where the record did land. */
import { hashKey, ready, shardFor } from './kinesis-edge/browser.js';
import { element } from './element.js';
import { count, number } from './format.js';
import { hideProblem, showProblem } from './problem.js';
import { randomRecords, sampleData } from './samples.js';
import { hue, shardName } from './shard.js';

const RANDOM_RECORDS = 20;
const HASH_KEY_MAX = 2n ** 128n - 1n;

/**
 * @typedef {{ client: import('./kinesis-edge/browser.js').KinesisClient, streamName: string, shards: any[] }} Session
 * @typedef {{ ShardId: string, SequenceNumber: string, PartitionKey: string, hashKey: string, predicted?: string }} Stored
 */

export class PutForm {
  #root;
  #form;
  #on;
  /** @type {Session | undefined} */
  #session;
  #canHash = false;

  /** @param {ParentNode} root @param {{ aim(aim?: { hashKey: string, shardId?: string }): void, stored(records: Stored[]): void }} on */
  constructor(root, on) {
    this.#root = root;
    this.#form = root.querySelector('#put-form');
    this.#on = on;
    this.#field('data').value = sampleData();
    this.#form.addEventListener('input', () => this.preview());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#attempt(() => this.#putOne());
    });
    this.#find('#put-many').addEventListener('click', () => this.#attempt(() => this.#putMany()));
    ready.then(() => this.#hashing(), () => {}); // the page says so when the wasm fails to load
  }

  /** Where records go from now on; nowhere without one. @param {Session} [session] */
  connect(session) {
    this.#session = session;
    for (const id of ['#put-one', '#put-many']) this.#find(id).disabled = !session;
    this.preview();
  }

  /** The hash key of what is in the form, and the shard it would land on. */
  preview() {
    if (!this.#canHash) return;
    const key = hashKeyOf(this.#entered());
    const shardId = key && this.#predicted(key);
    const badge = this.#find('#preview-shard');
    this.#find('#preview-hash').textContent = key ?? (this.#entered().explicitHashKey ? 'not a hash key: 0 to 2¹²⁸ − 1, in decimal' : '–');
    badge.hidden = !shardId;
    if (shardId) {
      badge.textContent = shardName(shardId);
      badge.dataset.hue = hue(shardId);
    }
    this.#on.aim(key ? { hashKey: key, shardId } : undefined);
  }

  #hashing() {
    this.#canHash = true;
    this.preview();
  }

  async #putOne() {
    const { client, streamName } = this.#session;
    const { data, partitionKey, explicitHashKey } = this.#entered();
    const key = hashKeyOf({ partitionKey, explicitHashKey });
    const predicted = key && this.#predicted(key);
    const started = performance.now();
    const answer = await client.putRecord({ StreamName: streamName, Data: data, PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey || undefined });
    const ms = performance.now() - started;
    const stored = { ...answer, PartitionKey: partitionKey, hashKey: key, predicted };
    this.#showOne(stored, ms);
    this.#on.stored([stored]);
  }

  /** One request; Kinesis may take some of its records and refuse others. */
  async #putMany() {
    const { client, streamName } = this.#session;
    const records = randomRecords(RANDOM_RECORDS);
    const keyed = records.map(({ PartitionKey }) => ({ PartitionKey, hashKey: hashKey(PartitionKey) })).map((record) => ({ ...record, predicted: this.#predicted(record.hashKey) }));
    const started = performance.now();
    const answer = await client.putRecords({ StreamName: streamName, Records: records });
    const ms = performance.now() - started;
    const stored = answer.Records.map((entry, index) => ({ ...entry, ...keyed[index] })).filter(({ ShardId }) => ShardId);
    this.#showMany(stored, answer, ms);
    this.#on.stored(stored);
  }

  /** One result or one problem at a time is on the page. */
  async #attempt(put) {
    try {
      await put();
      hideProblem(this.#find('#problem'));
    } catch (error) {
      this.#find('#result').hidden = true;
      showProblem(this.#find('#problem'), error);
    }
  }

  #showOne({ ShardId, SequenceNumber, predicted }, ms) {
    const right = predicted === ShardId;
    this.#showResult(heading('Stored on ', badge(ShardId)), [
      ['Shard', 'shard', ShardId],
      ['Predicted', 'predicted', predicted ?? 'none', ' ', verdict(right, right ? 'as predicted' : 'the shards have changed')],
      ['Sequence number', 'sequence-number', SequenceNumber],
      ['Round trip', 'round-trip', milliseconds(ms)],
    ]);
  }

  #showMany(stored, { FailedRecordCount, Records }, ms) {
    const right = stored.filter(({ predicted, ShardId }) => predicted === ShardId).length;
    this.#showResult(heading(`${stored.length} of ${count(RANDOM_RECORDS, 'record')} stored, in one request`), [
      ['Shards', 'shards', ...tally(stored).flatMap(([shardId, records]) => [badge(shardId, ` × ${records}`), ' '])],
      ['Predicted', 'predicted', `${right} of ${stored.length}`, ' ', verdict(right === stored.length, right === stored.length ? 'as predicted' : 'the shards have changed')],
      ...(FailedRecordCount ? [['Refused', 'refused', `${FailedRecordCount}: ${Records.find(({ ErrorCode }) => ErrorCode)?.ErrorCode}`]] : []),
      ['Round trip', 'round-trip', milliseconds(ms)],
    ]);
  }

  #showResult(title, facts) {
    const list = element('dl', {}, ...facts.flatMap(([term, field, ...values]) => [element('dt', {}, term), element('dd', { 'data-field': field }, ...values)]));
    const result = this.#find('#result');
    result.replaceChildren(title, list);
    result.hidden = false;
  }

  #predicted(key) {
    return shardFor(this.#session?.shards ?? [], { explicitHashKey: key })?.ShardId;
  }

  #entered() {
    const [data, partitionKey, explicitHashKey] = ['data', 'partitionKey', 'explicitHashKey'].map((name) => this.#field(name).value);
    return { data, partitionKey, explicitHashKey: explicitHashKey.trim() };
  }

  #field(name) {
    return this.#form.elements.namedItem(name);
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}

/** What decides the shard: the explicit hash key where there is one, and nothing where it is none. */
function hashKeyOf({ partitionKey, explicitHashKey }) {
  if (!explicitHashKey) return partitionKey ? hashKey(partitionKey) : undefined;
  return /^(0|[1-9]\d{0,38})$/.test(explicitHashKey) && BigInt(explicitHashKey) <= HASH_KEY_MAX ? explicitHashKey : undefined;
}

/** @param {Stored[]} stored @returns {[string, number][]} */
function tally(stored) {
  const records = new Map();
  for (const { ShardId } of stored) records.set(ShardId, (records.get(ShardId) ?? 0) + 1);
  return [...records].sort();
}

function heading(...children) {
  return element('p', { class: 'result-title' }, ...children);
}

function badge(shardId, suffix = '') {
  return element('span', { class: 'badge', 'data-hue': hue(shardId) }, shardName(shardId) + suffix);
}

function verdict(right, text) {
  return element('span', { class: right ? 'verdict right' : 'verdict wrong' }, text);
}

function milliseconds(ms) {
  return `${number(ms, ms < 100 ? 1 : 0)} ms`;
}
