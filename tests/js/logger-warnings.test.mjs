// Nothing fails silently: what `logger` and `stats` say while nothing gets through. Against real servers on loopback.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { KinesisClient, Producer } from 'kinesis-edge';
import { listen } from './listen.mjs';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'hush-secret', sessionToken: 'hush-token' };
const DATA = 'hush-data';

/** Collects lines. */
function recorder() {
  const lines = [];
  const at = (level) => (line) => void lines.push(`${level} ${line}`);
  return { lines, warnings: () => lines.filter((line) => line.startsWith('warn')), logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

async function until(isTrue, ms = 60_000) {
  for (const end = Date.now() + ms; !isTrue(); await pause(20)) assert.ok(Date.now() < end, `not within ${ms} ms`);
}

function producerWith(options) {
  return new Producer({ region: 'us-east-1', streamName: 'clicks', credentials: KEYS, lingerMs: 0, ...options });
}

/** A port at which no server listens. */
async function deadEndpoint() {
  const { endpoint, stop } = await listen(() => {});
  await stop();
  return endpoint;
}

async function serverThat(answer) {
  return listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    answer(response, JSON.parse(body));
  });
}

const refuse = (status, name, message = 'no') => (response) => response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: name, message }));
const accept = (response, { Records }) => response.end(JSON.stringify({ FailedRecordCount: 0, Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) }));

/** Puts one record that cannot be delivered, and waits for the warning. */
async function firstWarning(options) {
  const { lines, warnings, logger } = recorder();
  const errors = [];
  const producer = producerWith({ logger, onError: (error) => errors.push(error), ...options });
  const promise = producer.put(DATA, { partitionKey: 'k' });
  promise.catch(() => {});
  await until(() => warnings().length > 0);
  assert.deepEqual(errors, []);
  for (const line of lines) assert.doesNotMatch(line, /hush/);
  const { stats } = producer;
  assert.ok(stats.failuresInARow > 0);
  assert.ok(Math.abs(stats.lastError.at - Date.now()) < 60_000);
  assert.equal(stats.recordsBuffered, 1);
  return { warning: warnings()[0], stats };
}

describe('a producer warns of what lets nothing through', { concurrency: true }, () => {
  test('an endpoint that does not answer', async () => {
    const endpoint = await deadEndpoint();
    const { warning, stats } = await firstWarning({ endpoint });
    assert.match(warning, new RegExp(`^warn kinesis-edge: \\d+ failures in a row, 1 record waiting; .*ECONNREFUSED.*endpoint '${endpoint}/'`));
    assert.deepEqual([stats.lastError.code, stats.credentialsFailures], ['ERR_NETWORK', 0]);
    assert.ok(stats.failuresInARow >= 3 && stats.requestsFailed >= 3);
  });

  test('a region that does not exist', async () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND kinesis.us-esat-1.amazonaws.com'), { code: 'ENOTFOUND' });
    const fetch = async () => Promise.reject(new TypeError('fetch failed', { cause }));
    const { warning } = await firstWarning({ region: 'us-esat-1', fetch });
    assert.match(warning, /getaddrinfo ENOTFOUND kinesis\.us-esat-1.*look at the region 'us-esat-1'/);
  });

  test('a provider that throws', async () => {
    const credentials = async () => Promise.reject(new Error('logged out'));
    const { warning, stats } = await firstWarning({ credentials });
    assert.match(warning, /3 failures in a row.*the provider failed: logged out.*look at the credentials provider/);
    assert.deepEqual([stats.lastError.code, stats.credentialsFailures >= 3, stats.requests], ['ERR_CREDENTIALS', true, 0]);
    assert.match(stats.lastError.message, /logged out/);
  });

  test('a provider that gives what cannot be used', async () => {
    const { warning, stats } = await firstWarning({ credentials: async () => ({ accessKeyId: 'a' }) });
    assert.match(warning, /secretAccessKey is missing/);
    assert.ok(stats.credentialsFailures >= 3);
  });

  test('a provider that never answers: one failure is enough', async () => {
    const { warning, stats } = await firstWarning({ credentials: () => new Promise(() => {}) });
    assert.match(warning, /gave none within 10000 ms.*credentials provider/);
    assert.equal(stats.failuresInARow, 1);
  });

  test('an endpoint that never answers: one failure is enough', async () => {
    const server = await listen(() => {});
    const { warning, stats } = await firstWarning({ endpoint: server.endpoint });
    assert.match(warning, /a request has failed.*within 10000 ms.*look at the endpoint/);
    assert.deepEqual([stats.lastError.code, stats.lastError.name, stats.failuresInARow], ['ERR_TIMEOUT', 'TimeoutError', 1]);
    await server.stop();
  });

  test('a server that fails, and one that throttles', async () => {
    for (const [name, status, advice] of [['InternalFailure', 500, 'look at the health of the service'], ['ProvisionedThroughputExceededException', 400, 'look at the number of shards'], ['KMSThrottlingException', 400, 'look at the number of shards']]) {
      const server = await serverThat(refuse(status, name));
      const { warning, stats } = await firstWarning({ endpoint: server.endpoint });
      assert.ok(warning.includes(name) && warning.includes(advice), warning);
      assert.equal(stats.lastError.name, name);
      await server.stop();
    }
  });

  test('entries that are throttled, all of them, in good responses', async () => {
    const failed = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' };
    const server = await serverThat((response, { Records }) => response.end(JSON.stringify({ FailedRecordCount: Records.length, Records: Records.map(() => failed) })));
    const { warning, stats } = await firstWarning({ endpoint: server.endpoint });
    assert.match(warning, /ProvisionedThroughputExceededException: Rate exceeded/);
    assert.equal(stats.lastError.code, 'ERR_SERVICE');
    await server.stop();
  });
});

