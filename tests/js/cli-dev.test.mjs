// npx kinesis-edge dev: a local stream, what arrives in it, and faults on demand.
import assert from 'node:assert/strict';
import { cp, mkdtemp, mkdir, readFile, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { KinesisClient, Producer } from 'kinesis-edge';
import { top } from '../../xtask/say.mjs';
import { SECRET, cli, startCli, startInTerminal } from './cli/run.mjs';
import { until } from './collector/setup.mjs';

/** 127.0.0.1 as /proc/net/tcp writes it. */
const LOOPBACK = '0100007F';

/** Starts it on a free port. */
async function startDev(words = [], options = {}) {
  const running = startCli(['dev', '--port', '0', ...words], { env: {}, input: 'open', ...options });
  const listening = () => /listens on (http:\S+): /.exec(running.output.stderr)?.[1];
  const endpoint = await Promise.race([until('it listens', listening, { ms: 120_000 }), running.exited.then(({ stderr }) => assert.fail(stderr))]);
  return { ...running, endpoint, options: { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'ANY', secretAccessKey: 's' } } };
}

async function withDev(words, use, options) {
  const dev = await startDev(words, options);
  try {
    await use(dev);
  } finally {
    dev.kill('SIGTERM');
    await dev.exited;
  }
}

const printed = (dev, text) => until(`${text} is printed`, () => dev.output.stdout.includes(text), { ms: 60_000 });

test('it prints endpoint and variables, takes records of a client that has only those, prints them, and ends with 0', async () => {
  const dev = await startDev(['--stream-name', 'events', '--shards', '3']);
  assert.match(dev.output.stderr, /the embedded Kinesis listens on http:\/\/127\.0\.0\.1:\d+: stream events, 3 shards, faults: none\n/);
  await until('the variables', () => /export (.*)\n/.test(dev.output.stderr));
  const env = Object.fromEntries(/export (.*)\n/.exec(dev.output.stderr)[1].split(' ').map((word) => word.split('=')));
  const put = await cli(['put-record', '--stream-name', 'events', '--partition-key', 'a', '--data', 'aGVsbG8='], { env });
  assert.equal(put.code, 0, put.stderr);
  await printed(dev, '  a  hello\n');
  const { Shards } = await new KinesisClient(dev.options).listShards({ StreamName: 'events' });
  assert.equal(Shards.length, 3);
  dev.kill('SIGINT');
  assert.equal((await dev.exited).code, 0);
});

test('Ctrl-C, which reaches each process of a terminal, ends it with 0', async () => {
  const dev = await startDev([], { detached: true });
  process.kill(-dev.child.pid, 'SIGINT');
  const { code, stderr } = await dev.exited;
  assert.equal(code, 0, stderr);
});

test('a page of any origin may use it', () =>
  withDev([], async ({ endpoint }) => {
    const preflight = await fetch(endpoint, { method: 'OPTIONS', headers: { origin: 'https://a.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-amz-target' } });
    assert.ok(preflight.ok);
    assert.match(preflight.headers.get('access-control-allow-headers'), /authorization/);
    const answer = await fetch(endpoint, { method: 'POST', headers: { origin: 'https://a.example' } });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.match(answer.headers.get('access-control-expose-headers'), /x-amzn-ErrorType/);
  }));

const CERTAIN = [
  ['throttle=1', { name: 'ProvisionedThroughputExceededException', status: 400 }, false],
  ['error=1', { name: 'InternalFailure', status: 500 }, false],
  ['lost=1', { code: 'ERR_NETWORK' }, true],
];
for (const [fault, expected, isStored] of CERTAIN)
  test(`--fault ${fault} fails each request${isStored ? ', whose record is stored' : ''}`, () =>
    withDev(['--fault', fault], async (dev) => {
      const client = new KinesisClient({ ...dev.options, maxAttempts: 1 });
      const error = await client.putRecord({ StreamName: 'clicks', Data: 'x', PartitionKey: 'of-a-fault' }).then(() => assert.fail('stored'), (error) => error);
      for (const [member, value] of Object.entries(expected)) assert.equal(error[member], value);
      if (isStored) await printed(dev, 'of-a-fault');
      // Reading has no faults.
      await client.listShards({ StreamName: 'clicks' });
    }));

test('--fault offline=1 closes each connection', () =>
  withDev(['--fault', 'offline=1'], async (dev) => {
    const client = new KinesisClient({ ...dev.options, maxAttempts: 1 });
    await assert.rejects(client.listShards({ StreamName: 'clicks' }), { code: 'ERR_NETWORK' });
  }));

