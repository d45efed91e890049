// The events that `onEvent` gets, beside `stats` and against the embedded Kinesis; and the histograms of `stats`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { KinesisClient, KinesisError, Producer } from 'kinesis-edge';
import { top } from '../../xtask/say.mjs';
import { startKinesisWith } from './kinesis.mjs';

const STREAM = 'observed';
const NETWORK_LOST = { kind: 'reset' };
const THROTTLED = { kind: 'throttle' };
const FAILED = { kind: 'error', type: 'InternalFailure', status: 500 };
const REFUSED = { kind: 'error', type: 'ValidationException', message: 'not so' };
let kinesis;
let keys = 0;

before(async () => ({ kinesis } = await startKinesisWith(STREAM)));
after(() => kinesis?.stop());

/** Options for a client or producer whose requests meet the faults of a queue, with all events. */
async function observed(queue = [], onEvent = () => {}) {
  const accessKeyId = `OBSERVED${(keys += 1)}`;
  const response = await fetch(`${kinesis.endpoint}/_faults/${accessKeyId}`, { method: 'PUT', body: JSON.stringify({ queue }) });
  assert.ok(response.ok, await response.text());
  const events = [];
  const lines = [];
  const add = (line) => void lines.push(line);
  const common = {
    region: 'us-east-1',
    endpoint: kinesis.endpoint,
    credentials: async () => ({ accessKeyId, secretAccessKey: 'hush-secret', sessionToken: 'hush-token' }),
    logger: { warn: add, error: add },
    onEvent: (event) => {
      events.push(event);
      return onEvent(event);
    },
  };
  const of = (...types) => events.filter(({ type }) => types.includes(type));
  return { events, lines, of, common, sum: (type, member = 'records') => sumOf(of(type), member) };
}

function sumOf(list, member) {
  return list.reduce((sum, event) => sum + event[member], 0);
}

function producerOf({ common }, options = {}) {
  return new Producer({ ...common, streamName: STREAM, lingerMs: 5, ...options });
}

async function until(isTrue, ms = 60_000) {
  for (const end = Date.now() + ms; !isTrue(); await pause(20)) assert.ok(Date.now() < end, `not within ${ms} ms`);
}

/** The members of each event, and nothing that must not be in one. */
function assertWellFormed(events) {
  const members = {
    queued: 'records', settled: 'records', dropped: 'error records', sent: 'attempt bytes operation records requestId', answered: 'attempt bytes operation records requestId status',
    retry: 'reason records waitMs', throttled: 'reason records waitMs', credentials: 'state', connectivity: 'state', core: 'state',
  };
  for (const { at, type, ...others } of events) {
    assert.ok(Number.isInteger(at) && Math.abs(at - Date.now()) < 300_000, `${at}`);
    const names = Object.keys(others).filter((name) => name !== 'error' || type === 'dropped').sort().join(' ');
    assert.ok(names === members[type] || (type === 'answered' && `${names} status` === members.answered), `${type}: ${names}`);
    for (const error of [others.error, others.reason]) assert.ok(error === undefined || error instanceof KinesisError, inspect(error));
    for (const number of ['records', 'bytes', 'attempt', 'requestId', 'waitMs']) assert.ok(!(number in others) || others[number] >= 0, `${type}: ${number}`);
  }
  assert.doesNotMatch(inspect(events, { depth: null, showHidden: true }) + JSON.stringify(events), /hush/);
}

/** Each request has an event when it is sent and one when it is answered. */
function assertPairs(of) {
  const sent = of('sent');
  const answered = new Map(of('answered').map((event) => [event.requestId, event]));
  assert.equal(new Set(sent.map(({ requestId }) => requestId)).size, sent.length);
  assert.deepEqual([...answered.keys()].sort((a, b) => a - b), sent.map(({ requestId }) => requestId));
  for (const { requestId, operation, records, attempt } of sent) {
    const answer = answered.get(requestId);
    assert.deepEqual([answer.operation, answer.records, answer.attempt], [operation, records, attempt]);
  }
}

function assertTotals(stats, { sum, of }) {
  const emitted = { recordsPut: sum('queued'), recordsDelivered: sum('settled'), recordsFailed: sum('dropped'), recordsRetried: sum('retry'), recordsThrottled: sum('throttled'), requests: of('sent').length, bytesSent: sum('sent', 'bytes') };
  const counted = Object.fromEntries(Object.keys(emitted).map((name) => [name, stats[name]]));
  assert.deepEqual(emitted, counted);
}

