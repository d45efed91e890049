// What npm would publish: packed, installed in an empty project, imported there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { obstacleTo } from '../../xtask/release-checks.mjs';
import { top } from '../../xtask/say.mjs';

const run = promisify(execFile);
const USE = `import { KinesisError, hashKey, ready } from 'kinesis-edge';
await ready;
console.log(hashKey('a'), new KinesisError('ERR_CORE', 'x').code);`;
const EXPECTED = '16955237001963240173058271559858726497 ERR_CORE';
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-'));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'], { cwd: top });
  const [tarball] = await readdir(folder);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', `./${tarball}`], { cwd: folder });
});
after(() => rm(folder, { recursive: true, force: true }));

test('it holds what is needed and nothing else', async () => {
  const files = await readdir(join(folder, 'node_modules', 'kinesis-edge'), { recursive: true });
  for (const needed of ['dist/cli.js', 'dist/third-party-licences.txt', 'dist/node.cjs', 'dist/kinesis-edge.iife.js', 'dist/kinesis-edge.esm.js', 'dist/types/entries/index.d.cts', 'dist/types/module.d.ts', 'dist/kinesis-edge.wasm', 'dist/browser/core/kinesis-edge-producer.wasm', 'dist/browser/core/kinesis-edge-client.wasm', 'dist/browser/core/kinesis-edge-signer.wasm', 'dist/browser/entries/index.js', 'dist/browser.js', 'dist/types/entries/index.d.ts', 'dist/workerd.js', 'dist/types/entries/collector.d.ts', 'dist/opentelemetry.cjs', 'dist/browser/entries/opentelemetry.js', 'dist/types/entries/opentelemetry.d.cts', 'README.md', 'LICENSE', 'CHANGELOG.md', 'docs/troubleshooting.md', 'docs/pictures/keys.svg']) {
    assert.ok(files.includes(needed), needed);
  }
  const extra = files.filter((file) => !/^(dist(\/[\w-]+)*|dist\/[\w/.-]+\.(c?js|js\.map|d\.c?ts|wasm)|dist\/third-party-licences\.txt|README\.md|LICENSE|CHANGELOG\.md|package\.json|docs(\/pictures(\/[\w-]+\.svg)?|\/[\w-]+\.md)?|(www|tests|tests\/bench|tests\/bench\/pictures)(\/[\w-]+\.(svg|webp))?)$/.test(file));
  // The README is shown with its pictures.
  const readme = await readFile(join(top, 'README.md'), 'utf8');
  const pictures = [...readme.matchAll(/(?:src|srcset)="([^":]+)"/g)].map(([, picture]) => picture);
  assert.ok(pictures.length > 2);
  for (const picture of pictures) assert.ok(files.includes(picture), picture);
  assert.deepEqual(extra, []);
});

test('each entry has types for resolvers that read no exports', async () => {
  const own = join(folder, 'node_modules', 'kinesis-edge');
  const { exports, typesVersions } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8'));
  const entries = Object.keys(exports).filter((name) => name.startsWith('./') && name !== './package.json');
  assert.deepEqual(Object.keys(typesVersions['*']).sort(), entries.map((name) => name.slice(2)).sort());
  for (const [file] of Object.values(typesVersions['*'])) assert.ok((await readFile(join(own, file), 'utf8')).length > 0, file);
});

test('npx runs its command, which is in no other file and not beside the page', async () => {
  const installed = join(folder, 'node_modules', 'kinesis-edge');
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const { stdout } = await run('npx', ['--offline', '--', 'kinesis-edge', '--version'], { cwd: folder });
  assert.equal(stdout.trim(), version);
  const scripts = (await readdir(join(installed, 'dist'), { recursive: true })).filter((name) => /\.c?js$/.test(name));
  const texts = await Promise.all(scripts.map(async (name) => ({ name, text: await readFile(join(installed, 'dist', name), 'utf8') })));
  assert.deepEqual(texts.filter(({ text }) => text.includes('node_modules/commander')).map(({ name }) => name), ['cli.js']);
  const licences = await readFile(join(installed, 'dist', 'third-party-licences.txt'), 'utf8');
  for (const name of ['commander', 'cli-progress', 'string-width']) assert.match(licences, new RegExp(`^${name} [\\d.]+, MIT$`, 'm'));
  assert.ok(!(await readdir(join(top, 'www', 'kinesis-edge'))).includes('cli.js'));
});

test('Node imports it', async () => {
  assert.equal(await output('node.js', USE), EXPECTED);
});

