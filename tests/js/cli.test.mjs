// npx kinesis-edge: its help, its errors and exit codes, where region and keys come from, put-record and put-records.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { top } from '../../xtask/say.mjs';
import { KEYS, PROGRAM, SECRET, at, cli } from './cli/run.mjs';
import { startStream } from './collector/setup.mjs';

const COMMANDS = ['send', 'tail', 'put-record', 'put-records', 'dev'];
const RECORD = ['--stream-name', 'clicks', '--partition-key', 'a'];
let stream;
let folder;

before(async () => {
  stream = await startStream({ name: 'clicks', shards: 2 });
  folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-cli-'));
});
after(async () => {
  await stream.stop();
  await rm(folder, { recursive: true });
});

async function file(name, text) {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** One line on the standard error, nothing on the standard output, no secret. */
function assertFails(result, code, pattern) {
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, pattern);
  assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr);
  assert.ok(!result.stderr.includes(SECRET));
}

async function arrived(text) {
  return (await stream.lines()).filter((line) => line.text === text);
}

test('--version is that of the package, --help names the commands, and each command has its own', async () => {
  const { version } = JSON.parse(await readFile(join(top, 'package.json'), 'utf8'));
  assert.deepEqual(await cli(['--version'], { env: {} }), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  const help = await cli(['--help'], { env: {} });
  assert.equal(help.code, 0);
  for (const command of COMMANDS) {
    assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
    const own = await cli([command, '--help'], { env: {} });
    assert.equal(own.code, 0);
    assert.match(own.stdout, new RegExp(`^Usage: kinesis-edge ${command} `));
  }
});

test('the help of put-records names no option that it does not have', async () => {
  const { stdout } = await cli(['put-records', '--help'], { env: {} });
  assert.doesNotMatch(stdout, /--data/);
  assert.match(stdout, /--cli-binary-format <format>  how the Data of each record is written/);
});

test('an output that cannot be written is exit code 1, and the reason is on the standard error', { skip: process.platform === 'linux' ? false : 'only Linux has /dev/full' }, () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, '--version'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
  closeSync(full);
  assert.equal(status, 1);
  assert.match(stderr, /^kinesis-edge: the standard output cannot be written: ENOSPC.*\n$/);
});

