// README and docs/ hold what they say: blocks of code run as pasted, links lead somewhere, generated parts are up to date.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { top } from '../../xtask/say.mjs';
import { ENVIRONMENTS } from '../docs/environments.mjs';
import { generated } from '../docs/generate.mjs';
import { CLIENT, PRODUCER, optionNames } from '../docs/numeric-options.mjs';
import { anchorsOf, blocksOf, linksOf, pages } from '../docs/pages.mjs';
import { startStream, until } from './collector/setup.mjs';

const run = promisify(execFile);
/** In the package, so that `import 'kinesis-edge'` finds dist/. */
const FOLDER = join(top, 'target', 'docs-blocks');
/** Blocks of code that say why they are not run. A new one changes this number, with a reason that a reviewer sees. */
const NOT_RUN = 43;

const blocks = pages().flatMap(blocksOf);
const scripts = blocks.filter(({ language }) => ['js', 'ts'].includes(language));
let stream;

before(async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const block of scripts) {
    block.path = join(FOLDER, `${block.file.replaceAll(/[/.]/g, '-')}-${block.line}.${block.language}`);
    writeFileSync(block.path, block.code);
  }
  stream = await startStream({ name: 'clicks' });
});
after(() => stream?.stop());

test('each block of code is run, or says why not', () => {
  const silent = blocks.filter(({ language, remark }) => !['json', 'text', ''].includes(language) && !remark);
  assert.deepEqual(silent.map(({ name }) => name), []);
  assert.equal(blocks.filter(({ remark }) => remark?.startsWith('not')).length, NOT_RUN);
});

test('each script has the types of the package', async () => {
  const files = scripts.filter(({ remark }) => remark !== 'not checked').map(({ path }) => path);
  assert.ok(files.length > 10);
  const config = join(FOLDER, 'tsconfig.json');
  const compilerOptions = { target: 'es2022', module: 'nodenext', lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'], types: ['node'], allowJs: true, checkJs: true, noEmit: true, strict: false, skipLibCheck: true };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  await run(join(top, 'node_modules', '.bin', 'tsc'), ['-p', config]).catch(({ stdout }) => assert.fail(stdout));
});

for (const block of blocks.filter(({ remark }) => remark === 'run')) {
  test(`${block.name} runs in ${block.detail}, and its records arrive`, async () => {
    const environment = ENVIRONMENTS[block.detail];
    assert.ok(environment, `no environment is called ${block.detail}`);
    const before = (await stream.lines()).length;
    const arrived = () => until('a record of the block', async () => (await stream.lines()).length > before);
    const collector = scripts.find(({ detail }) => detail === 'collector');
    await environment(block, { endpoint: stream.endpoint, collector, arrived });
  });
}

for (const { name, code } of blocks.filter(({ language }) => language === 'json')) {
  test(`${name} is JSON`, () => assert.ok(JSON.parse(code)));
}

for (const page of pages()) {
  test(`${page.file}: its links lead somewhere`, () => {
    for (const { target, path, anchor } of linksOf(page)) {
      assert.ok(existsSync(join(top, path)), `${target}: there is no ${path}`);
      if (anchor) assert.ok(anchorsOf(readFileSync(join(top, path), 'utf8')).includes(anchor), `${target}: ${path} has no such heading`);
    }
  });
}

test('each page of docs is in the list of pages', () => {
  const listed = linksOf(pages().find(({ file }) => file === 'docs/README.md')).map(({ path }) => path);
  for (const { file } of pages().filter(({ file }) => file.startsWith('docs/') && file !== 'docs/README.md')) assert.ok(listed.includes(file), file);
});

test('sizes, costs, exceptions and numeric options are those of the files that they come from', async () => {
  for (const { file, text, expected } of await generated()) assert.equal(text, expected, `${file} is out of date: node tests/docs/generate.mjs`);
});

test('the pages have each option of the client, the producer, the outbox, the tracker and the collector', () => {
  const owners = {
    'docs/client.md': [CLIENT],
    'docs/producer.md': [PRODUCER, { file: 'src/shim/outbox/types.ts', type: 'IndexedDBOutboxOptions' }],
    'docs/clickstream.md': [{ file: 'src/shim/tracker/types.ts', type: 'TrackerOptions' }, { file: 'src/shim/tracker/types.ts', type: 'AutoTrackOptions' }],
    'docs/collector.md': [{ file: 'src/shim/collector/types.ts', type: 'CollectorBaseOptions' }],
  };
  for (const [file, types] of Object.entries(owners)) {
    const text = readFileSync(join(top, file), 'utf8');
    for (const owner of types) {
      const names = optionNames(owner);
      assert.ok(names.length > 3, `${owner.type} has the options ${names}`);
      for (const name of names) assert.match(text, new RegExp(`^\\| \`.*\\b${name}\``, 'm'), `${file} has no row with ${name}`);
    }
  }
});

test('docs/errors.md has each code of the types, with when, why and what to do', () => {
  const text = readFileSync(join(top, 'docs', 'errors.md'), 'utf8');
  const types = readFileSync(join(top, 'dist', 'types', 'core', 'error.d.ts'), 'utf8');
  const codes = types.match(/export type KinesisErrorCode =([^;]+);/)[1].match(/ERR_\w+/g);
  const sections = [...text.matchAll(/^## (ERR_\w+)\n\n- \*\*When:\*\* .+[^]*?- \*\*Why:\*\* .+[^]*?- \*\*What to do:\*\* .+/gm)];
  assert.deepEqual(sections.map(([, code]) => code).sort(), codes.sort());
});

test('README is read in one screen', () => {
  const bytes = readFileSync(join(top, 'README.md')).length;
  assert.ok(bytes <= 10_000, `README.md has ${bytes} bytes, of at most 10,000`);
});
