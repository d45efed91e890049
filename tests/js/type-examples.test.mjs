// The examples in the documentation of the public types, which editors show: they compile, and no function or class lacks one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { top } from '../../xtask/say.mjs';

const run = promisify(execFile);
const SHIM = join(top, 'src', 'shim');
/** In the package, so that `import 'kinesis-edge'` finds dist/. */
const FOLDER = join(top, 'target', 'type-examples');
/** The source of each entry, by the name that users import. */
const ENTRIES = { 'kinesis-edge': 'index', 'kinesis-edge/tracker': 'tracker', 'kinesis-edge/collector': 'collector', 'kinesis-edge/lambda': 'lambda', 'kinesis-edge/opentelemetry': 'opentelemetry', 'kinesis-edge/node': 'node-fetch', 'kinesis-edge/slim': 'slim' };
/** Files whose functions and classes need no example, with the reason. */
const WITHOUT_EXAMPLE = {
  'client/exceptions.ts': 'exceptions of AWS, used alike: the example is that of their type, ExceptionClass',
  'client/commands.ts': 'commands of the AWS SDK, used alike: the example is that of KinesisClient.send',
  'client/read-commands.ts': 'the same',
  'client/stream-commands.ts': 'the same',
};
/**
 * What examples use without declaring it. A name that the entry of the file exports is imported from there; a name of another entry
 * the example imports itself, so that a reader sees where it comes from.
 */
const PREAMBLE = `
import type { AwsCredentials, Kinesis, KinesisClient, Producer, PutRecordInput } from 'kinesis-edge';
import type { QueueBinding, RateLimiterBinding } from 'kinesis-edge/collector';
import type { KinesisEventBatch } from 'kinesis-edge/lambda';
import type { QueuedCall, Tracker } from 'kinesis-edge/tracker';

/** Made by the application, for its stream or its page. */
export declare const client: KinesisClient;
export declare const kinesis: Kinesis;
export declare const producer: Producer;
export declare const tracker: Tracker;
/** Temporary keys. */
export declare const credentials: AwsCredentials;
/** Where to read a shard, of \`getShardIterator\`. */
export declare const ShardIterator: string;
/** What a call of \`putRecord\` takes. */
export declare const input: PutRecordInput;
/** Data of the application: for a producer, for a dispatcher, for \`putRecords\`, and as a stream. */
export declare const records: string[];
export declare const payloads: { userId: string }[];
export declare const visitors: { id: string; path: string }[];
export declare const readable: ReadableStream<Uint8Array>;
/** What the application calls with each record. */
export declare const store: (record: unknown) => Promise<void>;
/** A user who has logged in at an OpenID Connect provider. */
export declare const user: { getIdToken(): Promise<string> };
/** What a Lambda function is called with. */
export declare const event: KinesisEventBatch;
/** The queue of the inline snippet of a page. */
export declare const clicks: QueuedCall[];
/** Secrets and bindings of a Worker. */
export interface Env { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string; RATE_LIMITER: RateLimiterBinding; EVENTS: QueueBinding }
export declare const env: Env;
/** Those of an OpenTelemetry SDK. */
export declare const meterProvider: { forceFlush(): Promise<void> };
export declare const tracerProvider: object;
/** An event of the application. */
export interface ClickEvent { userId: string }
`;

const sources = readdirSync(SHIM, { recursive: true }).filter((name) => name.endsWith('.ts')).map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(SHIM, path), 'utf8') }));
const examples = sources.flatMap(examplesOf);

/** The examples of a file, each with the line of its first line of code, and with the member of an interface that it is of. */
function examplesOf({ path, text }) {
  return [...text.matchAll(/^ *\/\*\*[^]*?\*\//gm)].flatMap(({ 0: comment, index }) => {
    const first = lineAt(text, index);
    const owner = ownerAt(text, index + comment.length);
    const found = [];
    let current;
    for (const [at, line] of comment.replace(/\s*\*\/$/, '').split('\n').entries()) {
      const content = line.replace(/^ *(?:\/\*)?\* ?/, '');
      // An example ends with the next tag.
      if (content.startsWith('@')) current = undefined;
      if (content === '@example') found.push((current = { path, line: first + at + 1, code: '', owner }));
      else if (current) current.code += `${content}\n`;
    }
    return found;
  });
}

function lineAt(text, index) {
  return text.slice(0, index).split('\n').length;
}