test('when something gets through again the row ends, a line says so, and the last error stays', async () => {
  let failures = 0;
  const server = await serverThat((...args) => ((failures += 1) > 4 ? accept : refuse(500, 'InternalFailure'))(...args));
  const { lines, warnings, logger } = recorder();
  const producer = producerWith({ endpoint: server.endpoint, logger });
  await producer.put(DATA);
  const { stats } = producer;
  assert.deepEqual([stats.failuresInARow, stats.lastError.name, stats.recordsDelivered], [0, 'InternalFailure', 1]);
  assert.equal(warnings().length, 1);
  assert.match(lines.at(-1), /^info kinesis-edge: records get through again, after 4 failures in a row$/);
  await server.stop();
});

test('an error that is repaired, and an entry that fails beside others, are the last error and no row', async () => {
  const failed = { ErrorCode: 'InternalFailure', ErrorMessage: 'once' };
  let isFirst = true;
  const server = await serverThat((response, { Records }) => {
    const results = Records.map((_, index) => (isFirst && index === 0 ? failed : { ShardId: 'shardId-0', SequenceNumber: '1' }));
    response.end(JSON.stringify({ FailedRecordCount: Number(isFirst), Records: results }));
    isFirst = false;
  });
  const { lines, logger } = recorder();
  const producer = producerWith({ endpoint: server.endpoint, logger });
  assert.equal(producer.stats.lastError, undefined);
  await Promise.all([producer.put('a'), producer.put('b')]);
  const { at, ...lastError } = producer.stats.lastError;
  assert.deepEqual(lastError, { code: 'ERR_SERVICE', name: 'InternalFailure', message: 'once' });
  assert.equal(producer.stats.failuresInARow, 0);
  assert.deepEqual(lines.filter((line) => /^(warn|error)/.test(line)), []);
  await pause(20);
  await producer.put('c');
  assert.equal(producer.stats.lastError.at, at);
  await server.stop();
});

for (const [name, advice] of [['ProvisionedThroughputExceededException', /^look at the number of shards/], ['KMSThrottlingException', /^look at the number of shards/], ['InternalFailure', /^look at the health of the service/], ['OtherException', /^look at the endpoint '.*' and the connection$/]]) {
  test(`a record that is given up after ${name} has the advice for that`, async () => {
    const entries = (Records) => Response.json({ FailedRecordCount: Records.length, Records: Records.map(() => ({ ErrorCode: name, ErrorMessage: 'no' })) });
    const fetch = async (_, { body }) => entries(JSON.parse(new TextDecoder().decode(body)).Records);
    const { lines, logger } = recorder();
    const producer = producerWith({ fetch, endpoint: 'http://localhost:1', logger, recordAttemptsMax: 2 });
    const error = await producer.put(DATA).catch((reason) => reason);
    assert.deepEqual([error.code, error.name], ['ERR_ATTEMPTS', name]);
    assert.match(error.advice, advice);
    const line = lines.find((one) => one.startsWith('error'));
    assert.ok(line.includes(error.advice), line);
    await producer.close();
  });
}

test('records that are given up together are one line, with the reason', async () => {
  const server = await serverThat(refuse(400, 'ValidationException', 'not so'));
  const { lines, logger } = recorder();
  const producer = producerWith({ endpoint: server.endpoint, logger });
  const outcomes = await Promise.allSettled([producer.put(DATA), producer.put(DATA), producer.put(DATA)]);
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  const errors = lines.filter((line) => line.startsWith('error'));
  assert.ok(errors.length >= 1 && errors.length <= 3 && errors.every((line) => /records? given up: ValidationException: not so; look at what the message says/.test(line)), String(lines));
  await server.stop();
});

