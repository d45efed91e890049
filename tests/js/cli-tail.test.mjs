// npx kinesis-edge tail: what arrives in a stream, in a terminal.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { KinesisClient, Producer } from 'kinesis-edge';
import { KEYS, PROGRAM, at, cli, startCli } from './cli/run.mjs';
import { startWire } from './cli/wire.mjs';
import { startStream, until } from './collector/setup.mjs';

const run = promisify(execFile);
const TAIL = ['tail', '--stream-name', 'clicks'];
const ALL = [...TAIL, '--from', 'trim-horizon', '--no-follow'];
let stream;
let client;

before(async () => {
  stream = await startStream({ name: 'clicks', shards: 2, args: ['--no-limits'] });
  client = new KinesisClient(optionsOf(stream));
});
after(() => stream.stop());

function optionsOf({ endpoint }) {
  return { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'WRITER', secretAccessKey: 's' } };
}

function put(Data, PartitionKey = 'key', more = {}) {
  return client.putRecord({ StreamName: 'clicks', Data, PartitionKey, ...more });
}

/** A tail that has found the place where it begins. */
async function started(words, target = stream) {
  const running = startCli(words, at(target));
  await until('tail reads', () => /reading \d+ shards? of/.test(running.output.stderr), { ms: 60_000 });
  return running;
}

