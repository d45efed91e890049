// The suite: the same in every runtime. A runner hands over QUnit and the world, and waits for the end.
import badInput from './bad-input.js';
import boundary from './boundary.js';
import cbor from './cbor.js';
import credentials from './credentials.js';
import faults from './faults.js';
import producer from './producer.js';
import put from './put.js';
import script from './script.js';
import shards from './shards.js';
import sign from './sign.js';
import { world } from './tools.js';
import verify from './verify.js';

/**
 * Runs everything and returns `{ passed, failed, lines }`: a line for each test, with the reasons below those that failed.
 */
export async function runSuite(QUnit, values, { filter } = {}) {
  Object.assign(world, values);
  const lines = [];
  QUnit.config.autostart = false;
  QUnit.config.reorder = false;
  QUnit.config.testTimeout = 60_000;
  if (filter) QUnit.config.filter = filter;
  QUnit.on('testEnd', (test) => report(lines, test));
  for (const register of [sign, shards, badInput, put, faults, credentials, verify, producer, cbor, script, boundary]) register(QUnit);
  const end = new Promise((resolve) => QUnit.on('runEnd', resolve));
  QUnit.start();
  const { testCounts } = await end;
  return { passed: testCounts.passed, failed: testCounts.failed + testCounts.todo + testCounts.skipped, lines };
}

function report(lines, { status, fullName, runtime, errors }) {
  const mark = status === 'passed' ? 'ok' : 'FAILED';
  lines.push(`${mark.padEnd(6)} ${fullName.join(' › ')} (${Math.round(runtime)} ms)`);
  for (const { message, actual, expected, stack } of errors) {
    lines.push(`       ${message}`);
    if (expected !== undefined) lines.push(`         expected ${show(expected)}`, `         but got  ${show(actual)}`);
    if (stack) lines.push(...stack.split('\n').map((line) => `         ${line.trim()}`));
  }
}

function show(value) {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
