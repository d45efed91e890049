// A producer that reports its errors to nobody: the first one is in the console. And the advice that errors carry.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { KinesisClient, Producer } from 'kinesis-edge';
import { setTimeout as pause } from 'node:timers/promises';
import { listen } from './listen.mjs';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'hush-secret' };
const ADVICE = /^look at the credentials \(key, secret and session token\), whether they are for the region 'us-east-1', and at the clock of this host$/;
const { error: consoleError } = console;
let server;
let shown;

before(async () => {
  server = await listen((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: 'UnrecognizedClientException', message: 'no such key' }));
  });
});
after(() => server.stop());
beforeEach(() => {
  shown = [];
  console.error = (...what) => void shown.push(what.join(' '));
});
afterEach(() => (console.error = consoleError));

const producerWith = (options) => new Producer({ region: 'us-east-1', streamName: 'clicks', credentials: KEYS, endpoint: server.endpoint, lingerMs: 0, ...options });

/** The console is written to by a timer. */
async function closed(producer) {
  await producer.close();
  await pause(20);
}

const LINE = /^kinesis-edge: a record was not delivered: UnrecognizedClientException: no such key; look at the credentials .* \(set onError, which is called for each; this line is not repeated\)$/;

for (const [how, use] of [
  ['put', (producer) => void producer.put('hush-data')],
  ['writable', (producer) => producer.writable.getWriter().write('hush-data')],
]) {
  test(`what ${how} has accepted and nobody asks for is shown once`, async () => {
    const producer = producerWith();
    await use(producer);
    await use(producer);
    await closed(producer);
    assert.equal(shown.length, 1, String(shown));
    assert.match(shown[0], LINE);
    assert.doesNotMatch(shown[0], /hush/);
  });
}

test('what put refuses and nobody asks for is shown once', async () => {
  const producer = producerWith();
  producer.put(undefined);
  producer.put(undefined);
  await closed(producer);
  assert.equal(shown.length, 1, String(shown));
  assert.match(shown[0], /^kinesis-edge: a record was not delivered: ERR_INVALID_ARGUMENT: data must be/);
});

test('a logger has a line for what put refuses, where there is no onError', async () => {
  const lines = [];
  const logger = { error: (line) => lines.push(line) };
  const producer = producerWith({ logger });
  for (let count = 0; count < 5; count += 1) producer.put(undefined);
  await closed(producer);
  assert.equal(lines.length, 3, 'the 1st, the 2nd and the 4th');
  for (const line of lines) assert.match(line, /^kinesis-edge: a record was refused: ERR_INVALID_ARGUMENT: data must be/);
  const reporting = producerWith({ logger, onError: () => {} });
  reporting.put(undefined);
  await closed(reporting);
  assert.equal(lines.length, 3);
  assert.deepEqual(shown, []);
});

for (const [how, options, use] of [
  ['onError', { onError: () => {} }, (producer) => void producer.put('a')],
  ['a logger', { logger: { warn: () => {} } }, (producer) => void producer.put('a')],
  ['an awaited promise', {}, (producer) => assert.rejects(producer.put('a'))],
  ['catch', {}, (producer) => void producer.put('a').catch(() => {})],
  ['an awaited promise of a record that is refused', {}, (producer) => assert.rejects(producer.put(undefined))],
]) {
  test(`nothing is shown where the program learns of it by ${how}`, async () => {
    const producer = producerWith(options);
    await use(producer);
    await closed(producer);
    assert.deepEqual(shown, []);
  });
}

test('the error of a record and of a call says what to look at', async () => {
  const errors = [];
  const producer = producerWith({ onError: (error) => errors.push(error) });
  const fromPut = await producer.put('a').catch((error) => error);
  const client = new KinesisClient({ region: 'us-east-1', credentials: KEYS, endpoint: server.endpoint });
  const fromCall = await client.putRecord({ StreamName: 'clicks', Data: 'a', PartitionKey: 'k' }).catch((error) => error);
  for (const { name, message, advice } of [...errors, fromPut, fromCall]) {
    assert.deepEqual([name, message], ['UnrecognizedClientException', 'no such key']);
    assert.match(advice, ADVICE);
  }
  assert.match(JSON.stringify(fromCall), /"advice":"look at the credentials/);
  const refused = await client.putRecord({ StreamName: 'clicks' }).catch((error) => error);
  assert.ok(!('advice' in refused), 'its message says all');
  await producer.close();
});