async function stopped(running) {
  running.kill('SIGINT');
  const result = await running.exited;
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

test('it prints what arrives from now on: time, shard, partition key, data', async () => {
  await put('before it began');
  const running = await started(TAIL);
  const { ShardId } = await put('{"n":1}', 'visitor-1');
  await until('the record is printed', () => running.output.stdout.includes('{"n":1}'), { ms: 60_000 });
  const stdout = await stopped(running);
  assert.match(stdout, new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z  ${ShardId}  visitor-1  \\{"n":1\\}\\n$`));
});

test('--from trim-horizon and a time print what is there, and --no-follow ends after it', async () => {
  await put('old');
  const all = await cli(ALL, at(stream));
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout, /  old\n/);
  const recent = await cli([...TAIL, '--no-follow', '--from', '1h'], at(stream));
  assert.match(recent.stdout, /  old\n/);
  // The embedded Kinesis knows the time of a record to a second.
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const since = new Date(Date.now() - 1000).toISOString();
  await put('new');
  const { stdout } = await cli([...TAIL, '--no-follow', '--from', since], at(stream));
  assert.match(stdout, /^\S+  \S+  key  new\n$/);
});

test('--no-follow ends where the stream is written to all the time', async () => {
  let isDone = false;
  const writing = (async () => {
    while (!isDone) {
      await put('again and again');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const { code, stderr } = await cli(ALL, at(stream));
  isDone = true;
  await writing;
  assert.equal(code, 0, stderr);
});

test('--shard-id reads one shard, and --limit ends after so many records', async () => {
  for (const [index, hashKey] of [[0, '0'], [1, '340282366920938463463374607431768211455']])
    for (let copy = 0; copy < 3; copy += 1) await put(`of shard ${index}`, 'key', { ExplicitHashKey: hashKey });
  const { stdout } = await cli([...ALL, '--shard-id', 'shardId-000000000001'], at(stream));
  assert.ok(stdout.includes('of shard 1') && !stdout.includes('of shard 0'));
  const limited = await cli([...TAIL, '--from', 'trim-horizon', '--limit', '2'], at(stream));
  assert.equal(limited.code, 0);
  assert.equal(limited.stdout.trim().split('\n').length, 2);
  const none = await cli([...ALL, '--shard-id', 'shardId-000000000099'], at(stream));
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--shard-id: the stream has no shard shardId-000000000099: it has shardId-000000000000, shardId-000000000001\n$/);
});

test('of many shards a wrong --shard-id names ten', async () => {
  const own = await startStream({ name: 'clicks', shards: 12 });
  try {
    const { stderr } = await cli([...ALL, '--shard-id', 'x'], at(own));
    assert.match(stderr, /no shard x: it has (?:shardId-\d{12}(?:, )?){10} and 2 more\n$/);
  } finally {
    await own.stop();
  }
});

test('aggregates are taken apart, in lines and in JSON', async () => {
  const producer = new Producer({ ...optionsOf(stream), streamName: 'clicks', aggregation: 'key' });
  for (const n of [1, 2, 3]) producer.put({ aggregated: n }, { partitionKey: 'together' });
  await producer.close();
  const { stdout } = await cli(ALL, at(stream));
  for (const n of [1, 2, 3]) assert.ok(stdout.includes(`  together  [${n}/3]  {"aggregated":${n}}\n`), stdout);
  const json = await cli([...ALL, '--json'], at(stream));
  const records = json.stdout.trim().split('\n').map((line) => JSON.parse(line)).filter(({ partitionKey }) => partitionKey === 'together');
  assert.deepEqual(records.map(({ data, subSequenceNumber }) => [JSON.parse(data).aggregated, subSequenceNumber]), [[1, 0], [2, 1], [3, 2]]);
  assert.equal(new Set(records.map(({ sequenceNumber }) => sequenceNumber)).size, 1);
  assert.ok(records.every(({ shardId, approximateArrivalTimestamp }) => /^shardId-/.test(shardId) && !Number.isNaN(Date.parse(approximateArrivalTimestamp))));
});

test('bytes that are no text are printed in base64', async () => {
  const bytes = Buffer.from([0xff, 0xfe, 0, 1]);
  await put(bytes, 'binary');
  assert.ok((await cli(ALL, at(stream))).stdout.includes(`  binary  base64:${bytes.toString('base64')}\n`));
  const { stdout } = await cli([...ALL, '--json'], at(stream));
  const records = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(records.find(({ partitionKey }) => partitionKey === 'binary').dataBase64, bytes.toString('base64'));
});

test('control characters of a record do not reach the terminal', async () => {
  const evil = 'title\x1b]0;owned\x07 line\nbreak \x9b31m \u202e';
  await put(evil, 'evil\x1b[2J');
  const lines = await cli(ALL, at(stream));
  assert.ok(lines.stdout.includes('  evil\\u001b[2J  title\\u001b]0;owned\\u0007 line\\u000abreak \\u009b31m \\u202e\n'));
  const json = await cli([...ALL, '--json'], at(stream));
  for (const { stdout } of [lines, json]) assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\x00-\x1f\x7f-\x9f\u202e]/);
  assert.ok(json.stdout.trim().split('\n').some((line) => JSON.parse(line).data === evil));
});

test('head ends it without a word, as it ends other programs', async () => {
  const records = Array.from({ length: 500 }, (_, index) => ({ Data: 'x'.repeat(1000), PartitionKey: `${index}` }));
  await client.putRecords({ StreamName: 'clicks', Records: records });
  const command = `"${process.execPath}" "${PROGRAM}" ${TAIL.join(' ')} --from trim-horizon 2>&1 >&3 | cat >&2`;
  const script = `{ { ${command}; } 3>&1; } | head -n 2`;
  const { stdout, stderr } = await run('sh', ['-c', script], { env: { ...process.env, ...KEYS, AWS_ENDPOINT_URL_KINESIS: stream.endpoint }, timeout: 60_000 });
  assert.equal(stdout.trim().split('\n').length, 2);
  assert.match(stderr, /^kinesis-edge tail: reading \d+ shards of clicks\n$/);
});

test('it goes on through a split, into the shards that take the place of the first', async () => {
  const own = await startStream({ name: 'clicks', shards: 1, args: ['--no-limits'] });
  try {
    const writer = new KinesisClient(optionsOf(own));
    const running = await started(TAIL, own);
    await writer.putRecord({ StreamName: 'clicks', Data: 'before the split', PartitionKey: 'a' });
    await writer.call('SplitShard', { StreamName: 'clicks', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: '170141183460469231731687303715884105728' });
    await until('the stream is split', async () => (await writer.describeStreamSummary({ StreamName: 'clicks' })).StreamDescriptionSummary.StreamStatus === 'ACTIVE');
    for (const hashKey of ['0', '340282366920938463463374607431768211455'])
      await writer.putRecord({ StreamName: 'clicks', Data: `after the split ${hashKey.length}`, PartitionKey: 'a', ExplicitHashKey: hashKey });
    await until('all is printed', () => ['before the split', 'after the split 1\n', 'after the split 39\n'].every((text) => running.output.stdout.includes(text)), { ms: 60_000 });
    await stopped(running);
  } finally {
    await own.stop();
  }
});

test('a shard that comes by a split and cannot be read ends it, although another shard goes on', { timeout: 120_000 }, async () => {
  const range = { StartingHashKey: '0', EndingHashKey: '1' };
  const shard = (ShardId, more) => ({ ShardId, HashKeyRange: range, SequenceNumberRange: { StartingSequenceNumber: '1' }, ...more });
  let isSplit = false;
  const answers = {
    ListShards: () => ({ Shards: [shard('a'), shard('b'), ...(isSplit ? [shard('c', { ParentShardId: 'a' })] : [])] }),
    GetShardIterator: ({ ShardId }) => ({ ShardIterator: ShardId }),
    GetRecords: ({ ShardIterator }) => {
      if (ShardIterator === 'c') return { __type: 'AccessDeniedException', message: 'not for you' };
      isSplit ||= ShardIterator === 'a';
      return { Records: [], MillisBehindLatest: 0, ...(ShardIterator === 'b' && { NextShardIterator: 'b' }) };
    },
  };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = answers[request.headers['x-amz-target'].split('.')[1]](JSON.parse(text));
    response.writeHead(answer.__type ? 400 : 200).end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const running = startCli(TAIL, at({ endpoint: `http://127.0.0.1:${server.address().port}` }));
    const { code, stderr } = await running.exited;
    assert.notEqual(code, 0);
    assert.match(stderr, /not for you/);
  } finally {
    server.close();
  }
});

test('a page of a proxy in place of an answer is said once, and reading goes on', async () => {
  let pages = 0;
  const record = { SequenceNumber: '1', ApproximateArrivalTimestamp: 1_795_000_000, Data: Buffer.from('after the proxy').toString('base64'), PartitionKey: 'a' };
  const answers = {
    ListShards: () => ({ Shards: [{ ShardId: 'a', HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' }, SequenceNumberRange: { StartingSequenceNumber: '1' } }] }),
    GetShardIterator: () => ({ ShardIterator: 'a' }),
    GetRecords: () => ({ Records: (pages += 1) === 6 ? [record] : [], MillisBehindLatest: 0, NextShardIterator: 'a' }),
  };
  const server = createServer((request, response) => {
    const operation = request.headers['x-amz-target'].split('.')[1];
    request.resume();
    if (operation === 'GetRecords' && pages > 0 && pages < 5) {
      pages += 1;
      return response.writeHead(403, { 'content-type': 'text/html' }).end('<html>log in</html>');
    }
    response.end(JSON.stringify(answers[operation]()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const running = startCli(TAIL, at({ endpoint: `http://127.0.0.1:${server.address().port}` }));
    await until('the record is printed', () => running.output.stdout.includes('after the proxy'), { ms: 60_000 });
    await stopped(running);
    assert.equal(running.output.stderr.match(/is read again after: /g).length, 1);
  } finally {
    server.close();
  }
});

test('Ctrl-C ends it while an endpoint that says nothing is asked for the shards', { timeout: 120_000 }, async () => {
  const server = createServer(() => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    let isAsked = false;
    server.on('request', () => (isAsked = true));
    const running = startCli(TAIL, at({ endpoint: `http://127.0.0.1:${server.address().port}` }));
    await until('it is asked', () => isAsked, { ms: 60_000 });
    await stopped(running);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('--from is a time with its day, and not a number alone', async () => {
  for (const from of ['5', '60', '2026']) {
    const { code, stderr } = await cli([...TAIL, '--from', from], at(stream));
    assert.notEqual(code, 0);
    assert.match(stderr, /It must be latest, trim-horizon, a time of the past/);
  }
});

test('a lost network is said once, and reading goes on where it was', async () => {
  const wire = await startWire(stream.endpoint);
  const running = await started([...TAIL, '--from', 'latest'], wire);
  await put('before the loss');
  await until('the first is printed', () => running.output.stdout.includes('before the loss'), { ms: 60_000 });
  await wire.cut();
  await until('the loss is said', () => /is read again after: /.test(running.output.stderr), { ms: 60_000 });
  await put('during the loss');
  await wire.mend();
  await until('the second is printed', () => running.output.stdout.includes('during the loss'), { ms: 60_000 });
  const stdout = await stopped(running);
  assert.equal(stdout.trim().split('\n').length, 2);
  await wire.cut();
});

test('iterators that expire before the first record, as while a computer sleeps, leave no record out', async () => {
  const running = await started([...TAIL, '--from', 'latest']);
  const expired = { kind: 'error', type: 'ExpiredIteratorException', message: 'made up' };
  await fetch(`${stream.endpoint}/_faults/CLI`, { method: 'PUT', body: JSON.stringify({ queue: [expired, expired] }) });
  await put('while it slept');
  await until('the record is printed', () => running.output.stdout.includes('while it slept'), { ms: 60_000 });
  await stopped(running);
});
