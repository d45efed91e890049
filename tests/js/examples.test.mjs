// The examples: each is in the lists and run by a test, and what it installs is pinned.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { top } from '../../xtask/say.mjs';
import { USES } from '../examples/uses.mjs';

const FOLDER = join(top, 'examples');
const names = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const read = (...path) => readFileSync(join(...path), 'utf8');
const own = JSON.parse(read(top, 'package.json'));

test('each example is run by a test, and is in the lists of the pages', () => {
  assert.ok(names.length >= 8, `${names.length} examples`);
  assert.deepEqual(USES.map(({ name }) => name).sort(), [...names].sort());
  for (const name of names) {
    assert.match(read(FOLDER, 'README.md'), new RegExp(`^\\| \\[${name}\\]\\(${name}\\) \\|.*\`npm run example ${name}\` \\|$`, 'm'));
    assert.ok(read(top, 'docs', 'examples.md').includes(`(../examples/${name})`), name);
  }
});

test('the links of examples/README.md lead somewhere', () => {
  const targets = [...read(FOLDER, 'README.md').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target);
  assert.ok(targets.length > names.length);
  assert.deepEqual(targets.filter((target) => !existsSync(join(FOLDER, target))), []);
});

/** In these, what is not of the package has no types in JavaScript, or they are not installed here: those of Hono's variables and of Node's address, of Vite, React, Next.js and workerd. */
const WITHOUT_TYPES = ['hono', 'html', 'cognito-guest', 'vite', 'react', 'nextjs', 'durable-object'];

test('what they call of the package has these types', async () => {
  // In the project, so that `import 'kinesis-edge'` finds dist/.
  const folder = join(top, 'target', 'examples-types');
  rmSync(folder, { recursive: true, force: true });
  const typed = names.filter((name) => !WITHOUT_TYPES.includes(name));
  const isSource = (path) => !path.endsWith('package.json');
  for (const name of typed) cpSync(join(FOLDER, name), join(folder, name), { recursive: true, filter: isSource });
  const compilerOptions = { target: 'es2022', module: 'nodenext', lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'], allowJs: true, checkJs: true, noEmit: true, strict: false, skipLibCheck: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*'] }));
  await promisify(execFile)(process.execPath, [join(top, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder]).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
});

for (const name of names) {
  const { private: isPrivate, type, scripts, dependencies, devDependencies } = JSON.parse(read(FOLDER, name, 'package.json'));

  test(`${name}: versions are exact, and those of the project where it has the package too`, () => {
    assert.deepEqual([isPrivate, type], [true, 'module']);
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    for (const [found, version] of versions) {
      assert.match(version, /^\d+\.\d+\.\d+$/, found);
      assert.equal(version, { 'kinesis-edge': own.version, ...own.devDependencies }[found] ?? version, found);
    }
  });

  test(`${name}: one command starts the local stream and the program, and its source begins with what it is`, () => {
    assert.match(scripts.start, /^kinesis-edge dev --port 0 -- \S/);
    const sources = readdirSync(join(FOLDER, name), { recursive: true }).filter((file) => /\.(mjs|js|jsx|ts|html)$/.test(file));
    assert.ok(sources.some((file) => /^(\/\/ |<!doctype html>\n<!-- )/.test(read(FOLDER, name, file))));
  });
}
