// The cases in workerd, from a minified bundle.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { top } from '../../../xtask/say.mjs';
import { bundle } from './bundle.mjs';

export async function runInWorkerd({ cases, timing }) {
  const miniflare = await startWorker({ 'worker.js': await bundle('runtimes/worker.js', 'workerd') });
  try {
    const results = {};
    for (const name of cases) results[name] = await ask(miniflare, { name, timing });
    return { version: `workerd ${createRequire(import.meta.url)('workerd/package.json').version}`, results };
  } finally {
    await miniflare.dispose();
  }
}

/** A fresh process with the scripts; the first is the Worker. */
export async function startWorker(scripts) {
  const modules = Object.entries(scripts).map(([path, contents]) => ({ type: 'ESModule', path, contents }));
  const wasm = { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: await readFile(join(top, 'dist', 'kinesis-edge.wasm')) };
  return new Miniflare({ compatibilityDate: '2026-07-01', modules: [...modules, wasm] });
}

export async function ask(miniflare, question) {
  const response = await miniflare.dispatchFetch('http://localhost/', { method: 'POST', body: JSON.stringify(question) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
