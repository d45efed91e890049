// npm run build: src → dist. The WebAssembly modules, and the shim: for bundlers as the modules it consists of, for all other
// hosts in a few files. Prints what each import weighs.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { CLI, licencesOf, writeCli } from './cli.mjs';
import { writeCommonJs } from './commonjs.mjs';
import { exportedScripts } from './exports.mjs';
import { installPackages, installRust } from './install.mjs';
import { thirdPartyLicences } from './licences.mjs';
import { command, top } from './say.mjs';
import { writeSingleFiles } from './single-files.mjs';
import { embedSources } from './source-maps.mjs';
import { writeTypes } from './types.mjs';
import { withBuildLock } from './lock.mjs';
import { PAGE_MODULES, TRAP_MODULE, WHOLE_MODULE, folderOf, makeModules } from './wasm.mjs';
import { compiledScripts } from './compiled-scripts.mjs';
import { wholeModule, wholeModuleOfRollup } from './whole-module.mjs';

const shim = join(top, 'src', 'shim');
/** The shim with what is generated for it, in TypeScript as it is written: what is type-checked. */
const modules = join(top, 'target', 'modules');
/** The same in JavaScript. */
const scripts = join(top, 'target', 'scripts');
const dist = join(top, 'dist');

/** The entries that a bundler for browsers takes: their modules stay apart, so that it can leave out what is not used. */
const BROWSER_ENTRIES = ['index', 'tracker', 'opentelemetry'];
/** Entries whose source has another name than the script in dist/. */
const SOURCES = { 'browser.js': 'page-without-bundler.js' };
/** What no shared file holds: entries, the tracker, and modules as text. */
const APART = /^(entries|tracker)[\\/]|-(text|bytes|deflated)\.js$/;
/** What the application installs where it uses the entry that imports it. */
const PEERS = ['@opentelemetry/api'];

/** Brings dist/ up to date. */
export function build() {
  return withBuildLock(buildDist);
}

async function buildDist() {
  await prepare([WHOLE_MODULE, ...PAGE_MODULES]);
  await gather([WHOLE_MODULE, ...PAGE_MODULES], modules, scripts);
  await writeDist(scripts, dist);
  await writeTypes(dist);
  const packages = await writeCli(dist);
  writeFileSync(join(dist, 'third-party-licences.txt'), (await thirdPartyLicences()) + licencesOf(packages));
  publishToPage();
}

/** The package in another folder, with a module that can be made to trap: for tests of the recovery. */
export function buildForTraps() {
  return withBuildLock(buildTrapDist);
}

async function buildTrapDist() {
  await prepare([TRAP_MODULE, ...PAGE_MODULES]);
  const [from, to] = ['modules', 'scripts'].map((name) => join(top, 'target', 'trap', name));
  await gather([TRAP_MODULE, ...PAGE_MODULES], from, to);
  const entry = join(to, 'entries', 'node.js');
  writeFileSync(entry, `${readFileSync(entry, 'utf8')}\nexport { trapAfter } from '../generated/whole-module.js';\n`);
  await writeDist(to, join(top, 'target', 'trap-dist'));
}

async function prepare(wanted) {
  await installPackages();
  await installRust();
  await makeModules(wanted);
}

/** Puts the shim and what is generated for it into one folder, and its JavaScript into another. */
async function gather(made, sources, compiled) {
  rmSync(sources, { recursive: true, force: true });
  cpSync(shim, sources, { recursive: true });
  const generated = join(sources, 'generated');
  mkdirSync(generated, { recursive: true });
  for (const module of made) {
    const folder = folderOf(module);
    const name = module.nameInPackage ?? module.name;
    for (const file of [`${module.glue}.js`, `${module.glue}.d.ts`]) cpSync(join(folder, file), join(generated, file));
    cpSync(join(folder, 'module.wasm'), join(generated, `${name}.wasm`));
    const bytes = readFileSync(join(folder, 'module.wasm'));
    writeText(deflateRawSync(bytes, { level: 9 }), join(generated, module.glue.replace('module', 'deflated')));
    // A host that reads scripts from a disk carries the whole module as it is.
    if (name === WHOLE_MODULE.name) writeText(bytes, join(generated, 'whole-text'));
  }
  await writeInflate(join(generated, 'inflate'));
  await toJavaScript(sources, compiled);
}

/** A module as base64 in a script: for hosts and bundlers that take no other file along. */
function writeText(bytes, script) {
  writeFileSync(`${script}.js`, `export const base64 = '${bytes.toString('base64')}';\n`);
  writeFileSync(`${script}.d.ts`, 'export declare const base64: string;\n');
}

