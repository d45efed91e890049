// The cases in workerd, from a minified bundle.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Miniflare, Response } from 'miniflare';
import { top } from '../../../xtask/say.mjs';
import { children, isLinux, processorTimeOf } from '../processor-time.mjs';
import { bundle } from './bundle.mjs';

export async function runInWorkerd({ cases, timing }) {
  const { miniflare, stop } = await openWorker();
  try {
    const results = {};
    for (const name of cases) results[name] = await ask(miniflare, { name, timing });
    return { version: `workerd ${createRequire(import.meta.url)('workerd/package.json').version}`, results };
  } finally {
    await stop();
  }
}

/** The Worker with the cases in a workerd of its own; `processorTime` is that of that process, where that is known. */
export async function openWorker() {
  const before = new Set(children());
  let mine = [];
  const processorTime = isLinux ? () => processorTimeOf(mine) : undefined;
  const bindings = processorTime && { CLOCK: () => new Response(String(processorTime())) };
  const miniflare = await startWorker({ 'worker.js': await bundle('runtimes/worker.js', 'workerd') }, bindings);
  await miniflare.ready;
  mine = children().filter((id) => !before.has(id));
  return { miniflare, processorTime, stop: () => miniflare.dispose() };
}

/** A fresh process with the scripts; the first is the Worker. */
export async function startWorker(scripts, serviceBindings = {}) {
  const modules = Object.entries(scripts).map(([path, contents]) => ({ type: 'ESModule', path, contents }));
  const wasm = { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: await readFile(join(top, 'dist', 'kinesis-edge.wasm')) };
  return new Miniflare({ compatibilityDate: '2026-07-01', compatibilityFlags: ['nodejs_compat'], modules: [...modules, wasm], serviceBindings });
}

export async function ask(miniflare, question) {
  const response = await miniflare.dispatchFetch('http://localhost/', { method: 'POST', body: JSON.stringify(question) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
