// What a host, a service and functions of the user may do: promises that reject, redirects, outboxes that give anything, secrets in messages.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { KinesisClient, KinesisError, Producer, fromUrl, fromWebToken } from 'kinesis-edge';
import { nodeFetch } from 'kinesis-edge/node';

const KEYS = { accessKeyId: 'AKHOSTILE', secretAccessKey: 'a-secret-of-forty-characters', sessionToken: 'TOKEN-12345/+=' };
const OPTIONS = { region: 'us-east-1', credentials: KEYS, streamName: 'clicks', lingerMs: 0 };
const stored = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };
const accepting = async (_, { body }) => Response.json({ FailedRecordCount: 0, Records: JSON.parse(new TextDecoder().decode(body)).Records.map(() => stored) });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const unhandled = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
const shown = [];
const { error } = console;
console.error = (...line) => shown.push(line.join(' '));
after(() => (console.error = error));

describe('a function of the user that is async, and rejects', () => {
  const bad = async () => {
    throw new Error('mine');
  };
  const refused = async () => new Response('', { status: 500 });
  for (const [name, options] of [
    ['onError', { onError: bad, fetch: refused, recordAttemptsMax: 1 }],
    ['logger', { logger: { debug: bad, info: bad, warn: bad, error: bad }, fetch: refused, recordAttemptsMax: 1 }],
    ['partitionKey', { partitionKey: bad, fetch: accepting }],
  ]) {
    test(`${name}: no unhandled rejection`, async () => {
      const producer = new Producer({ ...OPTIONS, ...options });
      await assert.rejects(producer.put('x'), (reason) => reason instanceof KinesisError);
      await pause(20);
      assert.deepEqual(unhandled, []);
    });
  }
});

describe('an outbox of the user', () => {
  const good = { id: '1', partitionKey: 'a', data: new TextEncoder().encode('left'), putAt: Date.now() };
  const getter = { get id() { throw new Error('no'); } };
  for (const [what, all, sent] of [
    ['with null, a getter that throws and JSON of a Buffer beside a good record', [null, getter, { ...good, id: '2', data: { type: 'Buffer', data: [65] } }, good], 1],
    ['that resolves to a Set', new Set([good]), 0],
    ['that resolves to a text', 'nothing', 0],
  ]) {
    test(`${what}: what is good is sent, and onError is called for the rest`, async () => {
      const bodies = [];
      const errors = [];
      const removed = [];
      const fetch = async (url, init) => {
        bodies.push(new TextDecoder().decode(init.body));
        return accepting(url, init);
      };
      const outbox = { add: async () => {}, remove: async (ids) => void removed.push(...ids), all: async () => all };
      const producer = new Producer({ ...OPTIONS, fetch, outbox, onError: ({ code, message }) => errors.push(`${code} ${message}`) });
      await pause(100);
      await producer.close();
      assert.equal(bodies.length, sent);
      assert.deepEqual(removed, sent ? ['1'] : []);
      assert.equal(errors.length, 1, errors.join('\n'));
      assert.match(errors[0], /^ERR_OUTBOX /);
      assert.deepEqual(unhandled, []);
    });
  }

  test('that never answers does not keep a producer from closing', { timeout: 30_000 }, async () => {
    const errors = [];
    const outbox = { add: () => new Promise(() => {}), remove: async () => {}, all: async () => [] };
    const producer = new Producer({ ...OPTIONS, fetch: accepting, outbox, onError: ({ code }) => errors.push(code) });
    await producer.put('x');
    await producer.close();
    assert.deepEqual(errors, ['ERR_OUTBOX']);
  });
});

