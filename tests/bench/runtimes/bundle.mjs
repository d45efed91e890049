// Bundles as users ship them: minified ES modules.
import { join } from 'node:path';
import { build } from 'esbuild';
import { top } from '../../../xtask/say.mjs';

const PLATFORMS = {
  browser: { platform: 'browser' },
  workerd: { conditions: ['workerd', 'worker', 'browser', 'module'], mainFields: ['browser', 'module', 'main'], external: ['*.wasm', 'node:*'] },
  node: { platform: 'node', external: ['node:*'] },
};

/** The text of a bundle. `source` is a file under tests/bench, or `{ contents }`: a module that imports what is to be weighed. */
export async function bundle(source, platform) {
  const folder = join(top, 'tests', 'bench');
  const input = typeof source === 'string' ? { entryPoints: [join(folder, source)] } : { stdin: { contents: source.contents, resolveDir: folder } };
  const { outputFiles } = await build({
    ...input,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['*.wasm'],
    legalComments: 'none',
    logLevel: 'error',
    ...PLATFORMS[platform],
  });
  return outputFiles[0].text;
}