test('--fault record fails some records of a request, delay delays it, and a producer delivers all', () =>
  withDev(['--fault', 'record=0.2', '--fault', 'delay=20', '--json'], async (dev) => {
    assert.match(dev.output.stderr, /faults: record=0.2 delay=20\n/);
    const Records = Array.from({ length: 100 }, (_, index) => ({ Data: `${index}`, PartitionKey: `once-${index}` }));
    const output = await new KinesisClient(dev.options).putRecords({ StreamName: 'clicks', Records });
    assert.equal(output.FailedRecordCount, output.Records.filter(({ ErrorCode }) => ErrorCode === 'ProvisionedThroughputExceededException').length);
    assert.ok(output.FailedRecordCount > 0 && output.FailedRecordCount < 100, `${output.FailedRecordCount}`);
    const producer = new Producer({ ...dev.options, streamName: 'clicks', recordAttemptsMax: 100 });
    for (let index = 0; index < 100; index += 1) producer.put({ index }, { partitionKey: `all-${index}` });
    assert.deepEqual(await producer.flush(), { delivered: 100, failed: 0 });
    await producer.close();
    // The last line may not be whole yet.
    const keys = () => dev.output.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line).partitionKey);
    await until('all are printed', () => keys().filter((key) => key.startsWith('all-')).length === 100, { ms: 60_000 });
    const stored = Records.filter((_, index) => output.Records[index].SequenceNumber !== undefined).map(({ PartitionKey }) => PartitionKey);
    assert.deepEqual(keys().filter((key) => key.startsWith('once-')).sort(), stored.sort());
  }));

test('a port that is in use is said, and a program that is none', async () => {
  await withDev([], async ({ endpoint }) => {
    const { port } = new URL(endpoint);
    const { code, stderr } = await cli(['dev', '--port', port], { env: {} });
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`^kinesis-edge dev: --port ${port} cannot be used: .*EADDRINUSE.*: give another, or 0 for any free one\n$`));
  });
  const { code, stderr } = await cli(['dev', '--port', '0', '--server', '/nowhere/kinesis-server'], { env: {} });
  assert.equal(code, 1);
  assert.match(stderr, /--server \/nowhere\/kinesis-server could not be started: .*ENOENT/);
});

/** A program that prints the variables of AWS that it has, puts a record by nothing else, and ends with 3. */
const PUTTING = `import { Producer } from ${JSON.stringify(pathToFileURL(join(top, 'dist', 'node.js')).href)};
console.log(Object.keys(process.env).filter((name) => name.startsWith('AWS_')).sort().join());
const producer = new Producer({ streamName: 'clicks' });
await producer.put(process.argv.at(-1), { partitionKey: 'a' });
await producer.close();
process.exitCode = 3;`;

test('a program may delete its stream: it goes on, and dev has its exit code', { timeout: 180_000 }, async () => {
  const program = `import('kinesis-edge').then(async ({ KinesisClient }) => {
    await new KinesisClient().call('DeleteStream', { StreamName: 'clicks' });
    setTimeout(() => process.exit(7), 3000);
  })`;
  const { code, stderr } = await startCli(['dev', '--port', '0', '--', process.execPath, '-e', program], { env: {}, input: 'open', cwd: top }).exited;
  assert.equal(code, 7, stderr);
  assert.match(stderr, /the stream was deleted: records are not printed any more/);
});

test('a program after -- finds the stream, its records are printed, and dev ends with its exit code', async () => {
  const env = { AWS_SESSION_TOKEN: SECRET, AWS_CREDENTIAL_EXPIRATION: '2000-01-01T00:00:00Z', AWS_PROFILE: 'own', AWS_ACCESS_KEY_ID: 'OWN' };
  const { code, stdout, stderr } = await cli(['dev', '--port', '0', '--', process.execPath, '--input-type=module', '-e', PUTTING, '--', '--shards'], { env });
  assert.equal(code, 3, stderr);
  assert.match(stdout, /^AWS_ACCESS_KEY_ID,AWS_DEFAULT_REGION,AWS_EC2_METADATA_DISABLED,AWS_ENDPOINT_URL_KINESIS,AWS_REGION,AWS_SECRET_ACCESS_KEY\n/);
  assert.match(stdout, /  a  --shards\n$/);
});

test('a signal reaches the program, and dev ends when it does', async () => {
  const running = startCli(['dev', '--port', '0', '--', process.execPath, '-e', "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('started')"], { env: {}, input: 'open' });
  await until('it has started', () => running.output.stdout.includes('started'), { ms: 60_000 });
  running.kill('SIGTERM');
  assert.equal((await running.exited).code, 7);
});

// As npx does, the program runs a shell, which runs another.
for (const [signal, number] of [['SIGTERM', 15], ['SIGHUP', 1]])
  test(`${signal} ends also what the program has started, and dev has the exit code of the program`, { skip: process.platform === 'win32', timeout: 60_000 }, async () => {
    const script = `"${process.execPath}" -e 'console.log("started"); setInterval(() => {}, 1000)'; true`;
    const npm = "require('child_process').spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' })";
    const running = startCli(['dev', '--port', '0', '--', process.execPath, '-e', npm, '--', script], { env: {}, input: 'open' });
    await until('it has started', () => running.output.stdout.includes('started'), { ms: 60_000 });
    running.kill(signal);
    // All of them have its outputs, which close as the last ends.
    const { code, stderr } = await running.exited;
    assert.equal(code, 128 + number, stderr);
  });