/** fflate's `inflateSync` by itself: the package has no dependency that would have to be installed. */
async function writeInflate(script) {
  const { build } = await import('esbuild');
  const stdin = { contents: "export { inflateSync } from 'fflate';", resolveDir: top };
  await build({ stdin, outfile: `${script}.js`, bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' });
  writeFileSync(`${script}.d.ts`, 'export declare function inflateSync(data: Uint8Array): Uint8Array<ArrayBuffer>;\n');
}

async function toJavaScript(sources, compiled) {
  const { build } = await import('esbuild');
  rmSync(compiled, { recursive: true, force: true });
  const files = readdirSync(sources, { recursive: true });
  const entryPoints = files.filter((name) => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts')).map((name) => join(sources, name));
  await build({ entryPoints, outdir: compiled, outbase: sources, format: 'esm', target: 'es2022', charset: 'utf8', sourcemap: true, logLevel: 'error' });
  for (const name of files) if (name.endsWith('.wasm')) cpSync(join(sources, name), join(compiled, name));
}

async function writeDist(compiled, out) {
  // What was built before stays until there is something to take its place.
  const joined = await joinEntries(compiled, out);
  const apart = await modulesOf(compiled, BROWSER_ENTRIES);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const { path, text } of joined) writeFileSync(path, text);
  for (const name of apart.flatMap((name) => [name, `${name}.map`])) {
    const file = join(out, 'browser', name);
    mkdirSync(dirname(file), { recursive: true });
    cpSync(join(compiled, name), file);
  }
  cpSync(join(compiled, 'generated', `${WHOLE_MODULE.name}.wasm`), join(out, `${WHOLE_MODULE.name}.wasm`));
  // Bundlers look for a module beside the script that names it.
  for (const { name } of PAGE_MODULES) cpSync(join(compiled, 'generated', `${name}.wasm`), join(out, 'browser', 'core', `${name}.wasm`));
  await writeCommonJs(out);
  await writeSingleFiles(compiled, out);
  embedSources(out);
}

/**
 * Each entry in a file, with what entries share in a few files of their own. A hundred modules, one by one, take Node as long to
 * find as all of the rest, and a page without a bundler many turns to and fro.
 */
async function joinEntries(compiled, outdir) {
  const { rollup } = await import('rollup');
  const input = Object.fromEntries(exportedScripts().map((name) => [name.slice(0, -'.js'.length), join(compiled, 'entries', SOURCES[name] ?? name)]));
  // Its name is its own, because a page loads it only where there is no .wasm file.
  input['module-text'] = join(compiled, 'core', 'whole-bytes.js');
  const bundle = await rollup({ input, plugins: [wholeModuleOfRollup(compiled), compiledScripts(PEERS)] });
  const { output } = await bundle.generate({ dir: outdir, format: 'es', sourcemap: true, entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js', hashCharacters: 'hex', manualChunks: await sharedFiles(compiled), hoistTransitiveImports: false });
  await bundle.close();
  return output.map(({ fileName, code, source }) => ({ path: join(outdir, fileName), text: code ?? source }));
}

/**
 * Which modules go into which shared file: what the tracker imports of the others, and what else Node imports. So each entry loads
 * two of them at most, and the tracker nothing of the client. A module as text is a file of its own.
 */
async function sharedFiles(compiled) {
  const filesOf = async (entry) => new Set((await modulesOf(compiled, [entry], [wholeModule(compiled)])).filter((name) => !APART.test(name)).map((name) => join(compiled, name)));
  const [ofTracker, ofNode] = await Promise.all([filesOf('tracker'), filesOf('node')]);
  return (file) => (ofTracker.has(file) ? 'core' : ofNode.has(file) ? 'client' : undefined);
}

/** The names of the modules that some entries consist of. */
async function modulesOf(compiled, entries, plugins = []) {
  const { build } = await import('esbuild');
  const entryPoints = entries.map((name) => join(compiled, 'entries', `${name}.js`));
  const { metafile } = await build({ absWorkingDir: compiled, entryPoints, plugins, bundle: true, format: 'esm', outdir: 'nowhere', write: false, metafile: true, external: ['*.wasm', 'node:*', ...PEERS], logLevel: 'error' });
  return Object.keys(metafile.inputs).map((name) => relative(compiled, join(compiled, name)));
}

/** The page imports the package from beside itself. */
function publishToPage() {
  const copy = join(top, 'www', 'kinesis-edge');
  rmSync(copy, { recursive: true, force: true });
  cpSync(dist, copy, { recursive: true, filter: (file) => file !== join(dist, CLI) });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await command(async () => {
    await build();
    const { printSizes } = await import('./sizes.mjs');
    await printSizes();
  });
}
