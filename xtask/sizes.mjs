// What a visitor downloads for an import: bundled by esbuild for browsers, minified and gzipped, with the modules that are loaded.
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
  'Producer and KinesisClient': "export { Producer, KinesisClient } from 'kinesis-edge';",
  'Producer, indexedDBOutbox and tracker': "export { Producer, indexedDBOutbox } from 'kinesis-edge'; export { createTracker } from 'kinesis-edge/tracker';",
  'tracker with a collector': "export { createTracker } from 'kinesis-edge/tracker';",
  'all of kinesis-edge': "export * from 'kinesis-edge';",
  'kinesis-edge/inline': "export * from 'kinesis-edge/inline';",
  'kinesis-edge/node': "export * from 'kinesis-edge/node';",
};
const CLIENT = 'kinesis-edge-client.wasm';
const SIGNER = 'kinesis-edge-signer.wasm';
const MODULES = ['kinesis-edge-producer.wasm', CLIENT, SIGNER];

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
  const js = loaded.reduce((sum, { contents }) => sum + gzip(contents), 0);
  const wasm = modulesOf(loaded).reduce((sum, file) => sum + gzip(readFileSync(join(top, 'dist', 'browser', 'core', file))), 0);
  return { name, js, wasm };
}

/** The modules that scripts load: the client's can do all that the signer's can, which is not loaded beside it. */
function modulesOf(loaded) {
  const named = MODULES.filter((file) => loaded.some(({ text }) => text.includes(file)));
  return named.filter((file) => file !== SIGNER || !named.includes(CLIENT));
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
