// npm run budget: each import's gzipped bytes beside its budget in tests/budget.json, and how they have grown since the last commit.
// With -- --write it sets the budgets to what the imports weigh now: a change that makes one grow carries its new number.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { Stop, command, outputOf, top } from './say.mjs';

const FILE = 'tests/budget.json';
/** Compilers and zlib of one version may still differ by a few bytes between machines. */
const OVER_SHARE = 0.005;
/** A budget far above what is there would let it grow unseen. */
const UNDER_SHARE = 0.01;
const HOW = 'npm run budget -- --write sets it, for the same commit';

/** Prints the table; throws where an import is not within its budget. */
export async function checkBudget() {
  const budget = JSON.parse(readFileSync(join(top, FILE), 'utf8'));
  const committed = await lastCommitted();
  const found = await weighed();
  console.log('import                                    bytes gzipped     budget   since the last commit');
  const problems = Object.entries(found).map(([name, bytes]) => {
    console.log(`${name.padEnd(39)} ${count(bytes)} ${count(budget[name])}   ${growth(bytes, committed[name])}`);
    return problemOf(name, bytes, budget[name]);
  });
  const gone = Object.keys(budget).filter((name) => !(name in found)).map((name) => `${name} has a budget, and is not measured any more`);
  const all = [...problems, ...gone].filter(Boolean);
  if (all.length > 0) throw new Stop(`${all.join('\n')}\n${HOW}`);
}

async function writeBudget() {
  writeFileSync(join(top, FILE), `${JSON.stringify(await weighed(), null, 2)}\n`);
}

async function weighed() {
  const { sizes } = await import('./sizes.mjs');
  return Object.fromEntries((await sizes()).map(({ name, js, wasm }) => [name, js + wasm]));
}

/** The budget of the last commit, or nothing where git or the file is missing. */
async function lastCommitted() {
  const text = await outputOf('git', ['show', `HEAD:${FILE}`], { silent: true }).catch(() => '{}');
  return JSON.parse(text);
}

/** What is wrong with an import's weight, if anything is. */
export function problemOf(name, bytes, budget) {
  if (budget === undefined) return `${name} has no budget`;
  if (bytes - budget > budget * OVER_SHARE) return `${name} is ${bytes - budget} bytes over its budget`;
  if (budget - bytes > budget * UNDER_SHARE) return `${name} is ${budget - bytes} bytes under its budget: it can be lowered`;
  return undefined;
}

function growth(bytes, before) {
  if (before === undefined) return 'new';
  return bytes === before ? '±0' : `${bytes > before ? '+' : '−'}${Math.abs(bytes - before)}`;
}

function count(bytes) {
  return String(bytes ?? '–').padStart(13);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await command(async () => {
    await build();
    if (process.argv.includes('--write')) await writeBudget();
    await checkBudget();
  });
}
