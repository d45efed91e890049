// Times and counts in the words of `kinesis-edge send`.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { top } from '../../xtask/say.mjs';

const { outputFiles } = await build({ entryPoints: [join(top, 'src', 'cli', 'send', 'quantities.ts')], bundle: true, write: false, format: 'esm', logLevel: 'error' });
const { duration, quantity, rate } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

test('a time is rounded to what a person wants to know', () => {
  const words = [[0.2, '0.2 s'], [1, '1 s'], [9.96, '10 s'], [12.4, '12 s'], [59.7, '1 min'], [66, '1 min 6 s'], [120, '2 min'], [3599.9, '1 h'], [3660, '1 h 1 min'], [90_000, '25 h']];
  for (const [seconds, text] of words) assert.equal(duration(seconds), text);
});

test('one of a thing is singular, and a low rate has a decimal', () => {
  assert.deepEqual([0, 1, 2000].map((value) => quantity(value, 'line')), ['0 lines', '1 line', '2,000 lines']);
  assert.equal(quantity(1, 'retry', 'retries'), '1 retry');
  assert.deepEqual([0.34, 1, 77.4, 1234].map(rate), ['0.3 lines/s', '1 line/s', '77 lines/s', '1,234 lines/s']);
});
