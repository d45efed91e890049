// The entries for the edge runtime of Next.js, whose development server runs them in a realm of its own, with modules compiled outside of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { top } from '../../xtask/say.mjs';

const HOST = ['atob', 'TextEncoder', 'TextDecoder', 'crypto', 'performance', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'fetch', 'Request', 'Response', 'Headers', 'URL', 'AbortController', 'AbortSignal', 'ReadableStream', 'WritableStream', 'DecompressionStream', 'console'];

/** What an entry exports, in a realm where `import module from '….wasm?module'` gives a module of this one. */
async function exportsOf(entry) {
  const compiled = { name: 'compiled', setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'compiled' }));
    onLoad({ filter: /./, namespace: 'compiled' }, () => ({ contents: 'export default compiledElsewhere;' }));
  } };
  const { outputFiles } = await build({ entryPoints: [join(top, 'dist', entry)], bundle: true, write: false, format: 'iife', globalName: 'exported', plugins: [compiled], logLevel: 'error' });
  const compiledElsewhere = new WebAssembly.Module(readFileSync(join(top, 'dist', 'kinesis-edge.wasm')));
  const context = createContext({ ...Object.fromEntries(HOST.map((name) => [name, globalThis[name]])), compiledElsewhere });
  assert.equal(runInContext('compiledElsewhere instanceof WebAssembly.Module', context), false);
  return runInContext(`${outputFiles[0].text};exported`, context);
}

test('kinesis-edge takes a module of another realm', async () => {
  const { hashKey } = await exportsOf('edge-light.js');
  assert.equal(hashKey('a'), '16955237001963240173058271559858726497');
});

test('kinesis-edge/collector takes a module of another realm', async () => {
  const { createCollector } = await exportsOf('collector-edge-light.js');
  assert.equal(typeof createCollector, 'function');
});
