// What callers, proxies and hosts give that nobody expects: each is read as it is, or refused with what to give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KinesisClient, Producer, signRequest } from 'kinesis-edge';
import { createCollector } from 'kinesis-edge/collector';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret' };
const OPTIONS = { region: 'us-east-1', credentials: CREDENTIALS };
const STORED = '{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}';
const store = async () => new Response(STORED);

function producerWith(options = {}) {
  return new Producer({ ...OPTIONS, streamName: 's', fetch: store, ...options });
}

async function codeOf(promise) {
  const late = new Promise((resolve) => setTimeout(resolve, 5000, 'never settled').unref());
  return Promise.race([promise.then(() => 'stored', ({ code }) => code), late]);
}

// ── a put whose own functions close the producer ──

for (const [name, putBy] of [
  ['toJSON', (producer, close) => producer.put({ toJSON: () => (close(), 'x') })],
  ['a member', (producer, close) => producer.put({ get a() { return close(), 'x'; } })],
  ['an option', (producer, close) => producer.put('x', { get partitionKey() { return close(), 'k'; } })],
]) {
  test(`a record whose ${name} closes the producer is refused, or stored before the end`, async () => {
    const producer = producerWith();
    let closed;
    const put = putBy(producer, () => (closed ??= producer.close()));
    assert.match(await codeOf(put), /^(stored|ERR_CLOSED)$/);
    await closed;
    assert.equal(producer.stats.recordsBuffered, 0);
  });
}

test('so is one whose partition key, or the event of its core, closes the producer', async () => {
  let producer;
  for (const options of [{ partitionKey: () => (producer.close(), 'k') }, { onEvent: () => void producer.close() }]) {
    producer = producerWith(options);
    assert.match(await codeOf(producer.put('x')), /^(stored|ERR_CLOSED)$/);
    await producer.close();
    assert.equal(producer.stats.recordsBuffered, 0);
  }
});

// ── responses ──

test('a byte order mark before a response costs no record', async () => {
  const producer = producerWith({ fetch: async () => new Response(`\ufeff${STORED}`), recordAttemptsMax: 1 });
  assert.equal((await producer.put('x')).shardId, 's');
  const client = new KinesisClient({ ...OPTIONS, fetch: async () => new Response(`\ufeff${STORED}`) });
  assert.equal((await client.putRecords({ StreamName: 's', Records: [{ Data: 'x', PartitionKey: 'k' }] })).FailedRecordCount, 0);
});

async function errorOf(fetch, options = {}) {
  const client = new KinesisClient({ ...OPTIONS, fetch, maxAttempts: 1, ...options });
  return client.listShards({ StreamName: 's' }).then(() => assert.fail('it has succeeded'), (error) => error);
}

test('a response that breaks off has its status and its request id, in the error and in $metadata', async () => {
  const body = () => new ReadableStream({ pull: (controller) => controller.error(new TypeError('cut')) });
  const error = await errorOf(async () => new Response(body(), { headers: { 'x-amzn-requestid': 'RID' } }));
  assert.deepEqual([error.code, error.status, error.requestId], ['ERR_NETWORK', 200, 'RID']);
  assert.deepEqual([error.$metadata.httpStatusCode, error.$metadata.requestId], [200, 'RID']);
});

test('an exception whose name is null in the body has the name of the header, and its message', async () => {
  const error = await errorOf(async () => new Response('{"__type":null,"message":"hm"}', { status: 400, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' } }));
  assert.deepEqual([error.name, error.message], ['ResourceNotFoundException', 'hm']);
});

test('a name with line breaks or control characters is none', async () => {
  const error = await errorOf(async () => Response.json({ __type: 'Bad\n\u001b[31mName', message: 'm' }, { status: 400 }));
  assert.equal(error.name, 'KinesisError');
});

test('a line of the logger is one line, whatever a proxy has answered', async () => {
  const lines = [];
  const logger = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, (line) => lines.push(line)]));
  const producer = producerWith({ fetch: async () => new Response('<html>\n<body>Bad\r\ngateway \u001b[31m', { status: 502 }), logger, recordAttemptsMax: 4 });
  await producer.put('x').catch(() => {});
  assert.ok(lines.some((line) => line.includes('gateway')), lines.join('|'));
  for (const line of lines) assert.doesNotMatch(line, /[\0-\x1f\x7f]/);
});

