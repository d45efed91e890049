// npm run simulate:host -- --seeds 100000 [--first 1] [--part NAME]: the shipped JavaScript under a host that is made up, over many seeds.
//   --part producer --seed 17    that seed alone, with its transcript; with --shrink the shortest plan that breaks the same promise
//   --plan FILE                  a plan that was kept, as JSON
//   --seconds 60                 as many seeds as fit, over all parts
//   --broken [--only TEXT]       the list of deliberate breaks: each must be noticed
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildForTraps } from './build.mjs';
import { command, say, Stop, top } from './say.mjs';

const folder = join(top, 'tests', 'host-simulation');
const BROKEN_SEEDS = 500;
const SECONDS_IN_TESTS = 75;
const PROGRESS_MS = 300_000;

/** For `npm test`: as many seeds of each part as fit. */
export async function simulateHost({ seeds = Number.MAX_SAFE_INTEGER, first = 1, seconds = SECONDS_IN_TESTS, part } = {}) {
  const { search } = await load('search.mjs');
  const { PARTS } = await load('run.mjs');
  const parts = part ? [part] : Object.keys(PARTS);
  const failed = [];
  for (const name of parts) {
    const { count, failures } = await search({ part: name, first, seeds, seconds: seconds / parts.length, failuresMax: 20, onSeed: progress() });
    say(`${name}: ${count} seeds, each twice, ${failures.length} failed`);
    failed.push(...failures.map(({ seed }) => `--part ${name} --seed ${seed}`));
  }
  if (failed.length > 0) throw new Stop(`the host simulation has found something: npm run simulate:host -- ${failed[0]} --shrink`);
}

/** Reports a failure at once, and every few minutes how far a long search has come. */
function progress() {
  const begun = Date.now();
  let reportedAt = begun;
  return ({ part, count }, { seed, violation }) => {
    if (violation) say(`  ${part} seed ${seed}: ${violation}`);
    if (Date.now() - reportedAt < PROGRESS_MS) return;
    reportedAt = Date.now();
    say(`  ${part}: ${count} seeds so far, ${((count * 1000) / (reportedAt - begun)).toFixed(1)} a second`);
  };
}

async function load(name) {
  return import(pathToFileURL(join(folder, name)).href);
}

async function replay(plan, isShrunk) {
  const { bundle } = await load('bundle.mjs');
  const { runPlan } = await load('run.mjs');
  const { shrink } = await load('shrink.mjs');
  const made = await bundle();
  const print = ({ transcript, violation }) => console.log(`${transcript.join('\n')}\n${violation ? `VIOLATION ${violation}` : 'nothing is broken'}`);
  const result = await runPlan(made, plan, print);
  if (!result.violation || !isShrunk) print(result);
  if (!result.violation) return;
  if (isShrunk) {
    const shortest = await shrink(made, plan);
    console.log(JSON.stringify(shortest.plan));
    print(shortest.result);
  }
  process.exitCode = 1;
}

async function runBroken(part, only) {
  const { search } = await load('search.mjs');
  const changes = JSON.parse(readFileSync(join(folder, 'broken.json'), 'utf8')).filter((change) => (!part || change.part === part) && (!only || change.name.includes(only)));
  const missed = [];
  for (const change of changes) {
    const by = await firstToNotice(search, change);
    say(`${change.part.padEnd(9)} ${change.name.padEnd(70)} ${by ?? 'NOT NOTICED'}`);
    if (!by) missed.push(change.name);
  }
  say(`${changes.length - missed.length} of ${changes.length} breaks are noticed`);
  if (missed.length > 0) throw new Stop(`not noticed: ${missed.join('; ')}`);
}

async function firstToNotice(search, change) {
  const { failures } = await search({ part: change.part, seeds: BROKEN_SEEDS, change, isTwice: false, failuresMax: 1 });
  return failures.length > 0 ? `seed ${failures[0].seed}: ${failures[0].violation.slice(0, 90)}` : undefined;
}

async function prepare(args) {
  const isBuilt = existsSync(join(top, 'target', 'trap', 'modules', 'generated', 'kinesis-edge.wasm'));
  if (!isBuilt || !args.includes('--no-build')) await buildForTraps();
}

async function main() {
  const args = process.argv.slice(2);
  await prepare(args);
  const after = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const number = (name) => {
    const text = after(name);
    if (text !== undefined && !/^\d+$/.test(text)) throw new Stop(`${name} needs a whole number`);
    return text === undefined ? undefined : Number(text);
  };
  const part = after('--part');
  if (args.includes('--broken')) return runBroken(part, after('--only'));
  if (after('--plan')) return replay(JSON.parse(readFileSync(after('--plan'), 'utf8')), args.includes('--shrink'));
  if (number('--seed') === undefined) return simulateHost({ part, first: number('--first'), seeds: number('--seeds'), seconds: number('--seconds') ?? (number('--seeds') ? Infinity : SECONDS_IN_TESTS) });
  const { planOfSeed } = await load('run.mjs');
  return replay(planOfSeed(part ?? 'producer', number('--seed')), args.includes('--shrink'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await command(main);