/** The member that follows a comment in an interface, if it does. */
function ownerAt(text, index) {
  const [, member] = text.slice(index).match(/^\n {2}(\w+)\??[:(<]/) ?? [];
  const before = `\n${text.slice(0, index)}`;
  const begin = before.lastIndexOf('\nexport interface ');
  if (!member || begin <= before.lastIndexOf('\n}')) return undefined;
  return { member, interfaceName: before.slice(begin).match(/interface (\w+)/)[1] };
}

/** What an entry, or a file that it takes names from, exports: each name with the file that declares it. */
function exportsOf(path) {
  const { text } = sources.find((source) => source.path === path);
  const fileOf = (from) => relative(SHIM, join(SHIM, dirname(path), from)).replaceAll('\\', '/').replace(/\.js$/, '.ts');
  const named = [...text.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(([, type, names, from]) =>
    names.split(',').map((name) => name.trim()).filter(Boolean).map((name) => ({ name: name.split(' ').at(-1), isType: Boolean(type) || name.startsWith('type '), path: fileOf(from) })));
  const all = [...text.matchAll(/^export (type )?\* from '([^']+)'/gm)].flatMap(([, type, from]) => exportsOf(fileOf(from)).map((one) => ({ ...one, isType: one.isType || Boolean(type) })));
  const own = [...text.matchAll(/^export (?:async )?(function\*?|class|const|interface|type) (\w+)/gm)].map(([, kind, name]) => ({ name, isType: ['interface', 'type'].includes(kind), path }));
  return [...named, ...all, ...own];
}

function entryOf(path) {
  const [folder, file] = path.split('/');
  const name = `kinesis-edge/${folder === 'entries' ? file.replace(/\.ts$/, '') : folder}`;
  return name in ENTRIES ? name : 'kinesis-edge';
}

/** A module of an example, whose code stands in the line in which it stands in the source. */
function moduleOf({ path, line, code, owner }) {
  const used = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  for (const [, names] of code.matchAll(/\b(?:const|let|function|class|import)\s+(\{[^}]*\}|\w+)/g)) for (const name of names.match(/[\w$]+/g) ?? []) used.delete(name);
  const isOption = owner && new RegExp(`^${owner.member}[:(]`).test(code);
  if (isOption) used.add(owner.interfaceName);
  const entry = entryOf(path);
  const exported = exportsOf(`entries/${ENTRIES[entry]}.ts`).map(({ name }) => name);
  const free = [...PREAMBLE.matchAll(/^export (?:declare const|interface|type) (\w+)/gm)].map(([, name]) => name);
  const importOf = (names, from) => `import { ${[...used].filter((name) => names.includes(name)).join(', ')} } from '${from}';`;
  const head = [importOf(exported, entry), importOf(free.filter((name) => !exported.includes(name)), './preamble.js'), 'export {};'];
  // An option is shown by itself, as it stands in an object of options.
  if (isOption) head.push(`const options: Partial<${owner.interfaceName}> = {`);
  return `${head.join(' ')}${'\n'.repeat(line - 1)}${code}${isOption ? '};\n' : ''}`;
}

/** Compiles examples. Returns what the compiler says, each with the file and the line of the source. */
async function errorsOf(chosen) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'preamble.ts'), PREAMBLE);
  const names = new Map(chosen.map((example) => [`${example.path.replaceAll('/', '-').replace(/\.ts$/, '')}-${String(example.line).padStart(3, '0')}.ts`, example]));
  for (const [name, example] of names) writeFileSync(join(FOLDER, name), moduleOf(example));
  const compilerOptions = { target: 'es2022', module: 'nodenext', lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'], types: ['node'], noEmit: true, strict: true, skipLibCheck: true };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const output = await run(join(top, 'node_modules', '.bin', 'tsc'), ['-p', FOLDER, '--pretty', 'false'], { cwd: FOLDER }).then(() => '', ({ stdout }) => stdout || 'tsc could not run');
  // What goes on with a space belongs to the line before.
  return output.trim().split(/\n(?! )/).filter(Boolean).map((line) => line.replace(/^([\w-]+\.ts)\((\d+),\d+\)/, (place, name, at) => (names.has(name) ? `src/shim/${names.get(name).path}:${at}` : place)));
}

test('each example compiles', async () => {
  assert.ok(examples.length > 50, `${examples.length} examples`);
  assert.deepEqual(await errorsOf(examples), []);
});

test('an example that does not compile is reported with its file and line', async () => {
  const text = "export interface ClientOptions {\n  /**\n   * Keys.\n   * @example\n   * credentials: 'a',\n   * @default none\n   */\n  credentials?: string;\n}\n\n/**\n * Puts.\n * @example\n * const key = 'a';\n * await client.putRecord({ PartitionKey: key });\n */\n";
  const [option, call, ...more] = await errorsOf(examplesOf({ path: 'client/options.ts', text }));
  assert.match(option, /^src\/shim\/client\/options\.ts:5: error TS/);
  assert.match(call, /^src\/shim\/client\/options\.ts:15: error TS/);
  assert.deepEqual(more, []);
});

test('each example is found, and is short', () => {
  assert.equal(examples.length, sources.flatMap(({ text }) => text.match(/@example/g) ?? []).length);
  const long = examples.filter(({ code }) => code.trim() === '' || code.split('\n').length - 1 > LINES_MAX).map(({ path, line }) => `${path}:${line}`);
  assert.deepEqual(long, []);
});

test('each function and class of the entries has an example', () => {
  const values = Object.values(ENTRIES).flatMap((entry) => exportsOf(`entries/${entry}.ts`)).filter(({ isType }) => !isType);
  assert.ok(new Set(values.map(({ name }) => name)).size > 40);
  const lacking = values.filter(({ name, path }) => !hasExample(name, path));
  const isExcepted = ({ path }) => path in WITHOUT_EXAMPLE;
  assert.deepEqual(lacking.filter((one) => !isExcepted(one)), []);
  assert.deepEqual([...new Set(lacking.filter(isExcepted).map(({ path }) => path))].sort(), Object.keys(WITHOUT_EXAMPLE).sort());
});

/** Whether the comment right before a declaration has an example. */
function hasExample(name, path) {
  const { text } = sources.find((source) => source.path === path);
  const declared = text.search(new RegExp(`^export (?:async )?(?:function\\*?|class|const|let) ${name}\\b`, 'm'));
  assert.notEqual(declared, -1, `${path} declares no ${name}`);
  const before = text.slice(0, declared).trimEnd();
  return before.endsWith('*/') && before.slice(before.lastIndexOf('/**')).includes('* @example\n');
}

/** Of one example. */
const LINES_MAX = 6;