// ── arguments ──

test('options of a call that are no object are refused', async () => {
  const client = new KinesisClient({ ...OPTIONS, fetch: store });
  for (const options of [5, 'x', true, () => {}, []]) {
    await assert.rejects(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }, options), { code: 'ERR_INVALID_ARGUMENT', message: /^the options of a call must be an object with abortSignal/ });
  }
  await assert.rejects(producerWith().put('x', []), { code: 'ERR_INVALID_ARGUMENT' });
});

test('headers of a request to sign are a plain object of texts, with names that headers may have', () => {
  const sign = (headers) => signRequest({ method: 'GET', url: 'https://kinesis.us-east-1.amazonaws.com/', headers, region: 'us-east-1', service: 'kinesis', credentials: CREDENTIALS });
  assert.throws(() => sign(new Headers({ a: 'b' })), { code: 'ERR_INVALID_ARGUMENT', message: /Object\.fromEntries\(headers\)/ });
  for (const name of ['a:b', 'a b', '', 'ä', 'a(b']) assert.throws(() => sign({ [name]: 'x' }), { code: 'ERR_INVALID_ARGUMENT', message: /^headers/ }, name);
  sign({ 'x-a_b.c!#$%&\'*+^`|~1': 'x' });
});

test('a host without streams of one\'s own says what it needs', () => {
  const { WritableStream } = globalThis;
  globalThis.WritableStream = function () { throw new TypeError('Illegal constructor'); };
  try {
    assert.throws(() => producerWith().writable, { code: 'ERR_INVALID_ARGUMENT', message: /streams_enable_constructors/ });
  } finally {
    globalThis.WritableStream = WritableStream;
  }
});

// ── collector ──

function collectorWith(options) {
  return createCollector(() => ({ ...OPTIONS, streamName: 's', fetch: store, ...options }));
}

function postFrom(origin, event) {
  return new Request('https://c.test/collect', { method: 'POST', body: JSON.stringify(event), headers: { origin, 'content-type': 'text/plain' } });
}

test('origins of apps in a WebView may be allowed, each exactly', async () => {
  const event = { type: 'track', event: 'x', anonymousId: 'v' };
  for (const origin of ['capacitor://localhost', 'ionic://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop', 'app://localhost:8080']) {
    const collector = collectorWith({ allowedOrigins: [origin] });
    assert.equal((await collector.fetch(postFrom(origin, event), {}, { waitUntil() {} })).status, 202, origin);
    assert.equal((await collector.fetch(postFrom(`${origin}x`, event), {}, { waitUntil() {} })).status, 403, origin);
  }
  for (const origin of ['capacitor://*', 'capacitor:localhost', 'CAPACITOR://localhost', 'https://Example.com', 'capacitor://localhost/']) {
    assert.equal((await collectorWith({ allowedOrigins: [origin] }).fetch(postFrom(origin, event), {}, { waitUntil() {} })).status, 500, origin);
  }
});

test('a check that leaves a Map in an event refuses it, and says where', async () => {
  const collector = collectorWith({ allowedOrigins: '*', validate: (event) => ((event.properties = new Map([[1, 2]])), true) });
  const response = await collector.fetch(postFrom('https://a.test', { type: 'track', event: 'x', anonymousId: 'v' }), {}, { waitUntil() {} });
  const { refused } = await response.json();
  assert.match(refused[0].reason, /leaves properties of type Map/);
});

// ── a fetch of the user's own, whose headers are no texts ──

