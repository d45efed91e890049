// Bundlers that write files for a page or for Node, with their defaults.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { serveFolder } from '../files.mjs';
import { output } from '../tools.mjs';

const MODULE_PAGE = '<!doctype html><title>loading</title><script type="module" src="./page.js"></script>';
const CLASSIC_PAGE = '<!doctype html><title>loading</title><body><script src="./page.js"></script>';

/** A page of what the bundler has written to `out/page.js`, and nothing that it has not. */
function page(bundle, html = MODULE_PAGE) {
  return async (environment) => {
    const out = join(environment.folder, 'out');
    mkdirSync(out, { recursive: true });
    await bundle(environment.folder, out);
    writeFileSync(join(out, 'index.html'), html);
    await opened(environment, out);
  };
}

async function opened({ openPage, text }, folder) {
  const files = await serveFolder(folder);
  try {
    await openPage(files.endpoint, text);
  } finally {
    await files.stop();
  }
}

/** A program in one file, in a folder where nothing else is. */
function program(name, bundle) {
  return async ({ folder, endpoint, text }) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'kinesis-edge-'));
    try {
      await bundle(folder, join(elsewhere, name));
      await output('node', [name, endpoint, text], { cwd: elsewhere });
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  };
}

const esbuild = (folder, outfile, entry, options) => build({ absWorkingDir: folder, entryPoints: [entry], bundle: true, minify: true, outfile, logLevel: 'error', logOverride: { 'empty-import-meta': 'silent' }, ...options });
const node = (folder, args) => output('node', args, { cwd: folder });

/** A configuration that is a script, as webpack and its like take it; `more` is the text of further options. */
const configured = (tool, more = '') => async (folder, out) => {
  const script = `import * as tool from '${tool}';
const pack = tool.rspack ?? tool.default;
pack({ mode: 'production', entry: './page.js', output: { path: ${JSON.stringify(out)}, filename: 'page.js' }, ${more} }, (error, stats) => {
  if (!error && !stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(error ?? stats.toString());
  process.exitCode = 1;
});`;
  writeFileSync(join(folder, 'bundle.mjs'), script);
  await node(folder, ['bundle.mjs']);
};

/** Parcel reads `exports` of packages only where it is told so. Without that it takes `main`, the build for Node, and knows no other entry. */
async function parcel({ folder, openPage, text }) {
  writeFileSync(join(folder, 'index.html'), MODULE_PAGE);
  const file = join(folder, 'package.json');
  const settings = { '@parcel/resolver-default': { packageExports: true } };
  writeFileSync(file, JSON.stringify({ ...(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}), ...settings }));
  // An entry of its own, and a script that reads `ready` before those that bring the modules.
  writeFileSync(join(folder, 'helper.js'), "import { ready } from 'kinesis-edge';\nexport const loaded = ready.then(() => {});\n");
  const page = readFileSync(join(folder, 'page.js'), 'utf8');
  writeFileSync(join(folder, 'page.js'), `import { loaded } from './helper.js';\nimport { hashKey } from 'kinesis-edge';\nimport { createTracker } from 'kinesis-edge/tracker';\n${page}\nawait loaded;\nif (hashKey('k').length < 30 || typeof createTracker !== 'function') throw new Error('not loaded');\n`);
  await output('node', ['node_modules/parcel/lib/bin.js', 'build', 'index.html', '--cache-dir', '.parcel-cache', '--dist-dir', 'out'], { cwd: folder });
  if (!readdirSync(join(folder, 'out')).some((name) => name.endsWith('.wasm'))) throw new Error('Parcel has taken the build for Node');
  await opened({ openPage, text }, join(folder, 'out'));
}

const RESOLVE = "import resolve from '@rollup/plugin-node-resolve';\nexport default { plugins: [resolve({ browser: true })] };";

export const BUNDLERS = [
  { name: 'esbuild, module', tools: 'none', tool: 'esbuild', quick: true, run: page((folder, out) => esbuild(folder, join(out, 'page.js'), 'page.js', { format: 'esm' })) },
  { name: 'esbuild, module in chunks', tools: 'none', tool: 'esbuild', run: page((folder, out) => esbuild(folder, undefined, 'page.js', { format: 'esm', splitting: true, outdir: out })) },
  { name: 'esbuild, classic script', tools: 'none', tool: 'esbuild', quick: true, run: page((folder, out) => esbuild(folder, join(out, 'page.js'), 'page.js', { format: 'iife' }), CLASSIC_PAGE) },
  { name: 'esbuild, for Node as CommonJS (Lambda)', tools: 'none', tool: 'esbuild', quick: true, run: program('bundle.cjs', (folder, file) => esbuild(folder, file, 'program.cjs', { format: 'cjs', platform: 'node' })) },
  { name: 'esbuild, for Node as a module', tools: 'none', tool: 'esbuild', run: program('bundle.mjs', (folder, file) => esbuild(folder, file, 'program.mjs', { format: 'esm', platform: 'node' })) },
  { name: 'Rollup', tools: 'rollup', tool: 'rollup', run: page(async (folder) => {
    writeFileSync(join(folder, 'rollup.config.mjs'), RESOLVE);
    await node(folder, ['node_modules/rollup/dist/bin/rollup', '--config', 'rollup.config.mjs', '--input', 'page.js', '--dir', 'out', '--format', 'es']);
  }) },
  { name: 'Rollup, classic script', tools: 'rollup', tool: 'rollup', run: page(async (folder) => {
    writeFileSync(join(folder, 'rollup.config.mjs'), RESOLVE);
    await node(folder, ['node_modules/rollup/dist/bin/rollup', '--config', 'rollup.config.mjs', '--input', 'page.js', '--file', 'out/page.js', '--format', 'iife', '--inlineDynamicImports']);
  }, CLASSIC_PAGE) },
  { name: 'Rolldown', tools: 'rolldown', tool: 'rolldown', run: page((folder) => node(folder, ['node_modules/rolldown/bin/cli.mjs', 'page.js', '--dir', 'out', '--format', 'esm'])) },
  { name: 'webpack', tools: 'webpack', tool: 'webpack', run: page(configured('webpack'), CLASSIC_PAGE) },
  // Without Node's integration, as Electron has it by default, a renderer is a page of Chromium.
  { name: "webpack, for Electron's renderer", tools: 'webpack', tool: 'webpack', run: page(configured('webpack', "target: 'electron-renderer'"), CLASSIC_PAGE) },
  { name: 'Rspack', tools: 'rspack', tool: '@rspack/core', run: page(configured('@rspack/core'), CLASSIC_PAGE) },
  { name: 'Parcel', tools: 'parcel', tool: 'parcel', run: parcel },
  { name: "Bun's bundler", tools: 'bun', tool: 'bun', run: page((folder) => output(join(folder, 'node_modules/bun/bin/bun.exe'), ['build', 'page.js', '--outdir', 'out'], { cwd: folder })) },
];
