// Runs a Worker as its wrangler.toml describes it, in workerd, on this machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as optionsIn } from 'wrangler';
import { top } from './say.mjs';

/**
 * What `wrangler dev` does, without the second Worker that it puts in front: one broken connection between the two, and a browser
 * that turns away breaks many, ends all of it (https://github.com/cloudflare/workers-sdk/issues/15451).
 * @param {{ config: string, port: number, variables: Record<string, string> }} options `config`: the path of the wrangler.toml
 */
export async function runWorker({ config, port, variables }) {
  const { workerOptions, main } = optionsIn(config);
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port,
    ...workerOptions,
    bindings: { ...workerOptions.bindings, ...variables },
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: await bundle(main) },
      { type: 'CompiledWasm', path: 'kinesis-edge.wasm', contents: readFileSync(join(top, 'dist', 'kinesis-edge.wasm')) },
    ],
  });
  const { href } = await miniflare.ready;
  return { address: href, stop: () => miniflare.dispose() };
}

async function bundle(main) {
  const { outputFiles } = await build({ entryPoints: [main], bundle: true, write: false, format: 'esm', conditions: ['workerd', 'worker'], external: ['*.wasm', 'node:*', 'cloudflare:*'] });
  return outputFiles[0].text;
}
