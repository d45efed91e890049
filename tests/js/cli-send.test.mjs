// npx kinesis-edge send: all lines arrive, whatever interrupts it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { SECRET, at, cli, startCli, startInTerminal } from './cli/run.mjs';
import { startWire } from './cli/wire.mjs';
import { startStream, until } from './collector/setup.mjs';

const SEND = ['send', '--stream-name', 'clicks'];
let folder;
let files = 0;

before(async () => (folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-send-'))));
after(() => rm(folder, { recursive: true }));

/** A stream of its own for each test. */
async function withStream(use, options) {
  const stream = await startStream({ name: 'clicks', shards: 4, args: ['--no-limits'], ...options });
  try {
    await use(stream);
  } finally {
    await stream.stop();
  }
}

async function fileOf(text) {
  const path = join(folder, `events-${(files += 1)}.jsonl`);
  await writeFile(path, text);
  return path;
}

/** Lines of 100 visitors, whose `n` counts from 0. */
function linesOf(count, from = 0) {
  return Array.from({ length: count }, (_, index) => JSON.stringify({ userId: `u${(from + index) % 100}`, n: from + index }));
}

function fileOfLines(count) {
  return fileOf(`${linesOf(count).join('\n')}\n`);
}

const stateOf = (path) => `${path}.kinesis-edge.json`;
const readState = async (path) => JSON.parse(await readFile(stateOf(path), 'utf8'));

/** How many lines the file's state says are acknowledged; 0 where there is none. */
async function acknowledged(path) {
  return existsSync(stateOf(path)) ? (await readState(path)).lines : 0;
}

function assertDone({ code, stdout, stderr }, delivered) {
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^sent ${delivered.toLocaleString('en-US')} lines? of .* to clicks in `));
  assert.ok(!`${stdout}${stderr}`.includes(SECRET));
}

/** Each line of `n` from 0 to `count` has arrived, and the first copies of each key's lines stand in the order of the file. */
function assertAllInOrder(lines, count) {
  const seen = new Set();
  const last = new Map();
  for (const { partitionKey, text } of lines) {
    const { userId, n } = JSON.parse(text);
    assert.equal(partitionKey, userId);
    if (seen.has(n)) continue;
    seen.add(n);
    assert.ok(n > (last.get(userId) ?? -1), `line ${n} of ${userId} comes after line ${last.get(userId)}`);
    last.set(userId, n);
  }
  assert.equal(seen.size, count);
}

test('each line becomes a record with its own text; the last needs no end, and empty lines are none', () =>
  withStream(async (stream) => {
    const path = await fileOf('\ufeff{"a":"é 🙂"}\r\n\n  \n[1, 2]\n"text"\n12');
    assertDone(await cli([...SEND, path], at(stream)), 4);
    assert.deepEqual((await stream.lines()).map(({ text }) => text).sort(), ['"text"', '12', '[1, 2]', '{"a":"é 🙂"}']);
    assert.deepEqual((await readdir(folder)).filter((name) => name.includes('kinesis-edge')), []);
  }));

test('partition keys come from a member, from one within another, or from the command line', () =>
  withStream(async (stream) => {
    const path = await fileOf('{"id":"a","user":{"id":7},"x.y":true,"n":1}\n');
    for (const [words, key] of [[['--partition-key-field', 'id'], 'a'], [['--partition-key-field', 'user.id'], '7'], [['--partition-key-field', 'x.y'], 'true'], [['--partition-key', 'é'], 'é']]) {
      const before = (await stream.lines()).length;
      assertDone(await cli([...SEND, path, ...words], at(stream)), 1);
      const lines = await stream.lines();
      assert.equal(lines.length, before + 1);
      assert.ok(lines.some(({ partitionKey }) => partitionKey === key), key);
    }
  }));

test('20,000 lines in aggregates, while requests and records fail, arrive in the order of each key', () =>
  withStream(async (stream) => {
    await stream.plan({ operation: 'PutRecords', random: { seed: 1, recordFailed: 0.05, requestLost: 0.05, answerLost: 0.05, status500: 0.05 } }, 'CLI');
    const path = await fileOfLines(20_000);
    const result = await cli([...SEND, path, '--partition-key-field', 'userId', '--ordering', 'key', '--aggregation', 'key', '--output', 'json'], at(stream));
    assert.equal(result.code, 0, result.stderr);
    const summary = JSON.parse(result.stdout);
    assert.deepEqual([summary.complete, summary.delivered, summary.toLine, summary.skipped], [true, 20_000, 20_000, 0]);
    assertAllInOrder(await stream.lines(), 20_000);
  }));

for (const aggregation of ['off', 'key'])
  test(`killed twice in the middle, it goes on where it was: aggregation ${aggregation}`, () =>
    withStream(async (stream) => {
      const path = await fileOfLines(20_000);
      const words = [...SEND, path, '--partition-key-field', 'userId', '--ordering', 'key', '--aggregation', aggregation];
      let before = 0;
      for (let kill = 0; kill < 2; kill += 1) {
        // So slow that it cannot end before it is killed.
        const running = startCli([...words, '--rate', '1500'], at(stream));
        await until('lines are acknowledged', async () => (await acknowledged(path)) > before + 1000, { ms: 60_000 });
        running.kill('SIGKILL');
        const { signal, stderr } = await running.exited;
        assert.equal(signal, 'SIGKILL');
        if (before > 0) assert.match(stderr, new RegExp(`goes on after line ${before}, where an earlier run was interrupted`));
        before = await acknowledged(path);
        assert.ok(before < 20_000, `${before} lines are acknowledged`);
      }
      const { code, stdout, stderr } = await cli([...words, '--output', 'json'], at(stream));
      assert.equal(code, 0, stderr);
      const { delivered, fromLine, complete } = JSON.parse(stdout);
      assert.deepEqual({ delivered, fromLine, complete }, { delivered: 20_000 - before, fromLine: before, complete: true });
      assertAllInOrder(await stream.lines(), 20_000);
      assert.ok(!existsSync(stateOf(path)));
    }));

for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]])
  test(`${signal} lets requests on their way be acknowledged, and the same command goes on without a copy`, () =>
    withStream(async (stream) => {
      const path = await fileOfLines(5000);
      const words = [...SEND, path, '--partition-key-field', 'userId'];
      const running = startCli([...words, '--rate', '500'], at(stream));
      await until('lines are acknowledged', async () => (await acknowledged(path)) > 300, { ms: 60_000 });
      running.kill(signal);
      const { code, stdout, stderr } = await running.exited;
      assert.equal(code, exitCode);
      assert.match(stdout, /^sent \d+ lines/);
      const lines = await acknowledged(path);
      assert.match(stderr, new RegExp(`interrupted by ${signal}; the same command goes on after line ${lines}\n`));
      assertDone(await cli(words, at(stream)), 5000 - lines);
      assert.equal((await stream.lines()).length, 5000);
    }));

test('a lost network is waited for, and said', () =>
  withStream(async (stream) => {
    const wire = await startWire(stream.endpoint);
    const path = await fileOfLines(5000);
    const running = startCli([...SEND, path, '--partition-key-field', 'userId', '--ordering', 'key', '--rate', '500'], at(wire));
    await until('lines are acknowledged', async () => (await acknowledged(path)) > 500, { ms: 60_000 });
    await wire.cut();
    await until('the trouble is said', () => /kinesis-edge: .*(ECONNREFUSED|127\.0\.0\.1)/.test(running.output.stderr), { ms: 60_000 });
    await wire.mend();
    assertDone(await running.exited, 5000);
    assertAllInOrder(await stream.lines(), 5000);
    await wire.cut();
  }));

test('a network that stays lost ends it after --give-up-after with 1, and the same command goes on', () =>
  withStream(async (stream) => {
    const wire = await startWire(stream.endpoint);
    const path = await fileOfLines(5000);
    const words = [...SEND, path, '--partition-key-field', 'userId', '--ordering', 'key', '--give-up-after', '3'];
    const running = startCli([...words, '--rate', '500'], at(wire));
    await until('lines are acknowledged', async () => (await acknowledged(path)) > 500, { ms: 60_000 });
    await wire.cut();
    const { code, stderr } = await running.exited;
    assert.equal(code, 1);
    assert.match(stderr, /nothing was acknowledged for 3 s \(--give-up-after\): .*; look at the endpoint 'http:\/\/127\.0\.0\.1:\d+\/?' and the connection; the same command goes on after line \d+\n$/);
    await wire.mend();
    assert.equal((await cli(words, at(wire))).code, 0);
    assertAllInOrder(await stream.lines(), 5000);
    await wire.cut();
  }));

test('an endpoint that never answers is said in words for a terminal, with the option that ends the waiting', async () => {
  const running = startCli([...SEND, await fileOf('{"n":0}\n'), '--give-up-after', '20'], at({ endpoint: 'http://127.0.0.1:1' }));
  await until('it is said', () => /failures in a row.*\n/.test(running.output.stderr), { ms: 60_000 });
  running.kill('SIGKILL');
  const { stderr } = await running.exited;
  assert.match(stderr, /^kinesis-edge: \d+ failures in a row, 1 record waiting; the last: .*; look at the endpoint 'http:\/\/127\.0\.0\.1:1\/?' and the connection; it ends after 20 s without an acknowledgement \(--give-up-after\)$/m);
});

test('lines that were skipped are exit code 1 also where nobody reads the summary', () =>
  withStream(async (stream) => {
    const path = await fileOf(`${linesOf(10).join('\n')}\nno JSON\n`);
    const running = startCli([...SEND, path, '--partition-key-field', 'userId', '--bad-lines', 'skip'], at(stream));
    running.child.stdout.destroy();
    assert.equal((await running.exited).code, 1);
    assertAllInOrder(await stream.lines(), 10);
  }));

const BAD = [
  ['{"userId":"a"', /line 3: it is not JSON/],
  ['{"userid":"a"}', /line 3: it has no text or number 'userId' \(--partition-key-field\)/],
  [JSON.stringify({ userId: 'é'.repeat(257) }), /line 3: its 'userId' must have 1 to 256 characters/],
  [JSON.stringify({ userId: 'a', text: 'x'.repeat(1024 * 1024) }), /line 3: its data and partition key have \d+ bytes, of at most 1048576 \(--record-bytes-max\)|line 3: it has \d+ bytes, more than a record may have/],
  [Buffer.from([0x22, 0xff, 0x22]), /line 3: it is not UTF-8/],
  ['{"userId":12345678901234567890}', /line 3: its 'userId' has more digits than a number can hold: write it as a text/],
];

for (const [bad, reason] of BAD)
  test(`a bad line stops it after the lines before, and --bad-lines skip goes on: ${reason.source.slice(0, 40)}`, () =>
    withStream(async (stream) => {
      const [first, second, ...rest] = linesOf(10);
      const path = await fileOf(Buffer.concat([`${first}\n${second}\n`, bad, `\n${rest.join('\n')}`].map((part) => Buffer.from(part))));
      const words = [...SEND, path, '--partition-key-field', 'userId'];
      const stopped = await cli(words, at(stream));
      assert.equal(stopped.code, 1);
      assert.match(stopped.stderr, reason);
      assert.match(stopped.stderr, /correct the line, or give --bad-lines skip; the same command goes on after line 2\n$/);
      assert.equal((await stream.lines()).length, 2);
      const skipped = await cli([...words, '--bad-lines', 'skip'], at(stream));
      assert.equal(skipped.code, 1);
      assert.match(skipped.stderr, /line 3 is skipped: /);
      assert.match(skipped.stdout, /^sent 8 lines .* 1 line skipped\)/);
      assert.equal((await stream.lines()).length, 10);
      assert.ok(!existsSync(stateOf(path)));
    }));

test('a line that was corrected after it has stopped, and lines that were added, are sent', () =>
  withStream(async (stream) => {
    const path = await fileOf('{"n":0}\n{"n":1\n{"n":2}\n');
    assert.equal((await cli([...SEND, path], at(stream))).code, 1);
    await writeFile(path, '{"n":0}\n{"n":1}\n{"n":2}\n{"n":3}\n');
    assertDone(await cli([...SEND, path], at(stream)), 3);
    assert.deepEqual((await stream.lines()).map(({ text }) => JSON.parse(text).n).sort(), [0, 1, 2, 3]);
  }));

test('an input that has changed before the place where it goes on is noticed, and --restart sends all', () =>
  withStream(async (stream) => {
    for (const changed of ['{"n":9}\n{"n":1}\n', '{"n"']) {
      const path = await fileOf('{"n":0}\n{"n":1\n');
      assert.equal((await cli([...SEND, path], at(stream))).code, 1);
      await writeFile(path, changed);
      const before = (await stream.lines()).length;
      const { code, stderr } = await cli([...SEND, path], at(stream));
      assert.equal(code, 1);
      assert.match(stderr, /the input has changed before byte 8, .*: restore the input, or give --restart to send all of it/);
      assert.equal((await stream.lines()).length, before);
      await writeFile(path, '{"n":9}\n{"n":1}\n');
      assertDone(await cli([...SEND, path, '--restart'], at(stream)), 2);
    }
  }));

for (const isOpen of [false, true])
  test(`a signal ends it while it reads a named pipe ${isOpen ? 'whose writer is silent' : 'without a writer'}`, () =>
    withStream(async (stream) => {
      const pipe = join(folder, `pipe ${isOpen}`);
      execFileSync('mkfifo', [pipe]);
      const running = startCli([...SEND, pipe], at(stream));
      const writer = isOpen ? await open(pipe, 'w') : undefined;
      await writer?.write('{"n":1}\n');
      if (isOpen) await until('the line is acknowledged', async () => (await stream.lines()).length === 1, { ms: 60_000 });
      // Time in which the command opens it.
      else await new Promise((resolve) => setTimeout(resolve, 2000));
      running.kill('SIGINT');
      const { code, stderr } = await running.exited;
      assert.equal(code, 130);
      assert.match(stderr, /interrupted by SIGINT/);
      await writer?.close();
    }));

test('a state of another profile is not used: each account may have a stream of this name', () =>
  withStream(async (stream) => {
    const path = await fileOf('{"n":0}\n{"n":1\n');
    const config = await fileOf('[profile one]\naws_access_key_id = a\naws_secret_access_key = a\n[profile two]\naws_access_key_id = b\naws_secret_access_key = b\n');
    const by = (profile) => cli([...SEND, path, '--profile', profile], { ...at(stream), env: { ...at(stream).env, AWS_CONFIG_FILE: config } });
    assert.equal((await by('one')).code, 1);
    const { code, stderr } = await by('two');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /is of profile one, not of two: --restart sends the input from its beginning/);
    assert.equal((await by('one')).code, 1);
  }));

test('a state of another stream, region or endpoint, or what is none, is not used', () =>
  withStream(async (stream) => {
    const path = await fileOf('{"n":0}\n{"n":1\n');
    assert.equal((await cli([...SEND, path], at(stream))).code, 1);
    const kept = await readFile(stateOf(path), 'utf8');
    const tries = [[['send', '--stream-name', 'other', path], stream], [[...SEND, path, '--region', 'eu-west-1'], stream], [[...SEND, path], { endpoint: 'http://127.0.0.1:1' }]];
    for (const [words, endpoint] of tries) {
      const { code, stderr } = await cli(words, at(endpoint));
      assert.equal(code, 2);
      assert.match(stderr, /is of (stream|region|endpoint) .*, not of .*: --restart sends the input from its beginning/);
      assert.equal(await readFile(stateOf(path), 'utf8'), kept);
    }
    const { offset } = JSON.parse(kept);
    await writeFile(stateOf(path), kept.replace(`"offset": ${offset}`, '"offset": -1'));
    assert.match((await cli([...SEND, path], at(stream))).stderr, /is not a state of send/);
    await appendFile(stateOf(path), 'x');
    assert.match((await cli([...SEND, path], at(stream))).stderr, /is not a state of send: give another file by --resume, or remove it/);
  }));

test('the standard input is sent line by line as it comes, and with --resume goes on like a file', () =>
  withStream(async (stream) => {
    const running = startCli(SEND, { ...at(stream), input: 'open' });
    running.child.stdin.write('{"n":0}\n{"n"');
    await until('the first line', async () => (await stream.lines()).length === 1);
    running.child.stdin.end(':1}');
    assertDone(await running.exited, 2);

    const input = `${linesOf(100).join('\n')}\n`;
    const state = join(folder, 'stdin-state.json');
    const words = [...SEND, '--partition-key-field', 'userId', '--resume', state];
    const broken = input.replace('"n":60}', '"n":60');
    assert.equal((await cli(words, { ...at(stream), input: broken })).code, 1);
    assert.equal(JSON.parse(await readFile(state, 'utf8')).lines, 60);
    assertDone(await cli(words, { ...at(stream), input }), 40);
    assert.ok(!existsSync(state));
    assert.equal((await stream.lines()).length, 102);
  }));

test('a file of gzip is refused at once, with how to send it', () =>
  withStream(async (stream) => {
    const path = await fileOf(gzipSync('{"n":0}\n'));
    for (const words of [[], ['--bad-lines', 'skip']]) {
      const { code, stdout, stderr } = await cli([...SEND, path, ...words], at(stream));
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.equal(stderr, `kinesis-edge send: ${path} is compressed: gzip -dc ${path} | kinesis-edge send …\n`);
    }
    const piped = await cli(SEND, { ...at(stream), input: await readFile(path) });
    assert.equal(piped.stderr, 'kinesis-edge send: the standard input is compressed: gzip -dc FILE | kinesis-edge send …\n');
    assert.equal((await stream.lines()).length, 0);
    assert.ok(!existsSync(stateOf(path)));
  }));

test('the place of the state is never a file that is none', () =>
  withStream(async (stream) => {
    const path = await fileOf('{"n":0}\n');
    for (const words of [[], ['--restart']]) {
      const { code, stderr } = await cli([...SEND, path, '--resume', path, ...words], at(stream));
      assert.equal(code, 2);
      assert.match(stderr, /is not a state of send/);
      assert.equal(await readFile(path, 'utf8'), '{"n":0}\n');
    }
  }));

test('of many bad lines the first are said, and all are counted', () =>
  withStream(async (stream) => {
    const path = await fileOf(`${'nonsense\n'.repeat(1000)}{"n":0}`);
    const { code, stdout, stderr } = await cli([...SEND, path, '--bad-lines', 'skip'], at(stream));
    assert.equal(code, 1);
    assert.match(stdout, /^sent 1 line .* 1,000 lines skipped\)/);
    assert.equal(stderr.match(/is skipped: /g).length, 20);
    assert.match(stderr, /further lines are skipped without a word\n/);
  }));

test('a reader of the progress that closes its pipe ends nothing', () =>
  withStream(async (stream) => {
    const path = await fileOfLines(7000);
    const running = startCli([...SEND, path, '--rate', '1000'], at(stream));
    running.child.stderr.destroy();
    assertDone(await running.exited, 7000);
  }));

test('--format text sends any line, and --newline ends it', () =>
  withStream(async (stream) => {
    const path = await fileOf('not JSON\n  kept as it is  \n');
    assertDone(await cli([...SEND, path, '--format', 'text', '--newline'], at(stream)), 2);
    assert.deepEqual((await stream.lines()).map(({ text }) => text).sort(), ['  kept as it is  \n', 'not JSON\n']);
  }));

test('the summary has the time to a tenth of a second, the rate in it, and one of a thing in the singular', () =>
  withStream(async (stream) => {
    const { code, stdout, stderr } = await cli([...SEND, await fileOf('{"n":0}\n')], at(stream));
    assert.equal(code, 0, stderr);
    const [, seconds, rate] = /^sent 1 line of .* in (\d(?:\.\d)?) s, (\d+(?:\.\d)?) lines?\/s \(1 request, 0 retries, 0 lines skipped\)\n$/.exec(stdout) ?? assert.fail(stdout);
    // Both are rounded, to a tenth.
    assert.ok(Math.abs(1 / Number(rate) - Number(seconds)) < 0.15, stdout);
  }));

test('--rate holds', () =>
  withStream(async (stream) => {
    const path = await fileOfLines(1000);
    const started = performance.now();
    assertDone(await cli([...SEND, path, '--rate', '500'], at(stream)), 1000);
    // The first tenth of a second goes at once.
    assert.ok(performance.now() - started > 1800);
  }));

test('a stream that is not there, and a key without permission, end it at once with 1, and leave no state', () =>
  withStream(async (stream) => {
    const path = await fileOfLines(1000);
    const missing = await cli(['send', '--stream-name', 'nothing', path], at(stream));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^kinesis-edge send: ResourceNotFoundException: .*; look at the name of the stream 'nothing'/m);
    const planned = await stream.plan({ queue: Array(50).fill({ kind: 'error', type: 'AccessDeniedException', message: 'not allowed' }) }, 'CLI');
    assert.ok(planned.ok);
    const denied = await cli([...SEND, path], at(stream));
    assert.equal(denied.code, 1);
    assert.match(denied.stderr, /^kinesis-edge send: AccessDeniedException: not allowed; look at the policy of the credentials: they need kinesis:PutRecords on the stream 'clicks'$/m);
    assert.ok(!existsSync(stateOf(path)));
  }));

test('wrong options and inputs end it with 2 before anything is sent', async () => {
  const path = await fileOf('{}\n');
  const tries = [
    [[...SEND, join(folder, 'nowhere')], /FILE cannot be read: ENOENT/],
    [[...SEND, folder], /FILE must be a file of lines: .* is a directory/],
    [[...SEND, path, '--ordering', 'key'], /--ordering key keeps the order of a partition key: give --partition-key-field or --partition-key/],
    [[...SEND, path, '--partition-key', 'a', '--partition-key-field', 'b'], /cannot be combined/],
    [[...SEND, path, '--format', 'text', '--partition-key-field', 'b'], /--partition-key-field needs lines of JSON/],
    [[...SEND, path, '--no-resume', '--restart'], /--restart cannot be combined with --no-resume/],
    [[...SEND, path, '--partition-key', ''], /--partition-key must have 1 to 256 characters/],
    [['send', '--stream-name', 'a b', path], /--stream-name/],
  ];
  for (const [words, pattern] of tries) {
    const { code, stdout, stderr } = await cli(words, at({ endpoint: 'http://127.0.0.1:1' }));
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, pattern);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});

test('where the state cannot be written it says so, and sends with --no-resume', () =>
  withStream(async (stream) => {
    const path = await fileOf('{"n":0}\n');
    const { code, stderr } = await cli([...SEND, path, '--resume', join(folder, 'no', 'folder.json')], at(stream));
    assert.equal(code, 1);
    assert.match(stderr, /the state cannot be written: ENOENT.*--resume FILE names another place, --no-resume does without/);
    assertDone(await cli([...SEND, path, '--no-resume'], at(stream)), 1);
  }));

test('without a terminal progress is lines: share, rate, retries, time left', () =>
  withStream(async (stream) => {
    const path = await fileOfLines(7000);
    const { stderr } = await cli([...SEND, path, '--rate', '1000'], at(stream));
    assert.match(stderr, /^\d+ %, [\d,]+ lines, [\d,]+ lines\/s, 0 retries, \d+ s left$/m);
    assert.doesNotMatch(stderr, /\x1b/);
  }));

test('in a terminal progress is a bar with share, rate, retries and time left; Ctrl-C ends it, and the cursor is back', () =>
  withStream(async (stream) => {
    const path = await fileOfLines(5000);
    const running = startInTerminal([...SEND, path, '--rate', '500'], at(stream));
    await until('the bar', () => /█+░+ \d+ %, [\d,]+ lines, [1-9][\d,]* lines\/s, 0 retries, \d+ s left/.test(running.output.stdout), { ms: 60_000 });
    await until('lines are acknowledged', async () => (await acknowledged(path)) > 0, { ms: 60_000 });
    running.child.stdin.write('\x03');
    const { code, stdout } = await running.exited;
    assert.equal(code, 130);
    assert.match(stdout, /interrupted by SIGINT; the same command goes on after line \d+/);
    assert.ok(stdout.lastIndexOf('\x1b[?25h') > stdout.lastIndexOf('\x1b[?25l'));
  }));
