// What a visitor downloads: each entry bundled, minified and gzipped, with its wasm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { top } from './say.mjs';

/** Bytes of each entry, gzipped: `{ name, js, wasm }`. */
export async function sizes() {
  const wasm = gzip(readFileSync(join(top, 'dist', 'kinesis-edge.wasm')));
  return Promise.all(entries().map(([name, files]) => sizeOf(name, files, wasm)));
}

export async function printSizes() {
  console.log('\nentry                            JS min+gz   wasm gz   together');
  for (const { name, js, wasm } of await sizes()) {
    console.log(`${name.padEnd(32)} ${kilobytes(js)} ${wasm ? kilobytes(wasm) : '       – '} ${kilobytes(js + wasm)}`);
  }
}

/** Every script that package.json exports, with its name; and what a page with the tracker loads in all. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  const scripts = Object.entries(exports).flatMap(([path, conditions]) => scriptsOf(`kinesis-edge${path.slice(1)}`, conditions));
  const page = [exports['.'].browser, exports['./tracker']?.default];
  return page[1] ? [...scripts, ['kinesis-edge with its tracker', page]] : scripts;
}

function scriptsOf(name, conditions) {
  if (typeof conditions === 'string') return [];
  const named = new Map();
  for (const host of ['browser', 'workerd', 'node', 'default']) {
    const file = conditions[host];
    if (file && !named.has(file)) named.set(file, host === 'default' ? name : `${name} (${host})`);
  }
  return [...named].map(([file, script]) => [script, [file]]);
}

async function sizeOf(name, files, wasm) {
  const { outputFiles } = await build({
    stdin: { contents: files.map((file) => `export * from ${JSON.stringify(file)};`).join('\n'), resolveDir: top },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['*.wasm', 'node:*'],
    logLevel: 'error',
  });
  const loadsModule = outputFiles[0].text.includes('kinesis-edge.wasm');
  return { name, js: gzip(outputFiles[0].contents), wasm: loadsModule ? wasm : 0 };
}

function gzip(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

export function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} KB`;
}