test('Node requires it, and each entry shares its module and classes with the others', async () => {
  const required = `const { KinesisError, hashKey } = require('kinesis-edge');
const { createCollector } = require('kinesis-edge/collector');
const tracker = require('kinesis-edge/tracker');
const { nodeFetch } = require('kinesis-edge/node');
console.log(hashKey('a'), new KinesisError('ERR_CORE', 'x').code);
console.log(typeof createCollector, typeof nodeFetch, tracker.KinesisError === KinesisError);`;
  assert.equal(await output('required.cjs', required), `${EXPECTED}\nfunction function true`);
});

test('the entry for OpenTelemetry says which package is missing, and uses it where it is installed', async () => {
  await writeFile(join(folder, 'metered.js'), "import 'kinesis-edge/opentelemetry';");
  await writeFile(join(folder, 'metered.cjs'), "require('kinesis-edge/opentelemetry');");
  for (const name of ['metered.js', 'metered.cjs']) await assert.rejects(run('node', [name], { cwd: folder }), /Cannot find (package|module) '@opentelemetry\/api'/);
  const scripts = (await readdir(join(folder, 'node_modules', 'kinesis-edge', 'dist'), { recursive: true })).filter((name) => /\.c?js$/.test(name));
  const importers = await Promise.all(scripts.map(async (name) => ((await readFile(join(folder, 'node_modules', 'kinesis-edge', 'dist', name), 'utf8')).match(/["']@opentelemetry\//) ? [name] : [])));
  assert.deepEqual(importers.flat().filter((name) => !name.startsWith('browser')).sort(), ['opentelemetry.cjs', 'opentelemetry.js']);
  await cp(join(top, 'node_modules', '@opentelemetry', 'api'), join(folder, 'node_modules', '@opentelemetry', 'api'), { recursive: true });
  try {
    const use = `const stored = '{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}';
const spans = [];
const span = { setAttributes() {}, setStatus() {}, addEvent() {}, end() { spans.push('end'); } };
const tracerProvider = { getTracer: () => ({ startSpan: (name) => (spans.push(name), span) }) };
const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch: async () => new Response(stored) });
instrument(producer, { tracerProvider });
producer.put('x').then(() => console.log(spans.join()));`;
    const imported = "import { Producer } from 'kinesis-edge';\nimport { instrument } from 'kinesis-edge/opentelemetry';\n";
    const required = "const { Producer } = require('kinesis-edge');\nconst { instrument } = require('kinesis-edge/opentelemetry');\n";
    // The files that older versions of Node load where one part of a program requires and another imports: two copies of the package.
    const mixed = `import { createRequire } from 'node:module';
const { Producer } = createRequire(import.meta.url)('./node_modules/kinesis-edge/dist/node.cjs');
import { instrument } from 'kinesis-edge/opentelemetry';\n`;
    assert.equal(await output('metered.js', imported + use), 'Kinesis.PutRecords,end');
    assert.equal(await output('metered.cjs', required + use), 'Kinesis.PutRecords,end');
    assert.equal(await output('mixed.js', mixed + use), 'Kinesis.PutRecords,end');
  } finally {
    await rm(join(folder, 'node_modules', '@opentelemetry'), { recursive: true });
  }
});

test('what Node requires is what it imports, where it can require a module', async () => {
  const both = "const { KinesisError } = require('kinesis-edge');\nimport('kinesis-edge').then((imported) => console.log(imported.KinesisError === KinesisError));";
  assert.equal(await output('both.cjs', both), String(process.features.require_module ?? false));
});

test('the CommonJS files themselves share one module', async () => {
  const files = `const dist = require('node:path').join(__dirname, 'node_modules', 'kinesis-edge', 'dist');
const { KinesisError, hashKey } = require(dist + '/node.cjs');
require(dist + '/collector-node.cjs');
console.log(hashKey('a'), require(dist + '/tracker.cjs').KinesisError === KinesisError, require(dist + '/inline.cjs').KinesisError === KinesisError);`;
  assert.equal(await output('files.cjs', files), '16955237001963240173058271559858726497 true true');
});

test('a bundle for Node runs from anywhere, as CommonJS and as a module, and reads no file', async () => {
  await writeFile(join(folder, 'server.js'), "import { hashKey } from 'kinesis-edge';\nimport { createCollector } from 'kinesis-edge/collector';\nconsole.log(hashKey('a'), typeof createCollector);");
  const elsewhere = await mkdtemp(join(tmpdir(), 'kinesis-edge-elsewhere-'));
  try {
    for (const [format, name] of [['cjs', 'bundle.cjs'], ['esm', 'bundle.mjs']]) {
      await build({ entryPoints: [join(folder, 'server.js')], bundle: true, platform: 'node', format, minify: true, outfile: join(elsewhere, name), logLevel: 'error' });
      const { stdout } = await run('node', [name], { cwd: elsewhere });
      assert.equal(stdout.trim(), '16955237001963240173058271559858726497 function', format);
      assert.doesNotMatch(await readFile(join(elsewhere, name), 'utf8'), /node:fs|import\.meta|import_meta/);
    }
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
});

test('Node imports the inline entry and the slim one with a module of its own', async () => {
  assert.equal(await output('inline.js', USE.replace("'kinesis-edge'", "'kinesis-edge/inline'")), EXPECTED);
  const slim = USE.replace("'kinesis-edge'", "'kinesis-edge/slim'").replace('await ready', 'start(wasm);\nawait ready');
  const loading = `import { readFile } from 'node:fs/promises';
import { start } from 'kinesis-edge/slim';
const wasm = readFile(new URL(import.meta.resolve('kinesis-edge/kinesis-edge.wasm')));`;
  assert.equal(await output('slim.js', `${loading}\n${slim}`), EXPECTED);
});

test('Node imports the collector, which shares the module with the rest', async () => {
  const collector = `import { createCollector } from 'kinesis-edge/collector';
import { hashKey } from 'kinesis-edge';
const { fetch } = createCollector(() => ({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, allowedOrigins: '*' }));
console.log(hashKey('a'), (await fetch(new Request('https://a.test/health'))).status);`;
  assert.equal(await output('collector.js', collector), '16955237001963240173058271559858726497 200');
});

test('Node imports the inline entry and its own, which share one module whichever is ready first', async () => {
  const both = `import { Producer } from 'kinesis-edge/inline';
import { hashKey } from 'kinesis-edge';
const stored = '{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}';
const options = { region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, lingerMs: 0 };
const producer = new Producer({ ...options, fetch: async () => new Response(stored) });
const codes = [];
for (let index = 0; index < 5; index += 1) {
  codes.push(await producer.put('a').then(() => 'stored', ({ code }) => code));
  await new Promise((resolve) => setTimeout(resolve, 20));
}
globalThis.gc();
console.log(hashKey('a'), codes.slice(1).join(), producer.stats.recordsBuffered);`;
  await writeFile(join(folder, 'both.js'), both);
  const { stdout } = await run('node', ['--expose-gc', 'both.js'], { cwd: folder });
  assert.equal(stdout.trim(), '16955237001963240173058271559858726497 stored,stored,stored,stored 0');
});

test('Node imports nodeFetch, which loads what it takes to send and to decompress, and nothing else', async () => {
  const lost = "import { nodeFetch } from 'kinesis-edge/node';\nawait nodeFetch('http://127.0.0.1:1').catch(({ message, cause }) => console.log(message, cause.code));";
  assert.equal(await output('lost.js', lost), 'fetch failed ECONNREFUSED');
  const text = await readFile(join(folder, 'node_modules', 'kinesis-edge', 'dist', 'node-fetch.js'), 'utf8');
  assert.deepEqual([...text.matchAll(/^import .*'(.+)'/gm)].map(([, name]) => name), ['node:http', 'node:https', 'node:util', 'node:zlib']);
});

test('before the module is loaded a synchronous function says what to await', async () => {
  const early = "import { hashKey } from 'kinesis-edge/slim';\ntry { hashKey('a') } catch (error) { console.log(error.code, error.message) }";
  assert.match(await output('early.js', early), /^ERR_CORE .*await `ready` first$/);
});

test('what comes before `start` waits for it', async () => {
  const early = `import { readFile } from 'node:fs/promises';
import { KinesisClient, Producer, start } from 'kinesis-edge/slim';
const wasm = readFile(new URL(import.meta.resolve('kinesis-edge/kinesis-edge.wasm')));
const fetch = async () => new Response('{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}');
const options = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch };
const producer = new Producer({ ...options, streamName: 's' });
const before = producer.put('x');
const call = new KinesisClient(options).putRecords({ StreamName: 's', Records: [{ Data: 'x', PartitionKey: 'k' }] });
setTimeout(() => start(wasm), 50);
console.log((await before).shardId, (await call).Records.length, (await producer.put('y')).shardId);`;
  assert.equal(await output('before-start.js', early), 's 1 s');
  const never = `import { Producer } from 'kinesis-edge/slim';
const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
await producer.put('x').catch(({ code, message }) => console.log(code, message));`;
  assert.match(await output('never-started.js', never), /^ERR_CORE .*pass it to `start`/);
});

test('a module that cannot be loaded is an error of the call, and no unhandled rejection', async () => {
  const broken = `import { KinesisClient, start, ready } from 'kinesis-edge/slim';
start(Promise.reject(new Error('404'))).catch(() => {});
const client = new KinesisClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
await client.listShards({ StreamName: 's' }).catch((error) => console.log(error.code, error.message));
await new Promise((resolve) => setTimeout(resolve, 20));`;
  assert.match(await output('broken.js', broken), /^ERR_CORE .*could not be loaded: 404/);
});

test('a process ends as soon as its producer has nothing to do', async () => {
  const idle = `import { Producer } from 'kinesis-edge';
const fetch = async () => new Response('{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}');
const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch });
console.log((await producer.put('x')).shardId);`;
  // The life of a record is five minutes: its timer must not outlive it.
  await writeFile(join(folder, 'idle.js'), idle);
  const { stdout } = await run('node', ['idle.js'], { cwd: folder, timeout: 20_000 });
  assert.equal(stdout.trim(), 's');
});

test('producers that were refused take nothing with them when they are collected', async () => {
  const collect = `import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Producer } from 'kinesis-edge';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const fetch = async () => new Response('{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}');
const options = { region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch };
for (let index = 0; index < 20; index += 1) try { new Producer({ ...options, streamName: 'a b' }) } catch {}
const producer = new Producer(options);
const put = producer.put('x');
for (let index = 0; index < 5; index += 1) {
  collect();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log((await put).shardId);
await producer.close();`;
  assert.equal(await output('collect.js', collect), 's');
});

test('a bundle of the inline entry runs from anywhere', async () => {
  await writeFile(join(folder, 'entry.js'), USE.replace("'kinesis-edge'", "'kinesis-edge/inline'"));
  await build({ entryPoints: [join(folder, 'entry.js')], bundle: true, format: 'esm', minify: true, outfile: join(folder, 'bundle.mjs'), logLevel: 'error' });
  const { stdout } = await run('node', ['bundle.mjs'], { cwd: folder });
  assert.equal(stdout.trim(), EXPECTED);
});

async function output(name, source) {
  await writeFile(join(folder, name), source);
  const { stdout } = await run('node', [name], { cwd: folder });
  return stdout.trim();
}

/** Bundles an import of an entry as a bundler with these conditions does, in the folder where the package is installed. */
async function bundled(entry, conditions) {
  const stdin = { contents: `export { ${entry.endsWith('/collector') ? 'createCollector' : 'KinesisClient'} } from '${entry}';`, resolveDir: folder };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: 'esm', platform: 'neutral', conditions, external: ['node:*', '*.wasm', '*.wasm?module'], logLevel: 'silent' });
  return outputFiles[0].text;
}

test('for React Native it is bundled without import.meta, which Hermes does not compile', async () => {
  assert.ok(!(await bundled('kinesis-edge', ['react-native'])).includes('import.meta'));
  // The entry of pages has it, so the check above can fail.
  assert.ok((await bundled('kinesis-edge', ['browser'])).includes('import.meta'));
});

for (const entry of ['kinesis-edge', 'kinesis-edge/collector']) {
  const NITRO = ['worker', 'browser', 'workerd', 'edge-light', 'edge-routine', 'deno'];
  test(`${entry} in a Worker that Nitro builds imports the module as its plugin takes it, or the build stops`, async () => {
    assert.match(await bundled(entry, [...NITRO, 'unwasm']), /from "[^"]*kinesis-edge\.wasm\?module"/);
    await assert.rejects(bundled(entry, NITRO), /No matching export in "[^"]*set-nitro-experimental-wasm\.js"/);
    assert.match(await bundled(entry, ['worker', 'workerd']), /from "[^"]*kinesis-edge\.wasm"/);
  });
}

test('a release is refused without an address of the repository, or without its heading in the changelog', () => {
  const repository = (url) => ({ version: '0.1.0', repository: { type: 'git', url } });
  const changelog = '# Changelog\n\n## 0.1.0 (2026-11-29)\n';
  assert.equal(obstacleTo(repository('git+https://github.com/kinesis/edge.git'), changelog), undefined);
  assert.match(obstacleTo(repository('git+https://github.com/OWNER/kinesis-edge.git'), changelog), /repository\.url in package\.json is a placeholder, git\+https.*: set it to the address/);
  assert.match(obstacleTo({ version: '0.1.0' }, changelog), /package\.json has no repository\.url/);
  // A longer version that begins alike is another one.
  assert.match(obstacleTo(repository('git+https://github.com/kinesis/edge.git'), '## 0.1.01\n'), /CHANGELOG\.md has no heading "## 0\.1\.0"/);
});
