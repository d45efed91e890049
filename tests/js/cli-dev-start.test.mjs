// npx kinesis-edge dev: how it finds and starts its local Kinesis, and what it says when that goes wrong.
import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { top } from '../../xtask/say.mjs';
import { cli } from './cli/run.mjs';

const ENDING = ['dev', '--port', '0', '--', process.execPath, '-e', ''];
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-start-'));
  const installed = join(folder, 'node_modules', 'kinesis-edge');
  await mkdir(installed, { recursive: true });
  for (const name of ['package.json', 'dist']) await cp(join(top, name), join(installed, name), { recursive: true });
});
after(() => rm(folder, { recursive: true }));

async function script(name, text) {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

/** Runs the package as it is installed, without a local Kinesis, and with another npm. */
async function withNpm(name, text) {
  const npm_execpath = await script(name, text);
  return cli(ENDING, { program: join(folder, 'node_modules', 'kinesis-edge', 'dist', 'cli.js'), cwd: folder, env: { npm_execpath } });
}

/** What npm prints where the package is in its cache: a folder of programs beside the package. */
async function cachedPath(name) {
  const modules = join(folder, name, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await symlink(join(top, 'node_modules', 'kinesis-local'), join(modules, 'kinesis-local'));
  return join(modules, '.bin');
}

test('what npm has in its cache is used without a word, and what it has not is fetched', async () => {
  const path = JSON.stringify(await cachedPath('cache'));
  const cached = await withNpm('cached.js', `console.log(${path});`);
  assert.equal(cached.code, 0, cached.stderr);
  assert.doesNotMatch(cached.stderr, /fetching/);
  const fetched = await withNpm('fetching.js', `if (process.argv.includes('--offline')) process.exit(1); console.log(${path});`);
  assert.equal(fetched.code, 0, fetched.stderr);
  assert.match(fetched.stderr, /^kinesis-edge dev: fetching kinesis-local@0\.6 with npm, once; "npm install --save-dev kinesis-local@0\.6" keeps it in the project$/m);
});

test("where npm cannot fetch it, npm's own reason is said, and that the registry is needed", async () => {
  const lines = ['code ECONNREFUSED', 'errno ECONNREFUSED', 'FetchError: request to http://127.0.0.1:1/kinesis-local failed, reason: connect ECONNREFUSED 127.0.0.1:1', '    at socket (index.js:1:1)', '', 'A complete log of this run can be found in: /nowhere'];
  const { code, stderr } = await withNpm('failing.js', `for (const line of ${JSON.stringify(lines)}) console.error('npm error ' + line); process.exitCode = 1;`);
  assert.equal(code, 1);
  assert.match(stderr, /\nkinesis-edge dev: there is no local Kinesis, and npm could not fetch kinesis-local@0\.6: FetchError: request to \S+ failed, reason: connect ECONNREFUSED 127\.0\.0\.1:1: "npm install --save-dev kinesis-local@0\.6" needs npm's registry, as this does; --server PROGRAM needs nothing\n$/);
});
