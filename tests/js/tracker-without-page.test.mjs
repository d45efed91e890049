/** `createTracker` where there is no page: on a server that renders, and in a worker. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createTracker, replay } from 'kinesis-edge/tracker';
import { top } from '../../xtask/say.mjs';

const execute = promisify(execFile);
const required = createRequire(import.meta.url)('../../dist/tracker.cjs');
const METHODS = ['close', 'consent', 'flush', 'identify', 'page', 'reset', 'setGlobalProperties', 'track'];
/** Globals that a worker has, and a server has not. */
const OF_WORKER = { location: new URL('https://shop.example/worker.js'), addEventListener() {}, self: globalThis };

/** What `globalThis` has while `run` runs. */
async function withGlobals(members, run) {
  const before = Object.entries(members).map(([name, value]) => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    return [name, descriptor];
  });
  try {
    return await run();
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  }
}

for (const [how, tracker] of [['import', { createTracker, replay }], ['require', required]]) {
  describe(`by ${how}`, () => {
    test('has every method, and none does anything or throws', async () => {
      const made = tracker.createTracker({ collectorUrl: '/collect', onError: assert.fail });
      for (const odd of [[], [undefined], [null, null, null], [7, [], 'x'], ['', new Map(), { at: NaN }]]) {
        for (const name of METHODS) {
          const ends = name === 'flush' || name === 'close';
          const result = made[name](...odd);
          assert.equal(result instanceof Promise, ends, name);
          assert.equal(await result, undefined, name);
        }
      }
    });

    test('a queue is replayed into it', () => {
      const queue = [{ call: ['track', 'x'], at: 1, url: 'https://shop.example/' }, ['page']];
      tracker.replay(tracker.createTracker({ collectorUrl: '/collect' }), queue);
      tracker.replay(tracker.createTracker({ collectorUrl: '/collect' }), undefined);
      assert.equal(queue.length, 0);
    });

    test('no option is read, because a relative URL is invalid without a page: odd ones do not throw', async () => {
      for (const options of [undefined, null, {}, 7, 'x', [], { collectorUrl: 'collect' }, { collectorUrl: 5, sampleRate: 'x' }, { unknown: true }, { producer: {}, collectorUrl: '/c' }, { logger: 'console', onError: 7 }]) {
        const made = tracker.createTracker(options);
        made.track('x');
        await made.close();
      }
    });

    test('a worker is not a page either, nor are some of its globals', async () => {
      for (const globals of [OF_WORKER, { document: {} }, { ...OF_WORKER, document: undefined }, { document: null, location: null }]) {
        await withGlobals(globals, async () => {
          const made = tracker.createTracker({ collectorUrl: '/collect', onError: assert.fail });
          made.track('x');
          await made.flush();
        });
      }
    });
  });
}

/** The lines that trackers of a new process log: the first one alone says something. */
async function linesOf(load, type) {
  const script = `
    const lines = [];
    console.info = (line) => lines.push('console: ' + line);
    const logger = { info: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => lines.push(line) };
    const { createTracker } = ${load};
    createTracker({ collectorUrl: '/collect', logger });
    const silent = lines.length;
    for (let index = 0; index < 3; index += 1) createTracker({ collectorUrl: '/collect', debug: true, ...(process.argv[1] === 'logger' && { logger }) }).track('x');
    console.log(JSON.stringify([silent, ...lines]));`;
  const run = async (argument) => JSON.parse((await execute(process.execPath, [`--input-type=${type}`, '-e', script, argument], { cwd: top })).stdout);
  return [await run('logger'), await run('console')];
}

for (const [load, type] of [[`await import('kinesis-edge/tracker')`, 'module'], [`require('kinesis-edge/tracker')`, 'commonjs'], [`require('./dist/tracker.cjs')`, 'commonjs']]) {
  test(`with debug one line says it, to the logger or to the console: ${load}`, async () => {
    const line = 'kinesis-edge: createTracker tracks nothing here: there is no page';
    assert.deepEqual(await linesOf(load, type), [[0, line], [0, `console: ${line}`]]);
  });
}
