// The shipped shim as one script that runs in a realm of its own, with the module that can be made to trap. A deliberate break is a text
// that is replaced in one file.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOADERS } from '../../xtask/whole-module.mjs';
import { Contexts } from './host/contexts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const top = resolve(here, '..', '..');
const shim = join(top, 'src', 'shim');
const generated = join(top, 'target', 'trap', 'modules', 'generated');

/** @returns the contexts that the shim runs in, and the bytes of its module */
export async function bundle(change) {
  if (!existsSync(join(generated, 'kinesis-edge.wasm'))) throw new Error('the module for traps is missing: npm run simulate:host builds it');
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: top,
    entryPoints: [join(here, 'realm', 'entry.js')],
    plugins: [shimPlugin(change)],
    bundle: true,
    format: 'iife',
    globalName: 'edge',
    target: 'es2022',
    charset: 'utf8',
    define: { 'import.meta.url': '"https://page.example/kinesis-edge/entry.js"' },
    write: false,
    logLevel: 'error',
  });
  const wasm = readFileSync(join(generated, 'kinesis-edge.wasm'));
  return {
    contexts: new Contexts({ prelude: readFileSync(join(here, 'realm', 'globals.js'), 'utf8'), shim: `${outputFiles[0].text}\nreturn edge;` }),
    wasm,
    // V8 keeps what it has compiled of these bytes for as long as one module has them.
    compiled: new WebAssembly.Module(wasm),
    change,
  };
}

function shimPlugin(change) {
  return {
    name: 'shim',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/generated\// }, ({ path }) => ({ path: join(generated, path.slice(path.lastIndexOf('/') + 1)) }));
      onResolve({ filter: /-module\.js$/ }, ({ path, resolveDir }) => (LOADERS.test(join(resolveDir, path)) ? { path: join(shim, 'core', 'whole-module.ts') } : undefined));
      onResolve({ filter: /^shim\// }, ({ path }) => ({ path: join(shim, path.slice(5)) }));
      if (!change) return;
      onLoad({ filter: new RegExp(`${change.file.replaceAll('/', '[\\\\/]').replaceAll('.', '\\.')}$`) }, ({ path }) => ({ contents: broken(readFileSync(path, 'utf8'), change), loader: 'ts' }));
    },
  };
}

/** Why a deliberate break cannot be made: its text is not there once, or what it makes does not compile. */
export async function faultOf(change) {
  const { transform } = await import('esbuild');
  const { file } = change;
  const path = file.startsWith('generated/') ? join(generated, file.slice('generated/'.length)) : join(shim, file);
  try {
    await transform(broken(readFileSync(path, 'utf8'), change), { loader: 'ts', logLevel: 'silent' });
    return undefined;
  } catch ({ message }) {
    return `${change.name}: ${message}`;
  }
}

function broken(text, { file, from, to }) {
  if (text.split(from).length !== 2) throw new Error(`broken.json: ${file} does not have "${from}" once`);
  return text.replace(from, () => to);
}
