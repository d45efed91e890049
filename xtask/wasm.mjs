// The WebAssembly modules: Cargo, wasm-bindgen, wasm-opt. Each ends in a folder of target/optimised with its glue.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildNameOf, withBuildName } from './build-name.mjs';
import { outputOf, run, say, top } from './say.mjs';

/** Where Cargo leaves a module: the last one that it was asked for. */
const compiled = join(top, 'target', 'wasm32-unknown-unknown', 'wasm', 'kinesis_edge.wasm');
const optimised = join(top, 'target', 'optimised');

/**
 * `name` is the module's file in the package (`nameInPackage`, where that is another), `glue` its JavaScript, `features` are Cargo's.
 * The whole module is for Node, Workers and pages without a bundler. Bundlers of pages take the others: each import loads its own,
 * but for the signer's where the client's is loaded.
 */
export const WHOLE_MODULE = { name: 'kinesis-edge', glue: 'whole-module', features: ['client', 'producer'] };
export const PAGE_MODULES = [
  { name: 'kinesis-edge-producer', glue: 'producer-module', features: ['producer'] },
  { name: 'kinesis-edge-client', glue: 'client-module', features: ['client'] },
  { name: 'kinesis-edge-signer', glue: 'signer-module', features: ['signer'] },
];
/** As the whole module, for tests alone: it has an export that makes a later one trap. */
export const TRAP_MODULE = { name: 'kinesis-edge-trap', nameInPackage: 'kinesis-edge', glue: 'whole-module', features: ['client', 'producer', 'trap'] };

/** Makes modules and their glue, those whose source or tools have changed. */
export async function makeModules(modules) {
  await run('cargo', ['build', '--locked', '-p', 'xtask', '--quiet'], { env: { CARGO_PROFILE_DEV_DEBUG: '0' } });
  for (const module of modules) await compile(module);
  await Promise.all(modules.map(optimise));
}

/** The folder with a module and its glue. */
export function folderOf({ name }) {
  return join(optimised, name);
}

async function compile(module) {
  say(`wasm: compiling ${module.name}`);
  // Without panic messages the module is half the size. That takes a standard library built without them, which stable Rust
  // does only when set to behave as nightly; nothing in the crate itself uses an unstable feature.
  await run('cargo', ['build', '--locked', '--profile', 'wasm', '--target', 'wasm32-unknown-unknown', '-p', 'kinesis-edge', '--no-default-features', '--features', module.features.join(), '-Zbuild-std=std,panic_abort', '-Zbuild-std-features=optimize_for_size'], {
    env: { RUSTC_BOOTSTRAP: '1', CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: RUST_FLAGS.join(' ') },
  });
  mkdirSync(folderOf(module), { recursive: true });
  cpSync(compiled, join(folderOf(module), 'compiled.wasm'));
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
// With --converge the modules are smaller, and larger gzipped.
const WASM_OPT_FLAGS = ['-Oz', '--one-caller-inline-max-function-size=40', '--low-memory-unused', '--strip-producers'];

/** Glue and optimised module, made again when the compiled module or a tool has changed. */
async function optimise(module) {
  const folder = folderOf(module);
  const inputs = [join(folder, 'compiled.wasm'), join(top, 'package-lock.json'), join(top, 'Cargo.lock'), join(top, 'xtask', 'src', 'main.rs'), import.meta.filename, ...['order.mjs', 'build-name.mjs'].map((name) => join(import.meta.dirname, name))];
  const wanted = digest(inputs);
  const madeFrom = join(folder, 'made-from');
  if (existsSync(madeFrom) && readFileSync(madeFrom, 'utf8') === wanted) return;
  say(`wasm: making the glue of ${module.name}, optimising (about 15 s)`);
  rmSync(madeFrom, { force: true });
  await run(join(top, 'target', 'debug', 'xtask'), [join(folder, 'compiled.wasm'), folder, module.glue]);
  const wasmOpt = join(top, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
  const [first, second, third, made] = ['first.wasm', 'second.wasm', 'third.wasm', 'module.wasm'].map((name) => join(folder, name));
  await run('node', [wasmOpt, ...WASM_OPT_FLAGS, join(folder, `${module.glue}_bg.wasm`), '-o', first]);
  // Imported here: a fresh machine has it only now.
  const { ordered } = await import('./order.mjs');
  writeFileSync(second, ordered(readFileSync(first)));
  // Writing a module again adds some bytes, which another round removes.
  await run('node', [wasmOpt, ...WASM_OPT_FLAGS, second, '-o', third]);
  const renamed = await outputOf('node', [wasmOpt, '--minify-imports-and-exports-and-modules', '--strip-target-features', third, '-o', made]);
  nameBuild(made, join(folder, module.glue), (glue) => withShortNames(glue, JSON.parse(renamed)));
  writeFileSync(madeFrom, wanted);
}

/** A module and the glue of another build of it, such as that of a cache, do not fit together, and must not seem to. */
function nameBuild(made, script, shorten) {
  const bytes = readFileSync(made);
  const glue = shorten(readFileSync(`${script}.js`, 'utf8'));
  const name = buildNameOf(bytes, glue);
  writeFileSync(made, withBuildName(bytes, name));
  const imports = `"${SHORT_MODULE}": import0,`;
  if (!glue.includes(imports)) throw new Error(`the glue has no ${imports}`);
  writeFileSync(`${script}.js`, `${glue.replace(imports, `${imports}\n        [buildName]: import0,`)}\nexport const buildName = '${name}';\n`);
  writeFileSync(`${script}.d.ts`, `${readFileSync(`${script}.d.ts`, 'utf8')}\n/** The module of the first import, which no other build has. */\nexport const buildName: string;\n`);
}

/** Names of imports and exports are long and hold hashes, which no gzip makes smaller: they stand in the module and in the glue. */
function withShortNames(glue, { imports, exports }) {
  const importNames = new Map(imports.map(([, before, after]) => [before, after]));
  const exportNames = new Map(exports);
  return glue
    .replace(/^( +)(__wb\w+): function/gm, (_, space, before) => `${space}${importNames.get(before) ?? before}: function`)
    .replace(/"\.\/[\w-]+_bg\.js": import0/, `"${SHORT_MODULE}": import0`)
    .replace(/\bwasm\.(\w+)/g, (_, before) => `wasm.${exportNames.get(before) ?? before}`);
}

/** What wasm-opt calls the one module that imports come from. */
const SHORT_MODULE = 'a';

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}