test('in a terminal a program reads lines and sets the mode, as it does without dev', async () => {
  const script = "process.stdin.setRawMode(true); process.stdin.setRawMode(false); console.log('reading'); process.stdin.once('data', (line) => { console.log(`read:${line}`); process.exit(0); })";
  const running = startInTerminal(['dev', '--port', '0', '--', process.execPath, '-e', script], { env: {} });
  await until('it reads', () => running.output.stdout.includes('reading\r\n'), { ms: 60_000 });
  running.child.stdin.write('a line\n');
  const { code, stdout } = await running.exited;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /read:a line/);
});

test('a program that a signal has ended, and one that there is not', async () => {
  const ended = await cli(['dev', '--port', '0', '--', process.execPath, '-e', "process.kill(process.pid, 'SIGKILL')"], { env: {} });
  assert.equal(ended.code, 128 + 9, ended.stderr);
  const { code, stderr } = await cli(['dev', '--port', '0', '--', 'there-is-no-such-program'], { env: {} });
  assert.equal(code, 2);
  assert.match(stderr, /kinesis-edge dev: the program there-is-no-such-program could not be started: .*ENOENT\n$/);
});

test('KINESIS_EDGE_SERVER names the embedded Kinesis, as --server does', async () => {
  const { code, stderr } = await cli(['dev', '--port', '0'], { env: { KINESIS_EDGE_SERVER: '/nowhere/kinesis-server' } });
  assert.equal(code, 1);
  assert.match(stderr, /--server \/nowhere\/kinesis-server could not be started: .*ENOENT/);
});

test('in a terminal keys switch faults, and q ends it', async () => {
  const running = startInTerminal(['dev', '--port', '0'], { env: {} });
  const said = (text) => until(text, () => running.output.stdout.includes(text), { ms: 60_000 });
  await said('keys: t throttle, r fail records, e errors, l lose answers, d delay, o offline, c clear, q quit');
  for (const [key, text] of [['t', 'faults: throttle=0.2'], ['d', 'faults: throttle=0.2 delay=500'], ['t', 'faults: delay=500'], ['c', 'faults: none']]) {
    running.child.stdin.write(key);
    await said(`${text}\r\n`);
  }
  running.child.stdin.write('q');
  assert.equal((await running.exited).code, 0);
});

/** The package as it is installed: no clone, so no embedded Kinesis, and kinesis-local beside it. */
async function withInstalled(use) {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-installed-'));
  try {
    const installed = join(folder, 'node_modules', 'kinesis-edge');
    await mkdir(installed, { recursive: true });
    for (const name of ['package.json', 'dist']) await cp(join(top, name), join(installed, name), { recursive: true });
    await symlink(join(top, 'node_modules', 'kinesis-local'), join(folder, 'node_modules', 'kinesis-local'));
    await use(join(installed, 'dist', 'cli.js'), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('without the embedded Kinesis it runs kinesis-local, on loopback alone, which ends with it even when it is killed', () =>
  withInstalled(async (program, cwd) => {
    const dev = await startDev(['--fault', 'throttle=0.3'], { program, cwd });
    assert.match(dev.output.stderr, /kinesis-local listens on http:\/\/127\.0\.0\.1:\d+: stream clicks, 1 shard, faults: throttle=0.3\n/);
    const producer = new Producer({ ...dev.options, streamName: 'clicks', recordAttemptsMax: 100 });
    await producer.put('through kinesis-local', { partitionKey: 'a' });
    await producer.close();
    await printed(dev, '  a  through kinesis-local\n');
    const sockets = await listeningBelow(dev.child.pid);
    assert.ok(sockets.length >= 3, `${sockets.length} sockets`);
    assert.deepEqual(sockets.filter(({ address }) => address !== LOOPBACK), []);
    const ports = sockets.map(({ port }) => port);
    dev.kill('SIGKILL');
    await dev.exited;
    await until('kinesis-local has ended', async () => !(await Promise.all(ports.map(accepts))).includes(true), { ms: 60_000 });
  }));

/** The sockets on which a process and its children listen, as Linux lists them. */
async function listeningBelow(pid) {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  const descriptors = [pid, ...children].map(async (id) => {
    const names = await readdir(`/proc/${id}/fd`);
    return Promise.all(names.map((name) => readlink(`/proc/${id}/fd/${name}`).catch(() => '')));
  });
  const own = new Set((await Promise.all(descriptors)).flat());
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')));
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1)).map((row) => row.trim().split(/\s+/));
  const listening = rows.filter(({ 3: state, 9: inode }) => state === '0A' && own.has(`socket:[${inode}]`));
  return listening.map(({ 1: local }) => {
    const [address, port] = local.split(':');
    return { address, port: parseInt(port, 16) };
  });
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false)).on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
