import { clientWith, errorOf, newStream, readAll, sleep, world } from './tools.js';

const HOUR_MS = 3_600_000;
const ERROR_500 = { kind: 'error', status: 500, type: 'InternalFailure', message: 'Internal service failure.' };
const HTML = { kind: 'body', status: 502, contentType: 'text/html', text: '<html><h1>Bad Gateway</h1></html>' };

/** Faults after which a second try succeeds, and what the first one stores. */
const PASSING = [
  ['a 500', ERROR_500, 0],
  ['an HTML error page', HTML, 0],
  ...[403, 407, 408, 425, 511, 520, 530].map((status) => [`an HTML page with HTTP ${status}`, { ...HTML, status }, 0]),
  ['an empty 408', { kind: 'body', status: 408, text: '' }, 0],
  ['a captive portal that answers 200', { ...HTML, status: 200 }, 0],
  ['an empty 200', { kind: 'forward-body', status: 200, text: '' }, 1],
  ['a body cut short', { kind: 'cut', bytes: 20 }, 1],
  ['a connection cut inside the body', { kind: 'cut-connection', bytes: 20 }, 1],
  ['a lost request', { kind: 'reset' }, 0],
  ['a lost answer', { kind: 'lost-answer' }, 1],
  ['throttling', { kind: 'throttle' }, 0],
];

/** Faults on every try, and the error that comes out of them. */
const LASTING = [
  ['a 500', ERROR_500, { code: 'ERR_SERVICE', status: 500, name: 'InternalFailure' }],
  ['an HTML error page', HTML, { code: 'ERR_SERVICE', status: 502, name: 'KinesisError' }],
  ['an HTML 200', { ...HTML, status: 200 }, { code: 'ERR_SERVICE', status: 200, name: 'KinesisError' }],
  ['an empty 200', { kind: 'body', status: 200, text: '' }, { code: 'ERR_SERVICE', status: 200, name: 'KinesisError' }],
  ['an empty 503', { kind: 'body', status: 503, text: '' }, { code: 'ERR_SERVICE', status: 503, name: 'KinesisError' }],
  ['JSON of another shape', { kind: 'body', status: 200, text: '{"ShardId":7}' }, { code: 'ERR_SERVICE', status: 200 }],
  ['a body cut short', { kind: 'cut', bytes: 20 }, { code: 'ERR_SERVICE', status: 200 }],
  ['a connection cut inside the body', { kind: 'cut-connection', bytes: 20 }, { code: 'ERR_NETWORK', status: 200 }],
  ['lost requests', { kind: 'reset' }, { code: 'ERR_NETWORK', status: undefined }],
  ['throttling', { kind: 'throttle' }, { code: 'ERR_SERVICE', status: 400, name: 'ProvisionedThroughputExceededException' }],
];

