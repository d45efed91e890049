// A stream behind the embedded Kinesis, and collectors in workerd in front of it.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { KinesisClient, deaggregate } from 'kinesis-edge';
import { Miniflare } from 'miniflare';
import { top } from '../../../xtask/say.mjs';
import { startKinesis } from '../servers.mjs';

export const ORIGIN = 'https://www.example.com';
export const ACCESS_KEY = 'COLLECTOR';

/** Code for workerd of a file beside this one: modules as Miniflare takes them. */
export async function bundle(file = 'worker.js', options = {}) {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, file)],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['*.wasm', 'node:*', 'cloudflare:*'],
    logLevel: 'error',
    ...options,
  });
  return [
    { type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text },
    { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: await readFile(join(top, 'dist', 'kinesis-edge.wasm')) },
  ];
}

/** A stream of its own. */
export async function startStream({ shards = 4, name = 'collected', args = [] } = {}) {
  const kinesis = await startKinesis(args);
  const client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'READER', secretAccessKey: 's' } });
  await client.call('CreateStream', { StreamName: name, ShardCount: shards });
  return {
    name,
    endpoint: kinesis.endpoint,
    stop: kinesis.stop,
    plan: (plan, key = ACCESS_KEY) => fetch(`${kinesis.endpoint}/_faults/${key}`, { method: 'PUT', body: JSON.stringify(plan) }),
    lines: () => linesOf(client, name),
  };
}

/** A Worker with a stream behind it; `options` are Miniflare's. */
export async function startCollector(stream, modules, { bindings = {}, ...options } = {}) {
  const miniflare = new Miniflare({
    compatibilityDate: '2026-04-01',
    host: '127.0.0.1',
    bindings: { KINESIS: stream.endpoint, STREAM: stream.name, ...bindings },
    modules,
    queueProducers: { QUEUE: { queueName: 'events' } },
    queueConsumers: { events: { maxBatchSize: 20, maxBatchTimeout: 0.1, maxRetries: 50 } },
    ...options,
  });
  return { address: (await miniflare.ready).href, miniflare, stop: () => miniflare.dispose() };
}

/** The text of every user record of every shard. */
async function linesOf(client, StreamName) {
  const { Shards } = await client.listShards({ StreamName });
  const lines = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    for (let more = true; more; ) {
      const answer = await client.call('GetRecords', { ShardIterator });
      for (const { PartitionKey, Data } of answer.Records) {
        for (const { partitionKey, data } of deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') })) lines.push({ partitionKey, text: Buffer.from(data).toString() });
      }
      ShardIterator = answer.NextShardIterator;
      more = answer.Records.length > 0;
    }
  }
  return lines;
}

/** One event of a visitor. */
export function event(fields = {}) {
  return {
    type: 'track',
    event: 'click',
    messageId: randomUUID(),
    anonymousId: randomUUID(),
    sessionId: 's1',
    timestamp: new Date().toISOString(),
    context: { page: { path: '/' } },
    ...fields,
  };
}

export async function until(what, probe, { ms = 15_000, everyMs = 100 } = {}) {
  for (const end = Date.now() + ms; ; ) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