describe('a producer', () => {
  test('tells of all that happens, and its totals are those of stats', async () => {
    const watched = await observed([NETWORK_LOST, THROTTLED, FAILED, { kind: 'records', indices: [0, 2] }]);
    const producer = producerOf(watched);
    const puts = Array.from({ length: 7 }, (_, n) => producer.put(`hush-data ${n}`, { partitionKey: `hush-key-${n}` }));
    puts.push(producer.put(new Uint8Array(10)));
    await Promise.all(puts);
    await producer.flush();
    const { events, of } = watched;
    assertWellFormed(events);
    assertTotals(producer.stats, watched);
    assertPairs(of);
    assert.deepEqual(events.slice(0, 2).map(({ type, state }) => `${type} ${state ?? ''}`), ['core ready', 'queued ']);
    assert.deepEqual(of('credentials').map(({ state }) => state), ['asked', 'stored']);
    const connectivity = of('connectivity').map(({ state }) => state);
    assert.deepEqual([...connectivity.slice(0, 2), connectivity.at(-1)], ['offline', 'probing', 'online']);
    const [lost, throttled, failed, partly] = of('answered');
    assert.deepEqual([lost, throttled, failed, partly].map(({ status }) => status), [undefined, 400, 500, 200]);
    assert.equal(lost.bytes, 0);
    assert.ok(partly.bytes > 100);
    assert.deepEqual(of('retry').map(({ reason, records }) => [reason.name, records]), [
      ['KinesisError', 8], ['ProvisionedThroughputExceededException', 8], ['InternalFailure', 8], ['ProvisionedThroughputExceededException', 2],
    ]);
    assert.equal(of('retry')[0].reason.code, 'ERR_NETWORK');
    assert.deepEqual(of('throttled').map(({ records }) => records), [8, 2]);
    assert.deepEqual(of('sent').map(({ operation, attempt }) => `${operation} ${attempt}`), ['PutRecords 1', 'PutRecords 1', 'PutRecords 2', 'PutRecords 3', 'PutRecords 4']);
    await producer.close();
  });

  test('tells of what it gives up, once for each reason, also where it was throttled', async () => {
    const refused = await observed([REFUSED]);
    const producer = producerOf(refused, { recordAttemptsMax: 1 });
    await assert.rejects(producer.put('hush-data', { partitionKey: 'hush-key' }), { name: 'ValidationException' });
    const [{ error, records }, ...others] = refused.of('dropped');
    assert.deepEqual([error.name, error.message, error.partitionKey, records, others], ['ValidationException', 'not so', undefined, 1, []]);
    const throttled = await observed([THROTTLED]);
    const second = producerOf(throttled, { recordAttemptsMax: 1 });
    const outcomes = await Promise.allSettled([second.put('a'), second.put('b'), second.put('c')]);
    assert.ok(outcomes.every(({ reason }) => reason?.code === 'ERR_ATTEMPTS'));
    assert.deepEqual(throttled.of('throttled', 'retry').map(({ type, records: count, waitMs }) => [type, count, waitMs]), [['throttled', 3, 0]]);
    assert.deepEqual(throttled.of('dropped').map(({ error: why, records: count }) => [why.code, count]), [['ERR_ATTEMPTS', 3]]);
    for (const [one, watched] of [[producer, refused], [second, throttled]]) {
      assertWellFormed(watched.events);
      assertTotals(one.stats, watched);
    }
  });

  test('tells of a provider that fails, without the error of the provider', async () => {
    const watched = await observed();
    let asked = 0;
    const credentials = () => ((asked += 1) === 1 ? Promise.reject(Object.assign(new Error('logged out'), { key: 'hush-secret' })) : watched.common.credentials());
    const producer = producerOf(watched, { credentials });
    await producer.put('x');
    assert.deepEqual(watched.of('credentials').map(({ state }) => state), ['asked', 'failed', 'asked', 'stored']);
    const { error } = watched.of('credentials')[1];
    assert.equal(error.code, 'ERR_CREDENTIALS');
    assert.match(error.message, /logged out/);
    assertWellFormed(watched.events);
  });

  test('tells user records of aggregates, and the list of shards', async () => {
    const watched = await observed();
    const producer = producerOf(watched, { aggregation: 'shard' });
    await Promise.all(Array.from({ length: 30 }, (_, n) => producer.put(`r${n}`)));
    assert.deepEqual(watched.of('sent').map(({ operation, records }) => [operation, records]), [['ListShards', 0], ['PutRecords', 30]]);
    assertTotals(producer.stats, watched);
    assertPairs(watched.of);
  });

  test('tells of requests that outlive the page', async () => {
    const watched = await observed();
    const producer = producerOf(watched, { lingerMs: 60_000, credentials: { accessKeyId: 'STATIC', secretAccessKey: 'hush-secret' } });
    producer.put('x');
    await pause(20);
    const flushed = producer.flush({ keepalive: true });
    // Before `flush` returns: the page may be gone then.
    assert.deepEqual(watched.of('queued', 'sent').map(({ type, records }) => [type, records]), [['queued', 1], ['sent', 1]]);
    await flushed;
    assertTotals(producer.stats, watched);
    assertPairs(watched.of);
  });
});