export default function faults(QUnit) {
  const { module, test } = QUnit;
  module('what goes wrong on the way');

  for (const [name, fault, stored] of PASSING) {
    test(`${name} is passed over by a second try`, async (assert) => {
      const StreamName = await newStream();
      const { client, log } = await clientWith({ queue: [fault] });
      const result = await client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
      assert.strictEqual(result.ShardId, 'shardId-000000000000');
      assert.strictEqual((await log()).length, 2);
      assert.strictEqual((await readAll(StreamName)).length, stored + 1);
    });
  }

  for (const [name, fault, expected] of LASTING) {
    test(`${name} on every try becomes an error that says so`, async (assert) => {
      const StreamName = await newStream();
      const { client, log } = await clientWith({ queue: [fault, fault, fault] }, { maxAttempts: 2 });
      const error = await errorOf(client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' }));
      for (const [key, value] of Object.entries(expected)) assert.strictEqual(error[key], value, `${key}: ${error}`);
      assert.strictEqual(error.attempts, 2);
      assert.ok(error instanceof Error && error.message.length > 10);
      assert.strictEqual((await log()).length, 2);
    });
  }

  test('an exception that no try can change is not tried again', async (assert) => {
    const { client, log } = await clientWith();
    const error = await errorOf(client.putRecord({ StreamName: 'there-is-none', Data: 'x', PartitionKey: 'k' }));
    assert.strictEqual(error.code, 'ERR_SERVICE');
    assert.strictEqual(error.name, 'ResourceNotFoundException');
    assert.ok(error.message.includes('there-is-none'));
    assert.strictEqual(error.status, 400);
    assert.ok(error.requestId?.length > 10);
    assert.strictEqual((await log()).length, 1);
  });

  test('the name of an exception is read from the header where the body has none', async (assert) => {
    const fault = { kind: 'error', status: 400, type: 'AccessDeniedException', message: 'no', bodyType: false };
    const { client } = await clientWith({ queue: [fault] });
    const error = await errorOf(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }));
    assert.strictEqual(error.name, 'AccessDeniedException');
  });

  for (const hours of [-1, 1]) {
    for (const hideDate of [false, true]) {
      const side = hours < 0 ? 'behind' : 'ahead of';
      test(`a server ${-hours} h ${side} us, its Date ${hideDate ? 'hidden' : 'readable'}: the second try succeeds`, async (assert) => {
        const StreamName = await newStream();
        const { client, log } = await clientWith({ clockMs: hours * HOUR_MS, hideDate });
        await client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
        const tries = () => log().then((entries) => entries.map(({ status }) => status));
        assert.deepEqual(await tries(), [400, 200]);
        await client.putRecord({ StreamName, Data: 'y', PartitionKey: 'k' });
        assert.deepEqual(await tries(), [400, 200, 200], 'what was learned is kept');
      });
    }
  }

  test('an answer that does not come in time is an error, and a later attempt may succeed', async (assert) => {
    const StreamName = await newStream();
    const hang = { kind: 'hang' };
    const record = { StreamName, Data: 'x', PartitionKey: 'k' };
    const once = await clientWith({ queue: [hang] }, { maxAttempts: 1, requestTimeoutMs: 150 });
    const error = await errorOf(once.client.putRecord(record));
    assert.strictEqual(error.code, 'ERR_TIMEOUT');
    assert.strictEqual(error.name, 'TimeoutError');
    assert.ok(error.message.includes('150 ms'));
    const more = await clientWith({ queue: [hang] }, { maxAttempts: 10, requestTimeoutMs: 500 });
    assert.ok((await more.client.putRecord(record)).SequenceNumber);
  });

  test('a fetch that looks at no signal is timed out all the same', async (assert) => {
    const { client } = await clientWith({}, { fetch: () => new Promise(() => {}), maxAttempts: 1, requestTimeoutMs: 50 });
    const error = await errorOf(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }));
    assert.strictEqual(error.code, 'ERR_TIMEOUT');
  });

  test('a fetch that throws at once has failed', async (assert) => {
    const broken = () => {
      throw new TypeError('no fetch today');
    };
    const { client } = await clientWith({}, { fetch: broken, maxAttempts: 2 });
    const error = await errorOf(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }));
    assert.strictEqual(error.code, 'ERR_NETWORK');
    assert.ok(error.message.includes('no fetch today'));
    assert.strictEqual(error.attempts, 2);
  });

  test('a call is called off before it starts, on its way and between two tries', async (assert) => {
    const StreamName = await newStream();
    const record = { StreamName, Data: 'x', PartitionKey: 'k' };
    const cases = [
      ['before', {}, AbortSignal.abort('why'), 0],
      // Aborted when the server has it, however long that takes.
      ['on its way', { queue: [{ kind: 'hang' }] }, undefined, 1],
      ['between two tries', { queue: Array(5).fill({ kind: 'throttle' }) }, after(100), undefined],
    ];
    for (const [name, plan, ownSignal, requests] of cases) {
      const { client, log } = await clientWith(plan, { maxAttempts: 5 });
      const controller = new AbortController();
      const called = errorOf(client.putRecord(record, { abortSignal: ownSignal ?? controller.signal }));
      while (!ownSignal && (await log()).length === 0) await sleep(10);
      controller.abort();
      const error = await called;
      assert.strictEqual(error.code, 'ERR_ABORTED', name);
      assert.strictEqual(error.name, 'AbortError');
      if (requests !== undefined) assert.strictEqual((await log()).length, requests, name);
    }
  });

  test('where the answer has no CORS headers a page gets a network error, and others are not bothered', async (assert) => {
    const StreamName = await newStream();
    const { client } = await clientWith({ withoutCors: true }, { maxAttempts: 1 });
    const put = client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
    if (world.isBrowser) assert.strictEqual((await errorOf(put)).code, 'ERR_NETWORK');
    else assert.ok((await put).SequenceNumber);
  });

  test('100 calls at once each get their own answer', async (assert) => {
    const StreamName = await newStream(4);
    const { client } = await clientWith({ random: { seed: 3, status500: 0.1, delayMsMax: 20 } }, { maxAttempts: 20 });
    const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
    const results = await Promise.all(keys.map((key) => client.putRecord({ StreamName, Data: key, PartitionKey: key })));
    const stored = new Map((await readAll(StreamName)).map((record) => [record.sequenceNumber, record.partitionKey]));
    assert.deepEqual(results.map(({ SequenceNumber }) => stored.get(SequenceNumber)), keys);
    await sleep(0);
  });
}

function after(ms) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}
