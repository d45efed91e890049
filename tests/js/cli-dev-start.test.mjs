// npx kinesis-edge dev: how it finds and starts its local Kinesis, and what it says when that goes wrong.
import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { top } from '../../xtask/say.mjs';
import { cli } from './cli/run.mjs';
import { startStream } from './collector/setup.mjs';

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

/** A server that answers as no Kinesis does, before it passes requests on to one. It says something on the standard error. */
const LATE = (endpoint) => `#!${process.execPath}
const { createServer, request } = require('node:http');
let count = 0;
console.error("[WARNING] Your app's responsiveness\\n    | is low");
const server = createServer((incoming, outgoing) => {
  if ([1, 2, 4].includes((count += 1))) return outgoing.writeHead(204).end();
  incoming.pipe(request(${JSON.stringify(endpoint)}, { method: 'POST', headers: incoming.headers }, (answer) => answer.pipe(outgoing.writeHead(answer.statusCode, answer.headers))));
}).listen(0, '127.0.0.1', () => console.log(JSON.stringify({ endpoint: 'http://127.0.0.1:' + server.address().port })));
process.stdin.resume().on('end', () => process.exit());`;

test('an answer that is not of Kinesis, as it starts, is waited for; what the server says has its name, apart from the records', async () => {
  const stream = await startStream({ name: 'other', shards: 1 });
  try {
    const { code, stdout, stderr } = await cli([...ENDING.slice(0, 3), '--server', await script('late.cjs', LATE(stream.endpoint)), ...ENDING.slice(3)], { env: {} });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^kinesis-server: \[WARNING\] Your app's responsiveness\nkinesis-server: \| is low$/m);
  } finally {
    await stream.stop();
  }
});

test('a server that ends as it starts is said, and is not waited for', async () => {
  const server = await script('ending.sh', `#!${process.execPath}\nconsole.log('{"endpoint":"http://127.0.0.1:1"}'); setTimeout(() => process.exit(), 200);`);
  const { code, stderr } = await cli([...ENDING.slice(0, 3), '--server', server, ...ENDING.slice(3)], { env: {} });
  assert.equal(code, 1);
  assert.match(stderr, /kinesis-edge dev: the embedded Kinesis has ended by itself\n$/);
});

for (const [is, status] of [['CREATING', 'CREATING'], ['not there', undefined]]) {
  test(`a stream that stays ${is} is given up`, async () => {
    const outfile = join(top, 'target', 'create-stream.test.mjs');
    await build({ entryPoints: [join(top, 'src', 'cli', 'dev', 'create-stream.ts')], outfile, bundle: true, format: 'esm', platform: 'node', external: ['kinesis-edge'] });
    const { createStream } = await import(pathToFileURL(outfile));
    const missing = Object.assign(new Error('no such stream'), { name: 'ResourceNotFoundException' });
    const client = { describeStreamSummary: async () => (status ? { StreamDescriptionSummary: { StreamStatus: status } } : Promise.reject(missing)), call: async () => ({}) };
    await assert.rejects(createStream(client, 'clicks', 1, 100), { message: `the stream 'clicks' is ${is} after 0.1 s: restart the local Kinesis` });
  });
}

for (const [content, isWarned] of [['AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=s\n', true], ['AWS_ENDPOINT_URL_KINESIS=\n', true], ['AWS_ENDPOINT_URL_KINESIS="http://127.0.0.1:4567"\n', false], [undefined, false]]) {
  test(`a .dev.vars with ${JSON.stringify(content)} ${isWarned ? 'is' : 'is not'} warned of, because wrangler reads it in place of the environment`, async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'kinesis-edge-vars-'));
    if (content !== undefined) await writeFile(join(cwd, '.dev.vars'), content);
    const { code, stderr } = await cli(ENDING, { cwd });
    await rm(cwd, { recursive: true });
    assert.equal(code, 0, stderr);
    const warning = /^kinesis-edge dev: a Worker of wrangler takes its variables from \.dev\.vars, and would write to AWS: add AWS_ENDPOINT_URL_KINESIS=http:\/\/127\.0\.0\.1:\d+ to that file, or move the file away$/m;
    assert.equal(warning.test(stderr), isWarned, stderr);
  });
}
