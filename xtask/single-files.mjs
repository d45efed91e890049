// The whole package in one file, with the module in it: for a page without a bundler and for CDNs.
import { join } from 'node:path';
import { SINGLE_FILES } from './exports.mjs';
import { wholeModule } from './whole-module.mjs';

const FORMATS = { 'kinesis-edge.iife.js': { format: 'iife', globalName: 'KinesisEdge' }, 'kinesis-edge.esm.js': { format: 'esm' } };

/** Writes a classic script, whose exports are members of `KinesisEdge`, and a module. */
export async function writeSingleFiles(compiled, out) {
  const { build } = await import('esbuild');
  for (const name of SINGLE_FILES) {
    await build({ absWorkingDir: compiled, entryPoints: [join(compiled, 'entries', 'single-file.js')], outfile: join(out, name), plugins: [wholeModule(compiled)], bundle: true, minify: true, target: 'es2022', charset: 'utf8', sourcemap: true, logLevel: 'error', ...FORMATS[name] });
  }
}
