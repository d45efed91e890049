// Makes sure that npm's packages and Rust are there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, outputOf, run, say, top } from './say.mjs';

const RUST_MISSING = 'Rust is missing: install it with rustup from https://rustup.rs, then run this again.';

/** npm's packages as package-lock.json has them: installed when that has changed. */
export async function installPackages() {
  const lock = readFileSync(join(top, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(top, 'node_modules', '.kinesis-edge-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('npm packages: installing (about 20 s)');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { missing: 'npm is missing: install Node.js 20 or newer, which brings it.' });
  mkdirSync(join(top, 'node_modules'), { recursive: true });
  writeFileSync(stamp, wanted);
}

/**
 * What the module is built from beside Rust itself: the source of the standard library, for a lean one of its own, and for
 * clippy the finished one.
 */
export async function installRust() {
  const sysroot = (await outputOf('rustc', ['--print', 'sysroot'], { missing: RUST_MISSING })).trim();
  const rustlib = join(sysroot, 'lib', 'rustlib');
  await addToRust('component', 'rust-src', join(rustlib, 'src', 'rust', 'library', 'std'));
  await addToRust('target', 'wasm32-unknown-unknown', join(rustlib, 'wasm32-unknown-unknown', 'lib'));
}

async function addToRust(kind, name, place) {
  if (existsSync(place)) return;
  say(`Rust: adding the ${kind} ${name}`);
  await run('rustup', [kind, 'add', name], { quiet: true, missing: `rustup is missing: install Rust from https://rustup.rs, or add the ${kind} ${name} yourself.` });
  if (!existsSync(place)) throw new Stop(`The ${kind} ${name} is still missing at ${place}.`);
}
