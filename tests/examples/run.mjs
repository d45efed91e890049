/**
 * Each example as a user runs it: its one command starts a local stream and the program beside it, the test uses what it serves, and its
 * records have to arrive in the embedded Kinesis, from where `kinesis-edge dev` reads and prints them. Prints a table.
 *
 * node tests/examples/run.mjs [--quick] [--only PART_OF_A_NAME]
 *
 * --quick takes those that need no installation, beside the packages of the project.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { findChrome } from '../../xtask/chrome.mjs';
import { top } from '../../xtask/say.mjs';
import { until } from '../js/collector/setup.mjs';
import { packAndUnpack } from '../package/setup.mjs';
import { output, start } from '../package/tools.mjs';
import { folderInProject, installedFolder } from './folder.mjs';
import { USES } from './uses.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } } });
const wanted = USES.flatMap(rowsOf).filter(({ row }) => row.includes(values.only));
/** Starting a Worker is mostly waiting. */
const TOGETHER = values.quick ? 2 : 1;
const START_MS_MAX = 180_000;
const KINESIS = join(top, 'target', 'release', 'kinesis-server');

const packed = await packAndUnpack();
const failures = [];
const missing = [];
let browser;
console.log(`${'example'.padEnd(28)} ${'seconds'.padStart(8)}`);
try {
  const waiting = [...wanted];
  const next = async () => {
    for (let use; (use = waiting.shift()); ) await tryOne(use);
  };
  await Promise.all(Array.from({ length: TOGETHER }, next));
} finally {
  await (await browser)?.close();
}
for (const { name, error } of failures) console.error(`\n✗ ${name}\n${error.stack}`);
for (const line of missing) console.log(`not run: ${line}`);
console.log(`\n${wanted.length - failures.length - missing.length} passed, ${failures.length} failed, ${missing.length} not run`);
process.exitCode = failures.length || wanted.length === missing.length ? 1 : 0;

/** What is run of an example; `variants` need an installation. */
function rowsOf({ variants = {}, ...use }) {
  if (values.quick) return use.isQuick ? [{ row: use.name, ...use }] : [];
  return [{ row: use.name, ...use }, ...Object.entries(variants).map(([variant, changes]) => ({ row: `${use.name}, ${variant}`, ...use, ...changes }))];
}

async function tryOne(use) {
  const begun = performance.now();
  let result;
  try {
    const lack = await runInFolder(use);
    if (lack) missing.push(`${use.row}: ${lack}`);
    result = lack ? 'not run' : ((performance.now() - begun) / 1000).toFixed(1);
  } catch (error) {
    failures.push({ name: use.row, error });
    result = 'failed';
  }
  console.log(`${use.row.padEnd(28)} ${result.padStart(8)}`);
}

/** @returns what is missing here to run it */
async function runInFolder(use) {
  const { folder, env, remove } = values.quick ? folderInProject(use.name, packed) : await installedFolder(use.name, packed);
  try {
    if (use.host) {
      const lack = await output(join(folder, 'node_modules', '.bin', use.host), ['--version'], { cwd: folder, env }).then(() => undefined, ({ message }) => message.split('\n')[0]);
      if (lack) return `npm's package ${use.host} has no program that runs here (${lack})`;
    }
    await runExample(use, folder, env);
  } finally {
    remove();
  }
}

async function runExample(use, folder, env) {
  const child = start('npm', ['start', '--', ...(use.args ?? [])], { cwd: folder, env: { ...env, ...(use.withoutServer ? {} : { KINESIS_EDGE_SERVER: KINESIS }) } });
  let code;
  const ended = once(child, 'close').then((result) => ([code] = result));
  const all = () => until('all records arrive', () => use.arrives.every((pattern) => recordsIn(child.printed).some((record) => pattern.test(record))), { ms: START_MS_MAX });
  try {
    if (use.use) {
      const address = await until('it says where it listens', () => addressIn(child.printed) ?? (code !== undefined && fail(`it ended with ${code}`)), { ms: START_MS_MAX });
      await use.use({ address, openPage, arrived: all });
      await all();
    } else {
      await until('it ends', () => code !== undefined, { ms: START_MS_MAX });
      if (code !== 0) fail(`it ended with ${code}`);
    }
    check(use, child.printed);
  } catch (error) {
    throw new Error(`${error.message}\n${child.printed.slice(-6000)}`, { cause: error });
  } finally {
    if (code === undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
}

function check({ arrives, says = [], saysNot = [], once: single }, printed) {
  const records = recordsIn(printed);
  for (const pattern of arrives) if (!records.some((record) => pattern.test(record))) fail(`no record is ${pattern}`);
  for (const pattern of says) if (!pattern.test(printed)) fail(`it does not say ${pattern}`);
  for (const pattern of saysNot) if (pattern.test(printed)) fail(`it says ${pattern}`);
  if (!single) return;
  // Delivery is at least once: the same message may come again.
  const ids = new Set(records.filter((record) => single.test(record)).map((record) => /"messageId":"([^"]+)"/.exec(record)[1]));
  if (ids.size !== 1) fail(`${ids.size} different records are ${single}`);
}

/** Key and data of each record that has been printed. */
function recordsIn(printed) {
  return [...printed.matchAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z  shardId-\d+  (.*)$/gm)].map(([, record]) => record);
}

/** Where the program beside the stream listens. */
function addressIn(printed) {
  const own = printed.replace(/\x1b\[[\d;]*m/g, '').replace(/^kinesis-edge dev: .*$/gm, '');
  return /http:\/\/(127\.0\.0\.1|localhost):[1-9]\d*/.exec(own)?.[0];
}

function fail(message) {
  throw new Error(message);
}

async function openPage(address, use) {
  browser ??= findChrome().then((executablePath) => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] }));
  const page = await (await browser).newPage();
  page.setDefaultTimeout(START_MS_MAX);
  const consoleLines = [];
  page.on('console', (message) => consoleLines.push(message.text()));
  page.on('pageerror', (error) => consoleLines.push(String(error)));
  try {
    await page.goto(address);
    await use(page);
  } catch (error) {
    throw new Error(`${error.message}\nthe page said:\n${consoleLines.join('\n').slice(-3000)}`, { cause: error });
  } finally {
    await page.close();
  }
}