test('a logger that throws, and one that puts, harm nothing; what is no logger is refused', async () => {
  const endpoint = await deadEndpoint();
  let warned = 0;
  const throwing = producerWith({ endpoint, logger: { warn: () => { warned += 1; throw new Error('mine'); } } });
  throwing.put(DATA).catch(() => {});
  const more = [];
  const putting = producerWith({ endpoint, logger: { warn: () => more.push(putting.put(DATA)) } });
  putting.put(DATA).catch(() => {});
  await until(() => warned > 0 && more.length > 0);
  assert.equal(putting.stats.recordsBuffered, 1 + more.length);
  assert.equal(throwing.stats.recordsBuffered, 1);
  for (const logger of [7, 'console', {}, { warn: 'x' }, { log: () => {} }]) {
    for (const make of [() => producerWith({ logger }), () => new KinesisClient({ region: 'us-east-1', credentials: KEYS, logger })]) {
      assert.throws(make, { code: 'ERR_INVALID_ARGUMENT', message: /^logger must have/ });
    }
  }
  for (const logger of [console, undefined, null, { info() {} }]) producerWith({ logger });
});

test('a client logs tries that fail, and a provider that fails while the old keys are still good', async () => {
  let isRefused = true;
  const server = await serverThat((response) => {
    if (isRefused) refuse(500, 'InternalFailure')(response);
    else response.end(JSON.stringify({ ShardId: 'shardId-0', SequenceNumber: '1' }));
    isRefused = false;
  });
  const { lines, logger } = recorder();
  let asked = 0;
  const credentials = async () => {
    if ((asked += 1) > 1) throw new Error('logged out');
    // Keys that expire in so short a time are asked for again after half of it.
    return { ...KEYS, expiration: Date.now() + 1000 };
  };
  const client = new KinesisClient({ region: 'us-east-1', endpoint: server.endpoint, credentials, logger });
  await client.putRecord({ StreamName: 's', Data: DATA, PartitionKey: 'k' });
  assert.ok(lines.some((line) => /^debug kinesis-edge: http:\/\/.* answered HTTP 500/.test(line)), String(lines));
  await pause(600);
  await client.putRecord({ StreamName: 's', Data: DATA, PartitionKey: 'k' }).catch(() => {});
  assert.ok(lines.some((line) => /^warn .*provider failed: logged out/.test(line)), String(lines));
  assert.doesNotMatch(String(lines), /hush/);
  await server.stop();
});

test('a client that fails again and again has a line each time that there are twice as many, and begins anew after a success', async () => {
  let isRefused = true;
  const server = await serverThat((response) => {
    if (isRefused) refuse(400, 'AccessDeniedException')(response);
    else response.end(JSON.stringify({ ShardId: 'shardId-0', SequenceNumber: '1' }));
  });
  const { warnings, logger } = recorder();
  const client = new KinesisClient({ region: 'us-east-1', endpoint: server.endpoint, credentials: KEYS, logger });
  const put = () => client.putRecord({ StreamName: 's', Data: DATA, PartitionKey: 'k' }).catch(() => {});
  for (let call = 0; call < 9; call += 1) await put();
  const counts = warnings().map((line) => Number(/\((\d+) failures in a row\)/.exec(line)?.[1] ?? 1));
  assert.deepEqual(counts, [1, 2, 4, 8]);
  isRefused = false;
  await put();
  isRefused = true;
  await put();
  assert.equal(warnings().length, 5);
  await server.stop();
});

test('what is wrong with arguments, and that a call was aborted, is no line of a client', async () => {
  const { lines, logger } = recorder();
  const server = await listen(() => {});
  const client = new KinesisClient({ region: 'us-east-1', endpoint: server.endpoint, credentials: KEYS, logger });
  await assert.rejects(client.putRecord({ StreamName: 's', Data: DATA }), { code: 'ERR_INVALID_ARGUMENT' });
  const controller = new AbortController();
  const call = client.putRecord({ StreamName: 's', Data: DATA, PartitionKey: 'k' }, { abortSignal: controller.signal });
  await pause(50);
  controller.abort();
  await assert.rejects(call, { code: 'ERR_ABORTED' });
  assert.deepEqual(lines.filter((line) => !line.startsWith('debug')), []);
  await server.stop();
});

test('a call with many attempts has a line before it ends', async () => {
  const server = await serverThat(refuse(500, 'InternalFailure'));
  const { warnings, logger } = recorder();
  const client = new KinesisClient({ region: 'us-east-1', endpoint: server.endpoint, credentials: KEYS, logger, maxAttempts: 1000 });
  const controller = new AbortController();
  let hasEnded = false;
  const call = client.putRecord({ StreamName: 's', Data: DATA, PartitionKey: 'k' }, { abortSignal: controller.signal }).catch(() => (hasEnded = true));
  await until(() => warnings().length > 0);
  assert.equal(hasEnded, false);
  assert.match(warnings()[0], /PutRecord has failed: InternalFailure: no; look at the health of the service/);
  controller.abort();
  await call;
  await server.stop();
});

