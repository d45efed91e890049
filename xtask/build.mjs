// npm run build: src → dist. Cargo, wasm-bindgen, wasm-opt, and the shim's modules in a few files. Prints what each entry weighs.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages, installRust } from './install.mjs';
import { command, run, say, top } from './say.mjs';

const dist = join(top, 'dist');
const shim = join(top, 'src', 'shim');
/** The shim as it is written, beside what is made for it: what is type-checked, and put together for dist/. */
const modules = join(top, 'target', 'modules');
const optimised = join(top, 'target', 'optimised');
const compiled = join(top, 'target', 'wasm32-unknown-unknown', 'wasm', 'kinesis_edge.wasm');

/** Brings dist/ up to date. */
export async function build() {
  await installPackages();
  await installRust();
  await compile();
  await optimise();
  gatherModules();
  await putTogether();
  publishToPage();
}

async function compile() {
  say('wasm: compiling');
  // Without panic messages the module is half the size. That takes a standard library built without them, which stable Rust
  // does only when told to behave as nightly; nothing in the crate itself uses an unstable feature.
  await run('cargo', ['build', '--locked', '--profile', 'wasm', '--target', 'wasm32-unknown-unknown', '-p', 'kinesis-edge', '-Zbuild-std=std,panic_abort', '-Zbuild-std-features=optimize_for_size'], {
    env: { RUSTC_BOOTSTRAP: '1', CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: RUST_FLAGS.join(' ') },
  });
}

const RUST_FLAGS = [
  '-Ctarget-feature=+simd128',
  '-Zunstable-options',
  '-Cpanic=immediate-abort',
  // Places in the source, which only a message would tell: half a kilobyte, and the builder's paths.
  '-Zlocation-detail=none',
  // The constants lie behind the stack: an address below 2²⁰ is a byte shorter. Calls go some kilobytes deep.
  '-Clink-arg=-zstack-size=262144',
  // At opt-level "z" neither rustc nor LLVM inlines what would shrink by it, such as a range's `contains`: 2 KB gzipped.
  '-Zinline-mir=yes',
  '-Zinline-mir-threshold=30',
  '-Cllvm-args=-inline-threshold=10',
];
// A large function inlined at its one call leaves gzip less to repeat: 2 KB. The first kilobyte of memory is the end of the stack.
const WASM_OPT_FLAGS = ['-Oz', '--converge', '--one-caller-inline-max-function-size=40', '--low-memory-unused', '--strip-producers'];

/** Glue and optimised module, made again when the compiled module or a tool has changed. */
async function optimise() {
  await run('cargo', ['build', '--locked', '-p', 'xtask', '--quiet'], { env: { CARGO_PROFILE_DEV_DEBUG: '0' } });
  const inputs = [compiled, join(top, 'package-lock.json'), join(top, 'Cargo.lock'), join(top, 'xtask', 'src', 'main.rs'), import.meta.filename, join(import.meta.dirname, 'order.mjs')];
  const wanted = digest(inputs);
  const stamp = join(optimised, 'made-from');
  const isMade = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isMade) return;
  say('wasm: making the glue, optimising (about 15 s)');
  rmSync(optimised, { recursive: true, force: true });
  await run(join(top, 'target', 'debug', 'xtask'), [compiled, optimised]);
  const wasmOpt = join(top, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
  const [first, second, made] = ['first.wasm', 'second.wasm', 'kinesis-edge.wasm'].map((name) => join(optimised, name));
  await run('node', [wasmOpt, ...WASM_OPT_FLAGS, join(optimised, 'bindgen_bg.wasm'), '-o', first]);
  // Imported here: a fresh machine has it only now.
  const { ordered } = await import('./order.mjs');
  writeFileSync(second, ordered(readFileSync(first)));
  // To write a module anew costs some bytes, which another round finds again.
  await run('node', [wasmOpt, ...WASM_OPT_FLAGS, '--strip-target-features', second, '-o', made]);
  writeFileSync(stamp, wanted);
}

function gatherModules() {
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(modules, { recursive: true });
  cpSync(shim, modules, { recursive: true });
  const generated = join(modules, 'generated');
  for (const name of ['kinesis-edge.wasm', 'bindgen.js', 'bindgen.d.ts']) cpSync(join(optimised, name), join(generated, name));
  const base64 = readFileSync(join(generated, 'kinesis-edge.wasm')).toString('base64');
  writeFileSync(join(generated, 'inline-wasm.js'), `export const base64 = '${base64}';\n`);
}

/**
 * Each entry in one file, with what entries share in files of their own. Seventy modules, one by one, take Node as long to find as
 * all of the rest, and a page without a bundler many turns to and fro.
 */
async function putTogether() {
  const { build } = await import('esbuild');
  const entries = [...exportedScripts()].map((name) => join(modules, 'entries', name));
  const { outputFiles } = await build({ absWorkingDir: modules, entryPoints: entries, bundle: true, splitting: true, format: 'esm', target: 'es2022', charset: 'utf8', external: ['*.wasm', 'node:*'], chunkNames: 'shared-[hash]', outdir: dist, write: false, logLevel: 'error' });
  // What was built before stays until there is something to take its place.
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  // What is imported for nothing but its effects has none: bundlers warn of it.
  for (const { path, text } of outputFiles) writeFileSync(path, text.replace(/^import "\.\/shared-\w+\.js";\n/gm, ''));
  cpSync(join(modules, 'generated', 'kinesis-edge.wasm'), join(dist, 'kinesis-edge.wasm'));
  for (const name of readdirSync(join(shim, 'types'))) cpSync(join(shim, 'types', name), join(dist, name));
}

function exportedScripts() {
  const { exports } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  const paths = Object.values(exports).flatMap((conditions) => Object.values(conditions));
  return new Set(paths.filter((path) => typeof path === 'string' && path.endsWith('.js')).map((path) => basename(path)));
}

/** The page imports the package from beside itself. */
function publishToPage() {
  const copy = join(top, 'www', 'kinesis-edge');
  rmSync(copy, { recursive: true, force: true });
  cpSync(dist, copy, { recursive: true });
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await command(async () => {
    await build();
    const { printSizes } = await import('./sizes.mjs');
    await printSizes();
  });
}
