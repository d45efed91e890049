// What a visitor downloads: each entry bundled, minified and gzipped, with its wasm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { top } from './say.mjs';

const ENTRIES = [
  ['kinesis-edge (browser)', 'browser.js', true],
  ['kinesis-edge (workerd)', 'workerd.js', true],
  ['kinesis-edge (node)', 'node.js', true],
  ['kinesis-edge/inline', 'inline.js', false],
  ['kinesis-edge/slim', 'slim.js', false],
];

/** Bytes of each entry: `{ name, js, wasm, gzipped }`. */
export async function sizes() {
  const wasm = readFileSync(join(top, 'dist', 'kinesis-edge.wasm'));
  return Promise.all(ENTRIES.map(([name, file, hasWasm]) => sizeOf(name, file, hasWasm ? gzip(wasm) : 0)));
}

export async function printSizes() {
  console.log('\nentry                      JS min+gz   wasm gz   together');
  for (const { name, js, wasm } of await sizes()) {
    console.log(`${name.padEnd(26)} ${kilobytes(js)} ${wasm ? kilobytes(wasm) : '       – '} ${kilobytes(js + wasm)}`);
  }
}

async function sizeOf(name, file, wasm) {
  const { outputFiles } = await build({
    entryPoints: [join(top, 'dist', file)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['*.wasm', 'node:*'],
    logLevel: 'error',
  });
  return { name, js: gzip(outputFiles[0].contents), wasm };
}

function gzip(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} KB`;
}