test('records that are given up for the same reason, one after the other, have a line each time that there are twice as many', async () => {
  const server = await serverThat(refuse(400, 'AccessDeniedException'));
  const { lines, logger } = recorder();
  const producer = producerWith({ endpoint: server.endpoint, logger });
  for (let record = 0; record < 9; record += 1) await producer.put(DATA).catch(() => {});
  assert.equal(lines.filter((line) => line.startsWith('error')).length, 4, lines.join('\n'));
  await server.stop();
});

describe('what happens, in lines', () => {
  test('credentials, requests with their responses, throttling and retries of a producer', async () => {
    let requests = 0;
    const server = await serverThat((response, { Records }) => {
      requests += 1;
      if (requests > 1) return accept(response, { Records });
      response.end(JSON.stringify({ FailedRecordCount: 1, Records: [{ ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' }] }));
    });
    const { lines, logger } = recorder();
    const producer = producerWith({ endpoint: server.endpoint, logger, credentials: async () => KEYS });
    await producer.put(DATA, { partitionKey: 'hush-key' });
    await producer.close();
    await server.stop();
    const patterns = [
      /^debug kinesis-edge: credentials state=asked$/,
      /^info kinesis-edge: credentials state=stored$/,
      /^debug kinesis-edge: sent requestId=1 operation=PutRecords bytes=\d+ records=1 attempt=1$/,
      /^debug kinesis-edge: answered requestId=1 .*status=200/,
      /^info kinesis-edge: throttled records=1 reason="ProvisionedThroughputExceededException: slow down" waitMs=\d+$/,
      /^info kinesis-edge: retry records=1 reason="ProvisionedThroughputExceededException: slow down" waitMs=\d+$/,
      /^debug kinesis-edge: sent requestId=2 operation=PutRecords bytes=\d+ records=1 attempt=2$/,
      /^debug kinesis-edge: answered requestId=2 .*status=200/,
    ];
    for (const pattern of patterns) assert.equal(lines.filter((line) => pattern.test(line)).length, 1, `${pattern}\n${lines.join('\n')}`);
    for (const line of lines) assert.doesNotMatch(line, /hush/);
  });

  test('a connection that is lost and comes back', async () => {
    let isLost = true;
    const fetch = async (...args) => (isLost ? Promise.reject(new TypeError('Failed to fetch')) : globalThis.fetch(...args));
    const server = await serverThat(accept);
    const { lines, logger } = recorder();
    const producer = producerWith({ endpoint: server.endpoint, logger, fetch });
    const put = producer.put(DATA);
    await until(() => lines.some((line) => line === 'info kinesis-edge: connectivity state=offline'));
    isLost = false;
    await put;
    await until(() => lines.some((line) => line === 'info kinesis-edge: connectivity state=online'));
    await producer.close();
    await server.stop();
  });

  test('ten lines of a kind in a second at most, and the next one says how many were omitted', async () => {
    const server = await serverThat(accept);
    const { lines, logger } = recorder();
    const producer = producerWith({ endpoint: server.endpoint, logger, requestRecordsMax: 1 });
    const began = performance.now();
    const putMany = async () => {
      for (let record = 0; record < 100; record += 1) producer.put(DATA);
      await producer.flush();
    };
    await putMany();
    await pause(1001);
    await putMany();
    const seconds = Math.ceil((performance.now() - began) / 1000) + 1;
    const sent = lines.filter((line) => line.startsWith('debug kinesis-edge: sent'));
    const omitted = sent.map((line) => Number(/linesOmitted=(\d+)$/.exec(line)?.[1] ?? 0));
    assert.ok(sent.length >= 11 && sent.length <= 10 * seconds, `${sent.length} lines in ${seconds} s`);
    // Each line that was omitted until the last line is counted once.
    const last = Number(/requestId=(\d+)/.exec(sent.at(-1))[1]);
    assert.equal(sent.length + omitted.reduce((sum, count) => sum + count, 0), last);
    await producer.close();
    await server.stop();
  });

  test('a logger takes only the levels that it has', async () => {
    const server = await serverThat(accept);
    const lines = [];
    const producer = producerWith({ endpoint: server.endpoint, logger: { warn: (line) => lines.push(line), error: (line) => lines.push(line) } });
    await producer.put(DATA);
    await producer.close();
    await server.stop();
    assert.deepEqual(lines, []);
  });
});
