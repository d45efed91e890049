// A producer and a client that are used before the first request of a Worker, with old and new compatibility dates, with and without `nodejs_compat`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Miniflare } from 'miniflare';
import { bundle, startStream, until } from './collector/setup.mjs';

let stream;
let modules;
before(async () => {
  stream = await startStream({ name: 'module-scope', shards: 1 });
  modules = await bundle('../worker/module-scope.js', { define: { ENDPOINT: JSON.stringify(stream.endpoint) } });
});
after(() => stream?.stop());

const FORBIDDEN = (what) => `KinesisError ERR_INVALID_ARGUMENT: ${what} sends requests, which a Worker may not do at its module scope: do it in a handler`;

for (const [compatibilityDate, ...compatibilityFlags] of [['2021-11-02'], ['2026-07-01'], ['2026-07-01', 'nodejs_compat']]) {
  for (const [path, others] of [['/put', 1], ['/flush', 0]]) {
    test(`what is put at module scope is sent by the first request that uses the producer: ${path}, ${[compatibilityDate, ...compatibilityFlags]}`, async () => {
      const before = (await stream.lines()).length;
      const miniflare = new Miniflare({ compatibilityDate, compatibilityFlags, host: '127.0.0.1', modules });
      try {
        const address = await miniflare.ready;
        const ask = async (where) => (await fetch(new URL(where, address), { signal: AbortSignal.timeout(20_000) })).json();
        const first = await ask('/');
        assert.equal(first.buffered, 3);
        assert.deepEqual(first.outcomes.flush, FORBIDDEN('flush'));
        assert.deepEqual(first.outcomes.call, FORBIDDEN('a call'));
        assert.match(first.outcomes.refused, /^KinesisError ERR_INVALID_ARGUMENT/);
        assert.equal(first.outcomes.ready, 'done');
        await ask(path);
        const last = await until('the records of the module scope are acknowledged', async () => {
          const answer = await ask('/');
          return answer.outcomes['put 2'] && answer;
        });
        assert.deepEqual(['put 0', 'put 1', 'put 2'].map((name) => last.outcomes[name]), ['done', 'done', 'done']);
        assert.deepEqual(last.errors, ['ERR_INVALID_ARGUMENT data must be a string, bytes or a JSON value, not a function']);
        assert.deepEqual([last.stats.recordsPut, last.stats.recordsDelivered, last.stats.requestsFailed], [3 + others, 3 + others, 0]);
      } finally {
        await miniflare.dispose();
      }
      const texts = (await stream.lines()).slice(before).map(({ text }) => text);
      assert.deepEqual(texts.filter((text) => text !== 'in a request'), ['text', 'bytes', '{"json":1}']);
      assert.equal(texts.length, 3 + others);
    });
  }
}
