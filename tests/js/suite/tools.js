// What the tests share. Everything here runs in every runtime.
import { KinesisClient, Producer } from 'kinesis-edge';

/**
 * What the runner says: `{ runtime, kinesis, files, ministack, moto }`, the last four of them servers on loopback; `numericOptions` of
 * tests/docs/numeric-options.mjs; and the `fetch` to use, if any.
 */
export const world = {};

let counter = 0;

/** A name that no other test, runtime or run has. */
export function unique(prefix) {
  counter += 1;
  return `${prefix}-${world.runtime}-${Date.now().toString(36)}-${counter}`;
}

/** An access key id of its own: the server keeps faults and a log for each. */
export function newKey() {
  return unique('AKIA').replaceAll('-', '').toUpperCase();
}

/** A client with its own fault plan. `log()` says what the server saw of it. */
export async function clientWith(plan = {}, options = {}) {
  const accessKeyId = newKey();
  await setPlan(accessKeyId, plan);
  const client = new KinesisClient({
    region: 'us-east-1',
    endpoint: world.kinesis,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    fetch: world.fetch,
    ...options,
  });
  return { client, accessKeyId, log: () => logOf(accessKeyId) };
}

/** A producer with its own fault plan. `errors` is what its `onError` was called with. */
export async function producerWith(plan = {}, options = {}) {
  const accessKeyId = newKey();
  await setPlan(accessKeyId, plan);
  const errors = [];
  const producer = new Producer({
    region: 'us-east-1',
    endpoint: world.kinesis,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    onError: (error) => errors.push(error),
    fetch: world.fetch,
    ...options,
  });
  return { producer, errors, accessKeyId, log: () => logOf(accessKeyId) };
}

export async function setPlan(accessKeyId, plan) {
  const response = await fetch(`${world.kinesis}/_faults/${accessKeyId}`, { method: 'PUT', body: JSON.stringify(plan) });
  if (!response.ok) throw new Error(`the fault plan was refused: ${await response.text()}`);
}

export async function logOf(accessKeyId) {
  const response = await fetch(`${world.kinesis}/_faults/${accessKeyId}`);
  return response.json();
}

/** A fresh stream; returns its name. */
export async function newStream(shardCount = 1) {
  const { client } = await clientWith();
  const StreamName = unique('stream');
  await client.call('CreateStream', { StreamName, ShardCount: shardCount });
  for (;;) {
    const { StreamDescriptionSummary } = await client.describeStreamSummary({ StreamName });
    if (StreamDescriptionSummary.StreamStatus === 'ACTIVE') return StreamName;
    await sleep(20);
  }
}

/** Every record of a stream as `{ shardId, sequenceNumber, partitionKey, data }`, shard by shard in order. */
export async function readAll(StreamName) {
  const { client } = await clientWith({}, { maxAttempts: 10 });
  const { Shards } = await client.listShards({ StreamName });
  const perShard = await Promise.all(Shards.map(({ ShardId }) => readShard(client, StreamName, ShardId)));
  return perShard.flat();
}

async function readShard(client, StreamName, ShardId) {
  const records = [];
  let { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  while (ShardIterator) {
    const answer = await client.call('GetRecords', { ShardIterator });
    records.push(...answer.Records.map((record) => readRecord(ShardId, record)));
    ShardIterator = answer.MillisBehindLatest > 0 || answer.Records.length > 0 ? answer.NextShardIterator : undefined;
  }
  return records;
}

function readRecord(shardId, { SequenceNumber, PartitionKey, Data }) {
  return { shardId, sequenceNumber: SequenceNumber, partitionKey: PartitionKey, data: bytesOfBase64(Data) };
}

export function bytesOfBase64(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function utf8(text) {
  return new TextEncoder().encode(text);
}

export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Bytes that look random and are the same in each run. */
export function noise(length, seed = 1) {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

/** The error that a promise rejects with, or that a function throws. */
export async function errorOf(work) {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error('an error was expected');
}

/** A file of the project. */
export async function file(path) {
  const response = await fetch(`${world.files}/${path}`);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.json();
}

/** Runs `work` while the host's clock is wrong by so much. */
export async function withClockOff(ms, work) {
  const { now } = Date;
  Date.now = () => now() + ms;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}