describe('an observer', () => {
  test('that throws, or rejects, is logged, and nothing else changes', async () => {
    for (const fail of [() => { throw new Error('mine'); }, async () => { throw new Error('mine'); }]) {
      const watched = await observed([THROTTLED], fail);
      const producer = producerOf(watched);
      await Promise.all([producer.put('a'), producer.put('b')]);
      await producer.close();
      assertTotals(producer.stats, watched);
      const lines = watched.lines.filter((line) => /onEvent has thrown, \d+ times so far: mine/.test(line));
      assert.ok(lines.length >= 1 && lines.length < watched.events.length, `${lines.length} lines for ${watched.events.length} events`);
    }
  });

  test('may use its producer at each event: it puts, reads, flushes, and closes', async () => {
    let producer;
    const failures = [];
    const seen = new Set();
    const use = ({ type }) => {
      try {
        producer.stats.recordsPut.toFixed();
        producer.hasRoomFor(1, 1);
        if (seen.has(type)) return;
        seen.add(type);
        producer.put(`at ${type}`).catch((error) => failures.push(error));
        producer.put(Uint8Array.of(1)).catch((error) => failures.push(error));
        producer.flush().catch((error) => failures.push(error));
        if (type === 'settled') producer.flush({ keepalive: true });
      } catch (error) {
        failures.push(error);
      }
    };
    // As many as are in flight at once are lost: else another's response would tell that the connection is there.
    const watched = await observed([...Array(6).fill(NETWORK_LOST), THROTTLED, FAILED], use);
    producer = producerOf(watched);
    await producer.put('x');
    await producer.flush();
    await until(() => producer.stats.recordsBuffered === 0);
    assert.deepEqual(failures, []);
    assert.deepEqual([...seen].sort(), ['answered', 'connectivity', 'core', 'credentials', 'queued', 'retry', 'sent', 'settled', 'throttled']);
    assertTotals(producer.stats, watched);
    assert.equal(producer.stats.recordsDelivered, 1 + 2 * seen.size);
    await producer.close();
  });

  test('gets one event after the other, and none before the constructor has returned', async () => {
    let depth = 0;
    let producer;
    const order = [];
    const watched = await observed([], (event) => {
      assert.equal((depth += 1), 1);
      order.push(event.type);
      if (order.length === 1) assert.ok(producer instanceof Producer);
      if (event.type === 'queued' && order.filter((type) => type === 'queued').length < 4) producer.put(new Uint8Array(1));
      depth -= 1;
    });
    producer = producerOf(watched);
    await producer.put('x');
    await producer.flush();
    assert.deepEqual(watched.lines, []);
    assert.equal(producer.stats.recordsDelivered, 4);
  });

  test('must be a function', async () => {
    const { common } = await observed();
    for (const onEvent of [7, 'on', {}, true]) {
      for (const make of [() => new KinesisClient({ ...common, onEvent }), () => new Producer({ ...common, streamName: STREAM, onEvent })])
        assert.throws(make, { code: 'ERR_INVALID_ARGUMENT', message: /^onEvent must be a function, not / });
    }
    for (const onEvent of [undefined, null]) new KinesisClient({ ...common, onEvent });
  });
});

