// The structure of the shim: each folder imports from those of lower levels, and no file is too long.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'node:test';
import { top } from '../../xtask/say.mjs';

const SHIM = join(top, 'src', 'shim');
/** The levels, from 0 up, each with its folders. A folder imports from lower levels, never from another of its own level. */
const LEVELS = [['generated', 'node'], ['core'], ['credentials', 'outbox'], ['client'], ['producer'], ['tracker', 'opentelemetry'], ['collector', 'lambda'], ['entries']];
const LINES_MAX = 350;

const files = readdirSync(SHIM, { recursive: true }).filter((name) => /\.[jt]s$/.test(name));
const sources = files.map((name) => ({ name, text: readFileSync(join(SHIM, name), 'utf8') }));

/** The imports of a file that lead where they may not. */
function forbiddenImports({ name, text }) {
  const own = levelOf(name);
  return importsOf(text)
    .map((path) => normalize(join(dirname(name), path)))
    .filter((path) => folderOf(path) !== folderOf(name) && levelOf(path) >= own)
    .map((path) => `${name} imports ${path}`);
}

function importsOf(text) {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(([, path]) => path);
}

function folderOf(path) {
  return path.split(sep)[0];
}

function levelOf(path) {
  const level = LEVELS.findIndex((folders) => folders.includes(folderOf(path)));
  assert.notEqual(level, -1, `${path} is in a folder that has no level in this test`);
  return level;
}

test('each folder imports from those below it', () => {
  assert.ok(sources.length > 50, `${sources.length} files`);
  assert.deepEqual(sources.flatMap(forbiddenImports), []);
});

test('an import that leads up, or to a folder beside it, is noticed', () => {
  const noticed = (name, path) => forbiddenImports({ name, text: `import { a } from '${path}';` }).length;
  assert.equal(noticed('core/data.ts', '../client/client.js'), 1);
  assert.equal(noticed('client/client.ts', '../producer/producer.js'), 1);
  assert.equal(noticed('credentials/cognito.ts', '../outbox/writer.js'), 1);
  assert.equal(noticed('producer/producer.ts', '../client/client.js'), 0);
  assert.equal(noticed('producer/producer.ts', './driver.js'), 0);
  assert.equal(forbiddenImports({ name: 'core/a.ts', text: "export type A = import('../tracker/tracker.js').Tracker;" }).length, 1);
});

test(`no file has more than ${LINES_MAX} lines`, () => {
  const long = sources.filter(({ text }) => text.split('\n').length - 1 > LINES_MAX).map(({ name }) => name);
  assert.deepEqual(long, []);
});

test('what runs in a page calls no method that old libraries replace: Array.from and reduce, as Prototype.js has them', () => {
  const inPages = sources.filter(({ name }) => !['collector', 'lambda', 'node'].includes(folderOf(name)));
  const calls = inPages.filter(({ text }) => /\bArray\.from\(|\.reduce\(/.test(text)).map(({ name }) => name);
  assert.deepEqual(calls, []);
});

/** What Safari 15.4 brought, or a later one: the package runs from 15.0 on. Calls by `?.(` are not found: they say what happens without the method. */
const TOO_NEW = /\.at\(-|\.(?:findLast|findLastIndex|toSorted|toReversed|toSpliced|isWellFormed|toWellFormed)\(|\b(?:structuredClone|Object\.hasOwn|Object\.groupBy|Map\.groupBy|AbortSignal\.(?:any|timeout)|Promise\.(?:withResolvers|try)|Array\.fromAsync|crypto\.randomUUID)\(|\bstatic \{|\(\?<[=!]/;

test('what runs in a page calls no method that Safari 15.0 lacks', () => {
  const inPages = sources.filter(({ name }) => !['collector', 'lambda', 'node'].includes(folderOf(name)));
  assert.deepEqual(inPages.filter(({ text }) => TOO_NEW.test(text)).map(({ name }) => name), []);
  for (const call of ['list.at(-1)', 'structuredClone(value)', 'AbortSignal.timeout(1)', 'static { }', '/(?<=a)b/']) assert.match(call, TOO_NEW);
});

test('what an application installs for OpenTelemetry is imported for OpenTelemetry only', () => {
  const importers = sources.filter(({ text }) => text.includes("'@opentelemetry/")).map(({ name }) => folderOf(name));
  assert.deepEqual([...new Set(importers)], ['opentelemetry']);
  const users = sources.filter(({ name, text }) => folderOf(name) !== 'opentelemetry' && importsOf(text).some((path) => path.includes('/opentelemetry/')));
  assert.deepEqual(users.map(({ name }) => name), [join('entries', 'opentelemetry.ts')]);
});

const CLI = join(top, 'src', 'cli');
/** What the command may import beside itself and Node: the package by its entries, what is bundled into it, and what users install. */
const CLI_IMPORTS = ['kinesis-edge', 'kinesis-edge/node', 'commander', 'cli-progress', '@aws-sdk/credential-providers'];
const commands = readdirSync(CLI, { recursive: true }).filter((name) => name.endsWith('.ts')).map((name) => ({ name, text: readFileSync(join(CLI, name), 'utf8') }));

test('the command uses the package by its entries, and nothing of the shim knows the command', () => {
  assert.ok(commands.length > 20, `${commands.length} files`);
  const imports = commands.flatMap(({ name, text }) => [...text.matchAll(/^(?:import|export)\b[^;'`]*?from '([^']+)'|\bimport\('([^']+)'\)/gm)].map(([, from, called]) => ({ name, path: from ?? called })));
  assert.ok(imports.length > 50, `${imports.length} imports`);
  const isAllowed = ({ name, path }) => (path.startsWith('.') ? join(CLI, dirname(name), path).startsWith(CLI + sep) : path.startsWith('node:') || CLI_IMPORTS.includes(path));
  assert.deepEqual(imports.filter((one) => !isAllowed(one)), []);
  assert.deepEqual(sources.filter(({ text }) => /\/cli\//.test(text)).map(({ name }) => name), []);
});

test(`no file of the command has more than ${LINES_MAX} lines`, () => {
  assert.deepEqual(commands.filter(({ text }) => text.split('\n').length - 1 > LINES_MAX).map(({ name }) => name), []);
});

/** Prettier breaks code at 120 columns, and leaves comments as they are. */
const COLUMNS_MAX = 120;

test(`no comment of the shim or the command has a line of more than ${COLUMNS_MAX} columns`, () => {
  assert.deepEqual([...sources, ...commands].filter(({ name }) => folderOf(name) !== 'generated').flatMap(longComments), []);
  for (const comment of ['// a', '  // a', '/** a', ' * a']) assert.equal(longComments({ name: 'a.ts', text: comment.padEnd(121, 'a') }).length, 1, comment);
  for (const text of [' * a'.padEnd(120, 'a'), `const a = '${'a'.repeat(120)}';`]) assert.deepEqual(longComments({ name: 'a.ts', text }), []);
});

/** The lines of a source that are comments and too long. */
function longComments({ name, text }) {
  const isLong = (line) => line.length > COLUMNS_MAX && /^\s*(?:\/\/|\/\*|\*)/.test(line);
  return text.split('\n').flatMap((line, index) => (isLong(line) ? [`${name}:${index + 1}`] : []));
}
