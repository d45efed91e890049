// Every npm script starts in a fresh clone, where nothing is installed: what it imports at once is Node's or the project's own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { misplaced } from '../../xtask/broken.mjs';
import { withBuildLock } from '../../xtask/lock.mjs';
import { outputOf, top } from '../../xtask/say.mjs';

const { scripts } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
const IMPORT = /^(?:import|export)\b(?:[\w\s{},*$]*?\bfrom)?\s*'([^']+)'/gm;

for (const [name, command] of Object.entries(scripts)) {
  test(`npm run ${name} needs no package before it has installed them`, () => {
    const [program, file] = command.split(' ');
    assert.equal(program, 'node');
    assert.deepEqual(packagesOf(join(top, file)), []);
  });
}

test('what is imported from a package is noticed', () => {
  assert.ok(packagesOf(join(top, 'xtask', 'worker.mjs')).some((found) => found.startsWith('esbuild')));
});

test('the output of a program is what it writes to its standard output, without what it says beside that', async () => {
  assert.equal(await outputOf('node', ['-e', "console.error('Blocking waiting for file lock'); console.log('{}')"]), '{}\n');
});

function packagesOf(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(([, from]) => {
    if (from.startsWith('node:')) return [];
    if (from.startsWith('.')) return packagesOf(join(dirname(file), from), seen);
    return [`${from} in ${relative(top, file)}`];
  });
}

test('each deliberate break of the core has its place', () => {
  assert.deepEqual(misplaced().map(({ name }) => name), []);
});

test('a build waits for the end of another in the same checkout', async () => {
  const order = [];
  const build = (name) => withBuildLock(async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    order.push(`${name} ends`);
  });
  await Promise.all([build('first'), build('second')]);
  assert.deepEqual(order, ['first begins', 'first ends', 'second begins', 'second ends']);
  await assert.rejects(withBuildLock(() => Promise.reject(new Error('broken'))), /broken/);
  await build('third');
});