describe('a client', () => {
  const record = { StreamName: STREAM, Data: 'hush-data', PartitionKey: 'hush-key' };

  test('tells of its requests, of the attempts that it repeats, and of its credentials', async () => {
    const watched = await observed([THROTTLED, FAILED, NETWORK_LOST]);
    const client = new KinesisClient({ ...watched.common, maxAttempts: 5 });
    const { $metadata } = await client.putRecords({ StreamName: STREAM, Records: [record, record, record].map(({ Data, PartitionKey }) => ({ Data, PartitionKey })) });
    const { events, of } = watched;
    assertWellFormed(events);
    assertPairs(of);
    assert.deepEqual(of('sent').map(({ operation, records, attempt }) => [operation, records, attempt]), [1, 2, 3, 4].map((attempt) => ['PutRecords', 3, attempt]));
    assert.deepEqual(of('answered').map(({ status }) => status), [400, 500, undefined, 200]);
    assert.deepEqual(of('retry').map(({ reason }) => reason.name === 'KinesisError' ? reason.code : reason.name), ['ProvisionedThroughputExceededException', 'InternalFailure', 'ERR_NETWORK']);
    assert.deepEqual(of('throttled').map(({ records }) => records), [3]);
    // What it says to wait is what it has waited; a part of a millisecond may pass between the two.
    assert.ok(Math.abs(sumOf(of('retry'), 'waitMs') - $metadata.totalRetryDelay) < 5);
    assert.deepEqual(events.slice(0, 3).map(({ type, state }) => `${type} ${state ?? ''}`), ['core ready', 'credentials asked', 'credentials stored']);
    await client.listShards({ StreamName: STREAM });
    assert.deepEqual([of('sent').at(-1).operation, of('sent').at(-1).records, of('credentials').length], ['ListShards', 0, 2]);
    await Promise.all([client.putRecord(record), client.putRecord(record)]);
    assert.equal(new Set(of('sent').map(({ requestId }) => requestId)).size, of('sent').length);
  });

  test('tells once of a question to the provider that many calls wait for, and of a call that is aborted', async () => {
    const watched = await observed([{ kind: 'hang' }]);
    const controller = new AbortController();
    const client = new KinesisClient(watched.common);
    const call = client.putRecord(record, { abortSignal: controller.signal });
    await until(() => watched.of('sent').length === 1);
    controller.abort();
    await assert.rejects(call, { code: 'ERR_ABORTED' });
    assertPairs(watched.of);
    const other = await observed();
    const second = new KinesisClient(other.common);
    await Promise.all([1, 2, 3, 4].map(() => second.putRecord(record)));
    assert.deepEqual(other.of('credentials').map(({ state }) => state), ['asked', 'stored']);
  });
});

