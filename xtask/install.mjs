// Makes sure that npm's packages and Rust are there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, run, say, top } from './say.mjs';

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

/** The standard library's source: the module is built with a lean standard library of its own. */
export async function installRust() {
  const sysroot = (await run('rustc', ['--print', 'sysroot'], { quiet: true, missing: RUST_MISSING })).trim();
  const source = join(sysroot, 'lib', 'rustlib', 'src', 'rust', 'library', 'std');
  if (existsSync(source)) return;
  say('Rust: adding the source of the standard library');
  await run('rustup', ['component', 'add', 'rust-src'], { quiet: true, missing: RUST_MISSING });
  if (!existsSync(source)) throw new Stop(`The Rust standard library's source is still missing at ${source}: rustup component add rust-src`);
}