describe('a redirect', () => {
  for (const [name, fetch] of [['the fetch of the host', undefined], ['nodeFetch', nodeFetch]]) {
    test(`${name}: it is not followed, no other host gets a header, and it is tried again`, async () => {
      let elsewhere = 0;
      let asked = 0;
      const other = createServer((_, response) => response.end(`${(elsewhere += 1)}`)).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const server = createServer((request, response) => {
        request.resume();
        asked += 1;
        if (asked === 1) response.writeHead(307, { location: `http://127.0.0.1:${other.address().port}/` }).end();
        else response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(stored));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = new KinesisClient({ region: 'us-east-1', credentials: KEYS, endpoint: `http://127.0.0.1:${server.address().port}`, ...(fetch && { fetch }) });
      const { $metadata } = await client.putRecord({ StreamName: 'clicks', Data: 'x', PartitionKey: 'a' });
      assert.deepEqual([$metadata.attempts, elsewhere], [2, 0]);
      for (const one of [other, server]) one.closeAllConnections();
      for (const one of [other, server]) one.close();
    });
  }
});

test('an address of keys may lead to another one, and a token goes to no other host', async () => {
  const own = globalThis.fetch;
  const redirects = [];
  globalThis.fetch = async (url, { redirect }) => {
    redirects.push(redirect);
    return new Response('', { status: 307, headers: { location: 'https://elsewhere.example/' } });
  };
  const setTimer = globalThis.setTimeout;
  // Without the waits between attempts.
  globalThis.setTimeout = (work, ms) => setTimer(work, ms < 3000 ? 0 : ms);
  try {
    await assert.rejects(fromUrl('https://keys.example/')(), { code: 'ERR_CREDENTIALS' });
    assert.deepEqual(new Set(redirects.splice(0)), new Set(['follow']));
    await assert.rejects(fromWebToken({ roleArn: 'arn:aws:iam::123456789012:role/clicks', webIdentityToken: 'token' })(), { code: 'ERR_CREDENTIALS' });
    assert.deepEqual(redirects, ['manual', 'manual', 'manual', 'manual']);
  } finally {
    globalThis.fetch = own;
    globalThis.setTimeout = setTimer;
  }
});

describe('a message that repeats what was sent', () => {
  const forms = [
    `The security token ${KEYS.sessionToken} is invalid`,
    `x-amz-security-token=${encodeURIComponent(KEYS.sessionToken)}`,
    JSON.stringify({ 'X-Amz-Security-Token': [KEYS.sessionToken] }),
    `signed with ${KEYS.secretAccessKey}`,
  ];
  const isClean = (text) => !text.includes(KEYS.sessionToken) && !text.includes(encodeURIComponent(KEYS.sessionToken)) && !text.includes(KEYS.secretAccessKey);
  for (const message of forms) {
    for (const [from, fetch] of [
      ['the service', async () => new Response(JSON.stringify({ __type: 'ValidationException', message }), { status: 400, headers: { 'x-amzn-requestid': 'r' } })],
      ['fetch', async () => Promise.reject(new Error(message))],
    ]) {
      test(`from ${from} has no secret in errors and logs: ${forms.indexOf(message)}`, async () => {
        const lines = [];
        const note = (line) => lines.push(line);
        const logger = { debug: note, info: note, warn: note, error: note };
        const client = new KinesisClient({ region: 'us-east-1', credentials: KEYS, maxAttempts: 1, logger, fetch });
        const reason = await client.putRecord({ StreamName: 'clicks', Data: 'x', PartitionKey: 'a' }).catch((thrown) => thrown);
        assert.ok(isClean(reason.message), reason.message);
        assert.ok(lines.length > 0 && lines.every(isClean), lines.join('\n'));
      });
    }
  }
});

describe('what is refused at once', () => {
  test('onError is called for each record that put refuses', async () => {
    const codes = [];
    const producer = new Producer({ ...OPTIONS, fetch: accepting, onError: ({ code }) => codes.push(code) });
    producer.put(new Map());
    producer.put('x', { partitionKey: 'k'.repeat(257) });
    producer.put('x'.repeat(2 ** 20 + 1));
    await producer.close();
    producer.put('late');
    assert.deepEqual(codes, ['ERR_INVALID_ARGUMENT', 'ERR_INVALID_ARGUMENT', 'ERR_RECORD_TOO_LARGE', 'ERR_CLOSED']);
  });

  test('the option partitionKey has 1 to 256 characters', () => {
    for (const partitionKey of ['', 'k'.repeat(257)]) assert.throws(() => new Producer({ ...OPTIONS, partitionKey }), { code: 'ERR_INVALID_ARGUMENT', message: /^partitionKey must have 1 to 256 characters/ });
    assert.ok(new Producer({ ...OPTIONS, partitionKey: '😀'.repeat(256) }));
  });

  test('the second argument of put is an object with options that there are', async () => {
    const producer = new Producer({ ...OPTIONS, fetch: accepting });
    for (const options of ['my-key', 5, () => 1, { key: 'a' }, { partition: 'a' }, { other: 1 }]) await assert.rejects(producer.put('x', options), { code: 'ERR_INVALID_ARGUMENT' }, String(options));
    await producer.put('x', undefined);
    await producer.put('x', null);
    await producer.put('x', { partitionKey: undefined, explicitHashKey: undefined });
    await producer.close();
  });

  test('every error has $metadata, with no attempt where nothing was sent', async () => {
    const client = new KinesisClient({ region: 'us-east-1', credentials: KEYS, fetch: accepting });
    const refusal = await client.putRecord({ StreamName: 'clicks', Data: 'x', PartitionKey: '' }).catch((thrown) => thrown);
    assert.deepEqual(refusal.$metadata, { attempts: 0, totalRetryDelay: 0 });
    const producer = new Producer({ ...OPTIONS, fetch: async () => Response.json({ __type: 'AccessDeniedException', message: 'm' }, { status: 400, headers: { 'x-amzn-requestid': 'r' } }) });
    const failure = await producer.put('x').catch((thrown) => thrown);
    assert.deepEqual(failure.$metadata, { httpStatusCode: 400, requestId: 'r', attempts: 1, totalRetryDelay: 0 });
  });

  test('where there is no fetch, the error says which option is missing', async () => {
    const own = globalThis.fetch;
    delete globalThis.fetch;
    try {
      const missing = { code: 'ERR_INVALID_ARGUMENT', message: /^fetch is missing in this environment: give the option fetch/ };
      await assert.rejects(new KinesisClient({ region: 'us-east-1', credentials: KEYS }).putRecord({ StreamName: 'clicks', Data: 'x', PartitionKey: 'a' }), missing);
      await assert.rejects(new Producer(OPTIONS).put('x'), missing);
    } finally {
      globalThis.fetch = own;
    }
  });
});

test('a stream into a producer that was closed is followed by another', async () => {
  const producer = new Producer({ ...OPTIONS, fetch: accepting });
  for (const text of ['a', 'b']) await new Response(text).body.pipeTo(producer.writable);
  await assert.rejects(new ReadableStream({ start: (controller) => controller.enqueue(new Map()) }).pipeTo(producer.writable), { code: 'ERR_INVALID_ARGUMENT' });
  await new Response('c').body.pipeTo(producer.writable);
  assert.equal(producer.stats.recordsDelivered, 3);
  await producer.close();
});

test("the session of Amplify's fetchAuthSession is a provider's result", async () => {
  const credentials = async () => ({ credentials: KEYS, tokens: {}, identityId: 'us-east-1:1' });
  const { attempts } = await new Producer({ ...OPTIONS, credentials, fetch: accepting }).put('x');
  assert.equal(attempts, 1);
});