test('the module: it is loaded, cannot be, and is then', async () => {
  const script = `
    import { readFile } from 'node:fs/promises';
    import { KinesisClient, Producer, start } from 'kinesis-edge/slim';
    const events = { client: [], producer: [] };
    const common = (name) => ({ region: 'r', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, onEvent: ({ type, state, error }) => type === 'core' && events[name].push(error ? state + ' ' + error.code : state), fetch: async () => Response.json({ ShardId: 's', SequenceNumber: '1', Records: [{ ShardId: 's', SequenceNumber: '1' }] }) });
    const producer = new Producer({ ...common('producer'), streamName: 's' });
    const client = new KinesisClient(common('client'));
    await producer.put('x').catch(() => {});
    const call = () => client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' });
    await call().catch(() => {});
    await start(readFile(${JSON.stringify(join(top, 'dist', 'kinesis-edge.wasm'))}));
    await Promise.all([producer.put('y'), call(), call()]);
    console.log(JSON.stringify(events));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: top });
  const tried = ['loading', 'failed ERR_CORE', 'ready'];
  assert.deepEqual(JSON.parse(stdout), { client: tried, producer: tried });
});

describe('the histograms of stats', () => {
  test('count what is known: user records of a Kinesis record, retries, and time', async () => {
    const watched = await observed([{ ...FAILED, delayMs: 200 }, FAILED, { kind: 'records', indices: [0], code: 'InternalFailure' }]);
    const producer = producerOf(watched, { aggregation: 'key', lingerMs: 400 });
    const empty = { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 };
    assert.deepEqual(producer.stats.histograms, { bufferingTimeMs: empty, requestTimeMs: empty, userRecordsPerKinesisRecord: empty, retriesPerRecord: empty });
    const began = performance.now();
    const first = Array.from({ length: 9 }, (_, n) => producer.put(`a${n}`, { partitionKey: 'a' }));
    const second = Array.from({ length: 3 }, (_, n) => producer.put(`b${n}`, { partitionKey: 'b' }));
    const attempts = (await Promise.all([...first, ...second])).map((result) => result.attempts);
    const elapsed = performance.now() - began;
    assert.deepEqual(attempts, [...Array(9).fill(4), ...Array(3).fill(3)]);
    const { histograms, requests } = producer.stats;
    assert.deepEqual(histograms.userRecordsPerKinesisRecord, { count: 2, mean: 6, p50: 3, p95: 9, p99: 9, max: 9 });
    assert.deepEqual(histograms.retriesPerRecord, { count: 12, mean: (9 * 3 + 3 * 2) / 12, p50: 3, p95: 3, p99: 3, max: 3 });
    const { bufferingTimeMs, requestTimeMs } = histograms;
    // Timers may fire a millisecond early. A percentile is within a sixteenth.
    assert.equal(bufferingTimeMs.count, 12);
    assert.ok(bufferingTimeMs.mean >= 398 && bufferingTimeMs.max <= elapsed && bufferingTimeMs.p50 >= 398 * 0.93, inspect(bufferingTimeMs));
    assert.equal(requestTimeMs.count, requests);
    assert.ok(requestTimeMs.max >= 198 && requestTimeMs.max <= elapsed && requestTimeMs.p50 < 198, inspect(requestTimeMs));
    await producer.close();
  });

  test('count each record once, and those that are given up', async () => {
    const watched = await observed([{ kind: 'records', indices: [1, 2] }, { kind: 'records', indices: [0, 1], code: 'InternalFailure' }]);
    const producer = producerOf(watched, { recordAttemptsMax: 2 });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => producer.put(`x${n}`)));
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 2);
    const { bufferingTimeMs, userRecordsPerKinesisRecord, retriesPerRecord } = producer.stats.histograms;
    assert.deepEqual([bufferingTimeMs.count, userRecordsPerKinesisRecord.count, userRecordsPerKinesisRecord.max], [5, 3, 1]);
    assert.deepEqual([retriesPerRecord.count, retriesPerRecord.mean, retriesPerRecord.p50, retriesPerRecord.max], [5, 2 / 5, 0, 1]);
  });

  test('are within a sixteenth of known distributions, in memory that does not grow', async () => {
    const { outputFiles } = buildSync({ entryPoints: [join(top, 'src', 'shim', 'producer', 'histogram.ts')], write: false, format: 'esm', logLevel: 'error' });
    const { Histogram } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
    const distributions = {
      'all the same': () => 1234,
      'even': (n) => n,
      'two peaks': (n) => (n % 10 === 0 ? 30_000 : 20),
      'mostly small': (n) => Math.floor(1.0015 ** n),
      'all small': (n) => n % 16,
    };
    for (const [name, value] of Object.entries(distributions)) {
      const values = Array.from({ length: 10_000 }, (_, n) => value(n));
      const histogram = new Histogram();
      for (const one of values) histogram.add(one);
      values.sort((one, other) => one - other);
      const { count, mean, max, ...percentiles } = histogram.stats;
      assert.deepEqual([count, max], [10_000, values.at(-1)], name);
      assert.ok(Math.abs(mean - values.reduce((sum, one) => sum + one, 0) / 10_000) <= mean * 1e-9, name);
      for (const [label, found] of Object.entries(percentiles)) {
        const exact = values[Math.ceil((Number(label.slice(1)) / 100) * 10_000) - 1];
        assert.ok(exact < 16 ? found === exact : Math.abs(found - exact) <= exact / 16, `${name}: ${label} is ${found}, exactly ${exact}`);
      }
    }
    const wide = new Histogram();
    for (const value of [0, 0.5, 2 ** 32 - 1]) wide.add(value, 3);
    assert.deepEqual([wide.stats.count, wide.stats.p50, wide.stats.max], [9, 0, 2 ** 32 - 1]);
  });
});
