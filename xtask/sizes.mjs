// What a visitor downloads for an import: bundled by esbuild for browsers, minified and gzipped, with the module that is loaded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { top } from './say.mjs';

/** What somebody may import, as they would write it. */
const IMPORTS = {
  'KinesisError': "export { KinesisError } from 'kinesis-edge';",
  'signRequest': "export { signRequest } from 'kinesis-edge';",
  'KinesisClient': "export { KinesisClient } from 'kinesis-edge';",
  'Producer': "export { Producer } from 'kinesis-edge';",
  'Producer, indexedDBOutbox and tracker': "export { Producer, indexedDBOutbox } from 'kinesis-edge'; export { createTracker } from 'kinesis-edge/tracker';",
  'tracker with a collector': "export { createTracker } from 'kinesis-edge/tracker';",
  'all of kinesis-edge': "export * from 'kinesis-edge';",
  'kinesis-edge/inline': "export * from 'kinesis-edge/inline';",
  'kinesis-edge/node': "export * from 'kinesis-edge/node';",
};
const MODULES = ['kinesis-edge.wasm', 'kinesis-edge-client.wasm', 'kinesis-edge-signer.wasm'];

/** Bytes of each import, gzipped: `{ name, js, wasm }`. */
export async function sizes() {
  return Promise.all(Object.entries(IMPORTS).map(([name, contents]) => sizeOf(name, contents)));
}

export async function printSizes() {
  console.log('\nimport                                  JS min+gz   wasm gz   together');
  for (const { name, js, wasm } of await sizes()) {
    console.log(`${name.padEnd(39)} ${kilobytes(js)} ${wasm ? kilobytes(wasm) : '       – '} ${kilobytes(js + wasm)}`);
  }
}

async function sizeOf(name, contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: top },
    absWorkingDir: top,
    bundle: true,
    // The script that carries the module as text is a chunk of its own, which is loaded only where there is no .wasm file.
    splitting: true,
    outdir: join(top, 'target', 'sizes'),
    metafile: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['*.wasm', 'node:*'],
    logLevel: 'error',
  });
  const loaded = scriptsLoadedAtOnce(metafile).map((path) => outputFiles.find((file) => file.path === join(top, path)));
  // The first that is named is the one that is loaded: it can do all that the other can.
  const module = MODULES.find((file) => loaded.some(({ text }) => text.includes(file)));
  const js = loaded.reduce((sum, { contents }) => sum + gzip(contents), 0);
  return { name, js, wasm: module ? gzip(readFileSync(join(top, 'dist', 'browser', 'core', module))) : 0 };
}

/** The entry and what it imports, and so on: not what it imports later. */
function scriptsLoadedAtOnce({ outputs }) {
  const [entry] = Object.keys(outputs).filter((path) => outputs[path].entryPoint === '<stdin>');
  const found = new Set([entry]);
  for (const path of found) for (const { path: other, kind } of outputs[path].imports) if (kind === 'import-statement' && outputs[other]) found.add(other);
  return [...found];
}

function gzip(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

export function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} KB`;
}
