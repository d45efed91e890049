// The oldest compatibility date of a Worker that everything works with, and today's, also with `nodejs_compat`: requests that share a producer.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { KinesisClient } from 'kinesis-edge';
import { Miniflare } from 'miniflare';
import { top } from '../../xtask/say.mjs';
import { startKinesis } from './servers.mjs';

const STREAM = 'older-workers';
/** ES modules came to Workers with it. */
const OLDEST = '2021-11-02';
let kinesis;
let modules;

before(async () => {
  kinesis = await startKinesis();
  const client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'WORKER', secretAccessKey: 's' } });
  await client.call('CreateStream', { StreamName: STREAM, ShardCount: 2 });
  const { outputFiles } = await build({ entryPoints: [join(top, 'tests', 'js', 'older', 'worker.js')], bundle: true, write: false, format: 'esm', conditions: ['workerd', 'worker'], external: ['*.wasm'] });
  modules = [
    { type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text },
    { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: await readFile(join(top, 'dist', 'kinesis-edge.wasm')) },
  ];
});
after(() => kinesis?.stop());

for (const [compatibilityDate, ...compatibilityFlags] of [[OLDEST], ['2022-03-20'], ['2026-07-01'], ['2026-07-01', 'nodejs_compat']]) {
  test(`requests share a producer in a Worker with the compatibility date ${[compatibilityDate, ...compatibilityFlags].join(' and ')}`, async () => {
    const miniflare = new Miniflare({ compatibilityDate, compatibilityFlags, host: '127.0.0.1', bindings: { KINESIS: kinesis.endpoint, STREAM }, modules });
    try {
      const address = await miniflare.ready;
      const answers = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(address)).text()));
      for (const answer of answers) assert.match(answer, /^\{"stored":\["shardId-\d+","shardId-\d+","shardId-\d+"\],"isSigned":true\}$/);
    } finally {
      await miniflare.dispose();
    }
  });
}
