// The options that are numbers: what their documentation says is what the shim does, and the core has the same defaults.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { top } from '../../xtask/say.mjs';
import { CLIENT, PRODUCER, numericOptions, optionsReader } from '../docs/numeric-options.mjs';

const ofProducer = await numericOptions(PRODUCER);
const options = [...(await numericOptions(CLIENT)), ...ofProducer];
const read = await optionsReader();
/** A unit, or what is counted, in the plural at the start: `Shards that …`. */
const UNITS = /\b(milliseconds|[Bb]ytes|[Ss]hare)\b|^(?:[A-Z][a-z]+ )?[A-Za-z]+s\b/;

/** `1_048_576` as a number. */
const numberOf = (text) => Number(text?.replaceAll('_', ''));

test('there are options to look at', () => assert.ok(options.length >= 13, `${options.length} options`));

for (const { name, doc, byDefault, min, max, isWhole, above } of options) {
  test(`${name}: its documentation says unit, effect, range and default`, () => {
    assert.match(doc.split('.')[0], UNITS, 'the first sentence names the unit');
    assert.match(doc, /Higher: .+\. Lower: .+\. Allowed: /);
    if (above === undefined) {
      const [, from, to] = doc.match(/Allowed: ([\d_.]*\d) to ([\d_.]*\d)/) ?? [];
      assert.deepEqual([numberOf(from), numberOf(to)], [min, max]);
    } else assert.equal(numberOf(doc.match(/Allowed: more than ([\d_]+)/)?.[1]), above);
    assert.equal(numberOf(doc.match(/@default ([\d_.]+)/)?.[1]), byDefault);
  });

  test(`${name}: a bad value is refused, and the refusal names it`, () => {
    const outside = above === undefined ? [min - 1, max + 1, Infinity, ...(isWhole ? [min + 0.5] : [])] : [above, above - 1];
    for (const value of [...outside, NaN, -Infinity, '1', true, {}, [1]]) {
      assert.throws(() => read({ [name]: value }), ({ code, message }) => code === 'ERR_INVALID_ARGUMENT' && message.startsWith(`${name} must be `), `${name}: ${value}`);
    }
    for (const value of above === undefined ? [min, max, ...(isWhole ? [] : [(min + max) / 2])] : [above + 0.1, Infinity]) assert.equal(read({ [name]: value })[name], value);
  });
}

test('the core has the same defaults as the shim', () => {
  const core = readFileSync(join(top, 'src', 'producer', 'options.rs'), 'utf8');
  const declared = [...core.matchAll(/^ +\w+: (?:u32|usize|f64) = ([\d_.]+), (\w+);$/gm)];
  assert.ok(declared.length >= 10, `${declared.length} options`);
  for (const [, value, name] of declared) assert.equal(options.find((option) => option.name === name)?.byDefault, numberOf(value), name);
});

test('the core reads each numeric option of the producer', () => {
  const core = readFileSync(join(top, 'src', 'producer', 'options.rs'), 'utf8');
  for (const { name } of ofProducer) assert.match(core, new RegExp(`, ${name};$`, 'm'));
});
