import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { top } from '../../xtask/say.mjs';

export default function runInWorkerd(world, options) {
  return runWorker('worker.js', { ...world, runtime: 'workerd' }, options);
}

/** Runs the suite in a Worker made of a file beside this one; `settings` are Miniflare's. */
export async function runWorker(file, world, options, settings = {}) {
  const { outputFiles } = await build({
    entryPoints: [join(top, 'tests', 'js', file)],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd', 'worker', 'module'],
    external: ['*.wasm'],
    logLevel: 'error',
  });
  const miniflare = new Miniflare({
    compatibilityDate: '2026-07-01',
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text },
      { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: await readFile(join(top, 'dist', 'kinesis-edge.wasm')) },
    ],
    ...settings,
  });
  try {
    const body = JSON.stringify({ world, options });
    const response = await miniflare.dispatchFetch('http://localhost/', { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  } finally {
    await miniflare.dispose();
  }
}