test('the file that package.json names as the command can be executed', async () => {
  const { bin } = JSON.parse(await readFile(join(top, 'package.json'), 'utf8'));
  assert.equal(join(top, bin['kinesis-edge']), PROGRAM);
  assert.match(await readFile(PROGRAM, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  assert.notEqual((await stat(PROGRAM)).mode & 0o100, 0);
});

test('a wrong command line ends with one line that names what is wrong, and 2; in the commands of AWS with 252', async () => {
  assertFails(await cli([]), 2, /^kinesis-edge: a command is missing: send, tail, put-record, put-records or dev/);
  assertFails(await cli(['sned']), 2, /unknown command 'sned' \(Did you mean send\?\)/);
  assertFails(await cli(['send', '--raet', '5']), 2, /^kinesis-edge send: unknown option '--raet' \(Did you mean --rate\?\)/);
  assertFails(await cli(['put-record', '--partitionkey', 'x']), 252, /^kinesis-edge put-record: unknown option '--partitionkey' \(Did you mean --partition-key\?\)/);
  assertFails(await cli(['put-records', '--record', 'x']), 252, /unknown option '--record' \(Did you mean --records\?\)/);
  assertFails(await cli(['put-records']), 252, /required option '--records <record...>' not specified/);
  assertFails(await cli(['tail', '--stream', 'clicks']), 2, /^kinesis-edge tail: unknown option '--stream' \(Did you mean one of --stream-name, --stream-arn\?\)\n$/);
  assertFails(await cli(['send', '--give=5']), 2, /unknown option '--give=5' \(Did you mean --give-up-after\?\)\n$/);
  assertFails(await cli(['tail', '--nonsense']), 2, /unknown option '--nonsense' \(--help describes the options\)\n$/);
  assertFails(await cli(['send', '--rate', 'fast']), 2, /--rate <lines>' argument 'fast' is invalid. It must be a number from 0.1 to 1000000/);
  assertFails(await cli(['send', '--ordering', 'all']), 2, /--ordering.*'all' is invalid. Allowed choices are none, key/);
  assertFails(await cli(['tail']), 2, /^kinesis-edge tail: --stream-name is missing/);
  assertFails(await cli(['tail', '--stream-name', 's', '--from', 'tomorrow']), 2, /--from.*must be latest, trim-horizon, a time/);
  assertFails(await cli(['dev', '--fault', 'throttle=2']), 2, /--fault.*throttle=2.*must be throttle, record, error, lost or offline with a share from 0 to 1/);
  assertFails(await cli(['put-record', '--data', 'YQ==']), 252, /required option '--partition-key <key>' not specified/);
  assertFails(await cli(['put-record', ...RECORD, '--data', 'YQ==', '--output', 'table']), 252, /--output.*table.*Allowed choices are json/);
});

test('without a region, and without keys, a command says where they come from', async () => {
  const { AWS_REGION, ...keys } = KEYS;
  const put = ['put-record', ...RECORD, '--data', 'YQ=='];
  assertFails(await cli(put, { env: keys }), 253, /--region is missing: give --region, set AWS_REGION, or write region into the profile 'default'/);
  assertFails(await cli(put, { env: { AWS_REGION } }), 253, /no credentials .*set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  assertFails(await cli(['tail', '--stream-name', 'clicks'], { env: keys }), 2, /--region is missing/);
  assertFails(await cli(['send', '--stream-name', 'clicks'], { env: { AWS_REGION }, input: '{}' }), 2, /no credentials/);
  assertFails(await cli(put, { env: { AWS_REGION, AWS_ACCESS_KEY_ID: 'A' } }), 253, /AWS_SECRET_ACCESS_KEY is missing/);
  assertFails(await cli([...put, '--profile', 'nobody']), 253, /--profile: there is no profile 'nobody'/);
});

test('an exception of the service ends a command of AWS with 254, another with 1; a lost network with 255, and 1', async () => {
  const put = ['put-record', '--partition-key', 'a', '--data', 'YQ==', '--stream-name'];
  assertFails(await cli([...put, 'nothing'], at(stream)), 254, /^kinesis-edge put-record: ResourceNotFoundException: /);
  assertFails(await cli(['tail', '--stream-name', 'nothing'], at(stream)), 1, /ResourceNotFoundException/);
  const nowhere = at({ endpoint: 'http://127.0.0.1:1' });
  assertFails(await cli([...put, 'clicks'], nowhere), 255, /127\.0\.0\.1:1|ECONNREFUSED/);
  assertFails(await cli(['tail', '--stream-name', 'clicks'], nowhere), 1, /127\.0\.0\.1:1|ECONNREFUSED/);
});

test('a failure says what to look at, once, without a word of pages', async () => {
  const put = ['put-record', '--partition-key', 'a', '--data', 'YQ==', '--stream-name'];
  assertFails(await cli([...put, 'nothing'], at(stream)), 254, /^kinesis-edge put-record: ResourceNotFoundException: .*; look at the name of the stream, its account, .*the region 'us-east-1'\n$/);
  assertFails(await cli(['tail', '--stream-name', 'nothing'], at(stream)), 1, /^kinesis-edge tail: ResourceNotFoundException: .*; look at the name of the stream/);
  assertFails(await cli([...put, 'clicks'], at({ endpoint: 'http://127.0.0.1:1' })), 255, /; look at the endpoint 'http:\/\/127\.0\.0\.1:1\/?' and the connection\n$/);
  const remedies = [['AccessDeniedException', 'the policy of the credentials: they need kinesis:PutRecord on'], ['InvalidSignatureException', 'the credentials \\(key, secret'], ['UnrecognizedClientException', 'the credentials \\(key, secret']];
  for (const [type, remedy] of remedies) {
    const refuse = () => stream.plan({ queue: Array(4).fill({ kind: 'error', type, message: 'made up' }) }, type);
    await refuse();
    const env = at(stream, { AWS_ACCESS_KEY_ID: type });
    assertFails(await cli([...put, 'clicks'], env), 254, new RegExp(`^kinesis-edge put-record: ${type}: made up; look at ${remedy}.*\\n$`));
    await refuse();
    const { stderr } = await cli([...put, 'clicks', '--debug'], env);
    assert.equal(stderr.split('look at').length, 2, stderr);
    assert.match(stderr, new RegExp(`\\nkinesis-edge put-record: ${type}: made up\\n$`));
  }
});

test('what the package refuses is named by its option', async () => {
  assertFails(await cli(['put-record', '--stream-name', 'a b', '--partition-key', 'a', '--data', 'YQ=='], at(stream)), 252, /put-record: --stream-name /);
  assertFails(await cli(['put-record', '--stream-name', 'clicks', '--partition-key', '', '--data', 'YQ=='], at(stream)), 252, /put-record: --partition-key /);
  assertFails(await cli(['put-record', ...RECORD, '--data', 'YQ==', '--explicit-hash-key', 'x'], at(stream)), 252, /put-record: --explicit-hash-key /);
  assertFails(await cli(['put-record', ...RECORD, '--data', 'YQ==', '--endpoint-url', 'nonsense']), 252, /put-record: --endpoint-url /);
});

test('put-record stores data in each of the forms of the AWS CLI, and prints its output', async () => {
  const bytes = Buffer.from([0, 255, 10, 13]);
  const raw = await file('raw.bin', bytes);
  const text = await file('text.txt', 'text of a file');
  const forms = [
    [['--data', Buffer.from('in base64').toString('base64')], 'in base64'],
    [['--data', `${Buffer.from('in broken').toString('base64').slice(0, 8)}\n${Buffer.from('in broken').toString('base64').slice(8)}\n`], 'in broken'],
    [['--data', 'as it is', '--cli-binary-format', 'raw-in-base64-out'], 'as it is'],
    [['--data', `file://${text}`, '--cli-binary-format', 'raw-in-base64-out'], 'text of a file'],
    [['--data', `fileb://${raw}`], bytes.toString()],
  ];
  for (const [words, expected] of forms) {
    const { code, stdout, stderr } = await cli(['put-record', ...RECORD, ...words], at(stream));
    assert.equal(code, 0, stderr);
    const output = JSON.parse(stdout);
    assert.equal(stdout, `${JSON.stringify(output, null, 4)}\n`);
    assert.deepEqual(Object.keys(output), ['ShardId', 'SequenceNumber']);
    assert.match(output.ShardId, /^shardId-/);
    assert.match(output.SequenceNumber, /^\d+$/);
    assert.equal((await arrived(expected)).length, 1, expected);
  }
});

test('data that is no base64, and a file that is not there, say what to give', async () => {
  assertFails(await cli(['put-record', ...RECORD, '--data', 'not base64!'], at(stream)), 252, /--data is not base64: encode it, give --cli-binary-format raw-in-base64-out/);
  assertFails(await cli(['put-record', ...RECORD, '--data', 'fileb:///nowhere/at-all'], at(stream)), 252, /--data: the file cannot be read: ENOENT/);
  const raw = await file('no-text.bin', Buffer.from([0xff, 0xfe]));
  assertFails(await cli(['put-record', ...RECORD, '--data', `file://${raw}`, '--cli-binary-format', 'raw-in-base64-out'], at(stream)), 252, /--data: .* is not text in UTF-8: use fileb:\/\//);
});

test('put-record takes a stream by its ARN, an explicit hash key and a region of its own', async () => {
  const arn = 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks';
  const words = ['put-record', '--stream-arn', arn, '--partition-key', 'a', '--data', 'YnktYXJu', '--explicit-hash-key', '340282366920938463463374607431768211455', '--region', 'us-east-1', '--no-cli-pager'];
  const { code, stdout, stderr } = await cli(words, at(stream, { AWS_REGION: '' }));
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).ShardId, 'shardId-000000000001');
  assert.equal((await arrived('by-arn')).length, 1);
});

test('put-records takes JSON, a file of JSON, and the shorthand', async () => {
  const base64 = (text) => Buffer.from(text).toString('base64');
  const entries = ['one', 'two'].map((text) => ({ Data: base64(`json ${text}`), PartitionKey: text }));
  const path = await file('records.json', JSON.stringify(entries.map(({ Data, PartitionKey }) => ({ Data: base64(`file ${PartitionKey}`), PartitionKey }))));
  const forms = [[JSON.stringify(entries)], [`file://${path}`], [`Data=${base64('short one')},PartitionKey=one`, `Data=${base64('short two')},PartitionKey="two, three"`]];
  for (const records of forms) {
    const { code, stdout, stderr } = await cli(['put-records', '--stream-name', 'clicks', '--records', ...records], at(stream));
    assert.equal(code, 0, stderr);
    const output = JSON.parse(stdout);
    assert.equal(output.FailedRecordCount, 0);
    assert.equal(output.Records.length, 2);
  }
  for (const text of ['json one', 'json two', 'file one', 'file two', 'short one', 'short two']) assert.equal((await arrived(text)).length, 1, text);
  assert.equal((await arrived('short two'))[0].partitionKey, 'two, three');
});

test('put-records takes several texts of JSON, commas after a backslash, and files by @', async () => {
  const data = await file('data.bin', 'of a file');
  const base64 = await file('data.b64', Buffer.from('of base64').toString('base64'));
  const { code, stderr } = await cli(['put-records', '--stream-name', 'clicks', '--records', '{"Data":"c2V2ZXJhbA==","PartitionKey":"a"}', 'Data=Y29tbWE=,PartitionKey=a\\,b', `Data@=fileb://${data},PartitionKey=a`, `Data@=file://${base64},PartitionKey=a`], at(stream));
  assert.equal(code, 0, stderr);
  for (const text of ['several', 'comma', 'of a file', 'of base64']) assert.equal((await arrived(text)).length, 1, text);
  assert.equal((await arrived('comma'))[0].partitionKey, 'a,b');
  // Quotes within quotes, as in the AWS CLI's shorthand.
  const quoted = await cli(['put-records', '--stream-name', 'clicks', '--cli-binary-format', 'raw-in-base64-out', '--records', 'Data="{\\"quoted\\":1,\\"path\\":\\"C:\\\\\\"}",PartitionKey=a', "Data='it\\'s',PartitionKey=a"], at(stream));
  assert.equal(quoted.code, 0, quoted.stderr);
  for (const text of ['{"quoted":1,"path":"C:\\"}', "it's"]) assert.equal((await arrived(text)).length, 1, text);
  for (const unclosed of ['Data="x"y,PartitionKey=a', 'Data="x,PartitionKey=a', 'toString=x']) assertFails(await cli(['put-records', '--stream-name', 'clicks', '--records', unclosed], at(stream)), 252, /neither JSON nor of the form|has a member toString/);
  // The text of a record names no file.
  assertFails(await cli(['put-records', '--stream-name', 'clicks', '--records', `Data=fileb://${data},PartitionKey=a`], at(stream)), 252, /entry 0: Data is not base64/);
  assertFails(await cli(['put-records', '--stream-name', 'clicks', '--records', 'Data=YQ==,Data=Yg==,PartitionKey=a'], at(stream)), 252, /has Data twice/);
});

test('the endpoint of a profile is used', async () => {
  const config = await file('config-endpoint', `[profile local]\nregion = us-east-1\nendpoint_url = ${stream.endpoint}\naws_access_key_id = a\naws_secret_access_key = ${SECRET}\n`);
  const { code, stderr } = await cli(['put-record', ...RECORD, '--data', Buffer.from('by its endpoint').toString('base64'), '--profile', 'local'], { env: { AWS_CONFIG_FILE: config } });
  assert.equal(code, 0, stderr);
  assert.equal((await arrived('by its endpoint')).length, 1);
});

test('put-records says which entry is wrong', async () => {
  const put = (records) => cli(['put-records', '--stream-name', 'clicks', '--records', records], at(stream));
  assertFails(await put('[{"Data":"YQ==","PartitionKey":"a"},{"Data":"YQ=="}]'), 252, /--records, entry 1 needs a text PartitionKey/);
  assertFails(await put('[{"Data":"YQ==","Partitionkey":"a"}]'), 252, /entry 0 has a member Partitionkey: it may have Data, PartitionKey, ExplicitHashKey/);
  assertFails(await put('[{'), 252, /--records is not JSON/);
  assertFails(await put('nonsense'), 252, /neither JSON nor of the form Data=/);
});

test('records that fail are in the output, as with the AWS CLI', async () => {
  await stream.plan({ operation: 'PutRecords', queue: [{ kind: 'records', indices: [1], code: 'InternalFailure' }] }, 'FAILING');
  const records = ['Data=YQ==,PartitionKey=a', 'Data=Yg==,PartitionKey=b'];
  const { code, stdout } = await cli(['put-records', '--stream-name', 'clicks', '--records', ...records], at(stream, { AWS_ACCESS_KEY_ID: 'FAILING' }));
  assert.equal(code, 0);
  const { FailedRecordCount, Records } = JSON.parse(stdout);
  assert.equal(FailedRecordCount, 1);
  assert.deepEqual(Records.map(({ ErrorCode }) => ErrorCode), [undefined, 'InternalFailure']);
});

test('region and keys of a profile are used, and its cli_binary_format; --profile comes before keys of the environment', async () => {
  const config = await file('config', '[default]\nregion = eu-west-1\n\n[profile prod]\nregion = us-east-1\ncli_binary_format = raw-in-base64-out\n[profile keyless]\nregion=us-east-1\n');
  const credentials = await file('credentials', `[prod]\naws_access_key_id = PROD\naws_secret_access_key = ${SECRET}\naws_session_token = token\n`);
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.end('{"ShardId":"s","SequenceNumber":"1"}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const files = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_ENDPOINT_URL: `http://127.0.0.1:${server.address().port}` };
  const put = (words, env) => cli(['put-record', ...RECORD, '--data', 'not base64!', ...words], { env: { ...files, ...env } });
  try {
    for (const [words, env] of [[['--profile', 'prod'], {}], [[], { AWS_PROFILE: 'prod' }], [['--profile', 'prod'], { AWS_ACCESS_KEY_ID: 'OTHER', AWS_SECRET_ACCESS_KEY: 'x' }]]) {
      const result = await put(words, env);
      assert.equal(result.code, 0, result.stderr);
      const headers = seen.pop();
      assert.match(headers.authorization, /Credential=PROD\/\d+\/us-east-1\/kinesis\//);
      assert.equal(headers['x-amz-security-token'], 'token');
    }
    // As in the AWS CLI, keys of the environment come before AWS_PROFILE, and the region is still that of the profile.
    assert.equal((await put([], { AWS_PROFILE: 'prod', AWS_ACCESS_KEY_ID: 'OTHER', AWS_SECRET_ACCESS_KEY: 'x' })).code, 0);
    assert.match(seen.pop().authorization, /Credential=OTHER\/\d+\/us-east-1\//);
    assertFails(await put(['--cli-binary-format', 'raw-in-base64-out', '--profile', 'keyless'], {}), 253, /no credentials \(/);
    // An empty variable names no profile.
    const ofEnvironment = { AWS_PROFILE: '', AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'OTHER', AWS_SECRET_ACCESS_KEY: 'x' };
    assert.equal((await put(['--cli-binary-format', 'raw-in-base64-out'], ofEnvironment)).code, 0);
    assert.doesNotMatch((await put(['--cli-binary-format', 'raw-in-base64-out'], { AWS_PROFILE: '', AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none', AWS_REGION: 'us-east-1' })).stderr, /there is no profile/);
  } finally {
    server.close();
  }
});

test('credential_process of a profile is run by @aws-sdk/credential-providers', async () => {
  const program = await file('keys.sh', `#!/bin/sh\necho '{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"${SECRET}"}'\n`);
  await chmod(program, 0o755);
  const config = await file('process-config', `[profile tool]\nregion = us-east-1\ncredential_process = ${program}\n`);
  const env = { AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL_KINESIS: stream.endpoint };
  const { code, stderr } = await cli(['put-record', ...RECORD, '--profile', 'tool', '--data', 'YnktcHJvY2Vzcw=='], { env });
  assert.equal(code, 0, stderr);
  assert.equal((await arrived('by-process')).length, 1);
});

test('--debug says what failed, and no secret', async () => {
  await stream.plan({ queue: [{ kind: 'throttle' }] }, 'DEBUGGED');
  const { code, stdout, stderr } = await cli(['put-record', ...RECORD, '--data', 'YQ==', '--debug'], at(stream, { AWS_ACCESS_KEY_ID: 'DEBUGGED' }));
  assert.equal(code, 0, stderr);
  assert.match(stderr, /ProvisionedThroughputExceededException/);
  assert.ok(!`${stdout}${stderr}`.includes(SECRET));
});
