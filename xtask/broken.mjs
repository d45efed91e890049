// npm run simulate -- --broken: the producer broken on purpose, one part at a time, and the first seed that notices. What no
// seed of the first 200 and no small case notices is a hole in the simulation.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, environment, say, top } from './say.mjs';

const SEEDS = 200;
const COPIED = ['Cargo.toml', 'Cargo.lock', 'src', 'tests', 'xtask'];

/** Deliberate breaks whose text is not in the core once. */
export function misplaced() {
  return breaks().filter(({ file, from }) => readFileSync(join(top, file), 'utf8').split(from).length !== 2);
}

function breaks() {
  return JSON.parse(readFileSync(join(top, 'tests', 'simulation', 'broken.json'), 'utf8'));
}

export function runBroken() {
  const copy = join(top, 'target', 'broken');
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of COPIED) cpSync(join(top, name), join(copy, name), { recursive: true });
  const missed = breaks().filter((change) => !isNoticed(copy, change));
  if (missed.length > 0) throw new Stop(`not noticed: ${missed.map(({ name }) => name).join('; ')}`);
}

function isNoticed(copy, { part, name, file, from, to }) {
  const path = join(copy, file);
  const right = readFileSync(path, 'utf8');
  if (right.split(from).length !== 2) throw new Stop(`broken.json: ${file} does not have "${from}" once`);
  writeFileSync(path, right.replace(from, () => to));
  try {
    const by = firstToNotice(copy);
    say(`${part.padEnd(7)} ${name.padEnd(55)} ${by ?? 'NOT NOTICED'}`);
    return by !== undefined;
  } finally {
    writeFileSync(path, right);
  }
}

function firstToNotice(copy) {
  const env = { ...environment, SEEDS: String(SEEDS), FAILURES: '4', CARGO_TARGET_DIR: join(top, 'target', 'broken-build'), RUSTFLAGS: '--cap-lints allow' };
  const args = ['test', '--locked', '--release', '--test', 'simulation'];
  const { stdout, stderr, status } = spawnSync('cargo', args, { cwd: copy, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  const output = stdout + stderr;
  if (output.includes('could not compile')) throw new Stop(output);
  if (status === 0) return undefined;
  const seeds = [...output.matchAll(/^seed (\d+) fails/gm)].map(([, seed]) => Number(seed));
  if (seeds.length > 0) return `seed ${Math.min(...seeds)}`;
  return output.includes('every_path_of_three_records ... FAILED') ? 'the small cases' : 'another test of the simulation';
}
