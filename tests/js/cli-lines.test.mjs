// The reader of lines behind `kinesis-edge send`: however the input is cut into chunks, and wherever it goes on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { top } from '../../xtask/say.mjs';

const contents = "export * from './line-reader.js'; export * from './record.js'; export * from './acknowledgements.js';";
const { outputFiles } = await build({ stdin: { contents, resolveDir: join(top, 'src', 'cli', 'send') }, bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'error' });
const { Acknowledgements, BadLine, InputChanged, LineReader } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

const OPTIONS = {
  lineBytesMax: 50,
  blockLinesMax: 4,
  recordOf: (bytes) => {
    const data = bytes.toString();
    if (data.startsWith('bad')) throw new BadLine('it is bad');
    return data === '' ? undefined : { data, bytes: bytes.length };
  },
};

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function inputOf(random) {
  const kinds = [() => '', () => 'bad', () => 'é🙂'.repeat(1 + random() * 5), () => 'x'.repeat(random() * 49), () => 'x'.repeat(51 + random() * 100), () => `line ${random()}`];
  const lines = Array.from({ length: 1 + random() * 40 }, () => kinds[Math.floor(random() * kinds.length)]());
  const ends = lines.map((_, index) => (index === lines.length - 1 && random() < 0.5 ? '' : random() < 0.2 ? '\r\n' : '\n'));
  return { lines, text: Buffer.from(lines.map((line, index) => line + ends[index]).join('')) };
}

async function* cut(bytes, random) {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() * random() * 200);
    yield bytes.subarray(at, (at += length));
  }
}

async function read(bytes, random, from) {
  const blocks = [];
  for await (const block of new LineReader(OPTIONS, from).blocks(cut(bytes, random))) blocks.push(block);
  return blocks;
}

/** What a block of the whole input has to be like, and what all of them hold. */
function check(blocks, text, from = { offset: 0, lines: 0 }) {
  let before = from;
  for (const { end, records, bad } of blocks) {
    const lines = end.lines - before.lines;
    assert.ok(lines >= 1 && lines <= OPTIONS.blockLinesMax && records.length <= lines);
    if (bad) assert.deepEqual([lines, records.length, bad.line], [1, 0, end.lines]);
    assert.ok(end.offset > before.offset && (end.offset === text.length || text[end.offset - 1] === 10));
    assert.equal(end.sha256, createHash('sha256').update(text.subarray(0, end.offset)).digest('base64'));
    before = end;
  }
  assert.equal(before.offset, text.length);
  return blocks.flatMap(({ records }) => records.map(({ data }) => data));
}

test('1,000 inputs: each line once, blocks that end between lines, and the rest of them from any block on', async () => {
  for (let seed = 1; seed <= 1000; seed += 1) {
    const random = randomOf(seed);
    const { lines, text } = inputOf(random);
    const isGood = (line) => line !== '' && line !== 'bad' && Buffer.byteLength(line) <= OPTIONS.lineBytesMax;
    const blocks = await read(text, random);
    assert.deepEqual(check(blocks, text), lines.filter(isGood), `seed ${seed}`);
    const numbers = lines.flatMap((line, index) => (line !== '' && !isGood(line) ? [index + 1] : []));
    assert.deepEqual(blocks.flatMap(({ bad }) => bad?.line ?? []), numbers, `seed ${seed}`);
    const from = blocks[Math.floor(random() * blocks.length)]?.end;
    const rest = await read(text, random, from);
    assert.deepEqual(check(rest, text, from), lines.slice(from.lines).filter(isGood), `seed ${seed}, from line ${from.lines}`);
  }
});

test('a change of any byte before the place where it goes on is noticed, and so is an input that has become too short', async () => {
  const random = randomOf(7);
  const text = Buffer.from('one\ntwo\nthree\nfour\n');
  const [{ end: from }] = await read(text.subarray(0, 14), () => 1);
  assert.equal(from.offset, 14);
  for (let at = 0; at < from.offset; at += 1) {
    const changed = Buffer.from(text);
    changed[at] ^= 1;
    await assert.rejects(read(changed, random, from), InputChanged);
    await assert.rejects(read(text.subarray(0, at), random, from), InputChanged);
  }
  assert.deepEqual(check(await read(text, random, from), text, from), ['four']);
});

test('in whatever order records are acknowledged, the position is before the first that is not', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = randomOf(seed);
    const acknowledgements = new Acknowledgements(undefined, 0);
    const waiting = [];
    const counts = Array.from({ length: 3000 }, () => Math.floor(random() * 3));
    const left = [...counts];
    counts.forEach((count, index) => {
      const acknowledge = acknowledgements.open({ end: { offset: index + 1, lines: index + 1, sha256: '' }, records: Array(count).fill({}), bytes: 0 });
      for (let record = 0; record < count; record += 1) waiting.push({ index, acknowledge });
    });
    for (let acknowledged = 0; waiting.length > 0; acknowledged += 1) {
      const at = Math.floor(random() * Math.min(waiting.length, 50));
      const [{ index, acknowledge }] = waiting.splice(at, 1);
      acknowledge();
      left[index] -= 1;
      if (acknowledged % 500 === 0 || waiting.length === 0) {
        const first = left.findIndex((count) => count > 0);
        assert.equal(acknowledgements.position?.offset ?? 0, first === -1 ? counts.length : first);
        assert.equal(acknowledgements.isComplete, waiting.length === 0);
      }
    }
  }
});