async function storeAll(_, { body }) {
  const { Records } = JSON.parse(new TextDecoder().decode(body));
  return Response.json({ FailedRecordCount: 0, Records: Records.map(() => ({ ShardId: 's', SequenceNumber: '1' })) });
}

for (const [what, value] of [['a number', 5], ['an object', { toString: () => 'x' }], ['an object that is no text', { toString: () => { throw new Error('mine'); } }], ['a symbol', Symbol('x')], ['an array', [5]]]) {
  test(`a header that is ${what} harms neither its own client, nor another producer`, async () => {
    const innocent = producerWith({ lingerMs: 300, fetch: storeAll });
    const puts = Array.from({ length: 20 }, () => innocent.put('x'));
    let isBad = true;
    const fetch = async (...args) => (isBad ? { status: 503, headers: { get: () => value }, arrayBuffer: async () => new ArrayBuffer(0) } : storeAll(...args));
    const client = new KinesisClient({ ...OPTIONS, fetch, maxAttempts: 1 });
    const put = () => client.putRecords({ StreamName: 's', Records: [{ Data: 'x', PartitionKey: 'k' }] });
    const error = await put().catch((reason) => reason);
    assert.ok(error.code === 'ERR_SERVICE' || error.code === 'ERR_NETWORK', String(error));
    isBad = false;
    assert.equal((await put()).FailedRecordCount, 0);
    isBad = true;
    const producer = producerWith({ fetch, recordAttemptsMax: 1 });
    const kept = producer.put('x').catch(({ code }) => code);
    await new Promise((resolve) => setTimeout(resolve, 50));
    isBad = false;
    assert.doesNotMatch(JSON.stringify(await kept), /ERR_CORE/);
    await Promise.all([producer.close(), ...puts]);
    await innocent.close();
  });
}

test('an exception of the host within a call of the module does not block the next calls', async () => {
  const fetch = async () => new Response('{}', { status: 503, headers: { 'x-amzn-requestid': 'a\u00e9' } });
  const client = new KinesisClient({ ...OPTIONS, fetch, maxAttempts: 1 });
  const { encodeInto } = TextEncoder.prototype;
  const call = () => client.call('ListStreams', {}).catch(({ code, status }) => [code, status]);
  TextEncoder.prototype.encodeInto = () => { throw new Error('mine'); };
  try {
    assert.notEqual((await call())[0], undefined);
  } finally {
    TextEncoder.prototype.encodeInto = encodeInto;
  }
  // The first one finds the instance as it was left, and replaces it.
  await call();
  assert.deepEqual(await call(), ['ERR_SERVICE', 503]);
  const producer = producerWith();
  await producer.put('x');
  await producer.close();
});

test('signRequest signs only own members of headers', () => {
  const input = { ...OPTIONS, method: 'GET', url: 'https://example.com/', service: 's', date: new Date('2026-11-28'), headers: { a: '1' } };
  const expected = signRequest(input).headers.authorization;
  for (const value of [() => {}, 'text']) {
    Object.prototype.extended = value;
    try {
      assert.equal(signRequest(input).headers.authorization, expected);
    } finally {
      delete Object.prototype.extended;
    }
  }
});

test('a proxy that answers with what was sent puts no data of a record into a message', async () => {
  for (const status of [200, 400, 503]) {
    for (const protocol of ['json', 'cbor']) {
      const lines = [];
      const echo = async (_, { body }) => new Response(body, { status });
      const client = new KinesisClient({ ...OPTIONS, protocol, fetch: echo, maxAttempts: 1, logger: { debug: (line) => lines.push(line), error: (line) => lines.push(line) } });
      const { message } = await client.putRecords({ StreamName: 's', Records: [{ Data: 'hush-hush', PartitionKey: 'k' }] }).catch((error) => error);
      assert.doesNotMatch(`${message} ${lines.map(String)}`, /hush|aHVzaC/, `${status} ${protocol}`);
    }
  }
});
