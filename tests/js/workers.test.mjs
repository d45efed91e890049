// A producer kept at module scope in workerd, used by many requests at once.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { deaggregate } from 'kinesis-edge';
import { Miniflare } from 'miniflare';
import { top } from '../../xtask/say.mjs';
import { startKinesisWith } from './kinesis.mjs';

const STREAM = 'workers';
let kinesis;
let client;
let miniflare;
let address;

before(async () => {
  ({ kinesis, client } = await startKinesisWith(STREAM, 4));
  const { outputFiles } = await build({
    entryPoints: [join(top, 'tests', 'js', 'worker', 'shared.js')],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['*.wasm'],
  });
  miniflare = new Miniflare({
    compatibilityDate: '2026-07-01',
    host: '127.0.0.1',
    bindings: { KINESIS: kinesis.endpoint, STREAM },
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text },
      { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: await readFile(join(top, 'dist', 'kinesis-edge.wasm')) },
    ],
  });
  address = await miniflare.ready;
});
after(async () => {
  await miniflare?.dispose();
  await kinesis?.stop();
});

test('200 requests at once, a quarter of whose clients leave: all that was handed to waitUntil is delivered', async () => {
  // Some answers are lost on the way, so that requests wait for what others have sent.
  const plan = { random: { seed: 4, answerLost: 0.1, status500: 0.1, delayMsMax: 50 } };
  await fetch(`${kinesis.endpoint}/_faults/WORKER`, { method: 'PUT', body: JSON.stringify(plan) });
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, id) => send(id)));
  const left = outcomes.filter(({ status }) => status === 'rejected').length;
  assert.ok(left > 10 && left < 60, `${left} clients left`);

  const taken = await (await fetch(new URL('/taken', address))).json();
  assert.ok(taken.length >= 150);
  let missing = taken;
  for (let tries = 0; tries < 60 && missing.length > 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const stored = new Set(await storedIds());
    missing = taken.filter((id) => !stored.has(id));
  }
  assert.deepEqual(missing, []);
});

test('a request after that is answered and delivered', async () => {
  assert.equal((await send(1000)).status, 202);
  for (let tries = 0; tries < 40; tries += 1) {
    if ((await storedIds()).includes('1000')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('it did not arrive');
});

async function send(id) {
  const leaves = id % 4 === 3;
  return fetch(new URL(`/?id=${id}`, address), { method: 'POST', signal: leaves ? AbortSignal.timeout(5) : undefined });
}

async function storedIds() {
  const { Shards } = await client.listShards({ StreamName: STREAM });
  const ids = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    for (let more = true; more; ) {
      const answer = await client.call('GetRecords', { ShardIterator });
      for (const { PartitionKey, Data } of answer.Records) {
        ids.push(...deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') }).map(({ data }) => new TextDecoder().decode(data)));
      }
      ShardIterator = answer.NextShardIterator;
      more = answer.Records.length > 0;
    }
  }
  return ids;
}
