// kinesis-edge/opentelemetry with OpenTelemetry's own SDK, its test exporters, and the embedded Kinesis: what arrives is what `stats` has.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, metrics, trace } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Miniflare } from 'miniflare';
import { Kinesis, KinesisClient, Producer } from 'kinesis-edge';
import { instrument } from 'kinesis-edge/opentelemetry';
import { top } from '../../xtask/say.mjs';
import { bundle } from './collector/setup.mjs';
import { startKinesisWith } from './kinesis.mjs';

const STREAM = 'metered';
const NETWORK_LOST = { kind: 'reset' };
const THROTTLED = { kind: 'throttle' };
const FAILED = { kind: 'error', type: 'InternalFailure', status: 500 };
const PARTLY = { kind: 'records', indices: [0, 2] };
const REFUSED = { kind: 'error', type: 'ValidationException', message: 'hush-message' };
let kinesis;
let keys = 0;

before(async () => ({ kinesis } = await startKinesisWith(STREAM)));
after(() => kinesis?.stop());

/** Options for a client or producer whose requests meet the faults of a queue. */
async function options(queue = []) {
  const accessKeyId = `METERED${(keys += 1)}`;
  const response = await fetch(`${kinesis.endpoint}/_faults/${accessKeyId}`, { method: 'PUT', body: JSON.stringify({ queue }) });
  assert.ok(response.ok, await response.text());
  const credentials = async () => ({ accessKeyId, secretAccessKey: 'hush-secret', sessionToken: 'hush-token' });
  return { region: 'us-east-1', endpoint: kinesis.endpoint, credentials };
}

async function producerOf(queue = [], more = {}) {
  return new Producer({ ...(await options(queue)), streamName: STREAM, lingerMs: 5, ...more });
}

/** An SDK whose exporters keep what they get. */
function telemetry() {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000, exportTimeoutMillis: 60_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })] });
  /** The last value of each point, by the metric's name: `[{ attributes, value, unit, description, dataPointType }]`. */
  const collect = async () => {
    metricExporter.reset();
    await meterProvider.forceFlush();
    const found = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return Object.fromEntries(found.map(({ descriptor, dataPoints, isMonotonic }) => [descriptor.name, dataPoints.map(({ attributes, value }) => ({ attributes, value, isMonotonic, ...descriptor }))]));
  };
  const spans = async () => {
    await tracerProvider.forceFlush();
    return spanExporter.getFinishedSpans();
  };
  return { providers: { meterProvider, tracerProvider }, collect, spans };
}

/** The context of OpenTelemetry, kept over what is awaited, as its own package for Node does it. */
class AsyncContextManager {
  #storage = new AsyncLocalStorage();

  active() {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with(active, work, self, ...args) {
    return this.#storage.run(active, () => work.call(self, ...args));
  }

  bind(active, target) {
    return typeof target === 'function' ? (...args) => this.with(active, target, undefined, ...args) : target;
  }

  enable() {
    return this;
  }

  disable() {
    return this;
  }
}

function sumOf(numbers) {
  return numbers.reduce((sum, one) => sum + one, 0);
}

/** A `fetch` that sends nothing until `open` is called. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, fetch: async (url, init) => (await opened, fetch(url, init)) };
}

async function until(isTrue, ms = 60_000) {
  for (const end = Date.now() + ms; !(await isTrue()); await pause(20)) assert.ok(Date.now() < end, `not within ${ms} ms`);
}

/** The metrics that are numbers of `stats`. */
const NUMBERS = {
  'records.put': 'recordsPut', 'records.delivered': 'recordsDelivered', 'records.failed': 'recordsFailed', 'records.retried': 'recordsRetried', 'records.throttled': 'recordsThrottled', 'records.buffered': 'recordsBuffered',
  'bytes.buffered': 'bytesBuffered', 'bytes.sent': 'bytesSent', 'requests.sent': 'requests', 'requests.failed': 'requestsFailed', 'failures_in_a_row': 'failuresInARow', 'credentials.failures': 'credentialsFailures',
};
const HISTOGRAMS = { 'buffering.time': ['bufferingTimeMs', 1000], 'request.time': ['requestTimeMs', 1000], 'kinesis_record.user_records': ['userRecordsPerKinesisRecord', 1], 'record.retries': ['retriesPerRecord', 1] };

/** What was exported is what `stats` has, for a target with this id where there are several. */
function assertSame(exported, stats, clientId) {
  const points = (name) => (exported[`kinesis_edge.${name}`] ?? []).filter(({ attributes }) => clientId === undefined || attributes['messaging.client.id'] === clientId);
  const valueOf = (name) => {
    assert.equal(points(name).length, 1, name);
    return points(name)[0].value;
  };
  const found = Object.fromEntries(Object.entries(NUMBERS).map(([name, member]) => [member, valueOf(name)]));
  assert.deepEqual(found, Object.fromEntries(Object.values(NUMBERS).map((member) => [member, stats[member]])));
  assert.equal(valueOf('clock_offset'), stats.clockOffsetMs / 1000);
  assert.equal(valueOf('kinesis_records.delivered'), stats.histograms.userRecordsPerKinesisRecord.count);
  for (const [name, [member, scale]] of Object.entries(HISTOGRAMS)) {
    const { count, ...statistics } = stats.histograms[member];
    assert.ok(count > 0, member);
    const seen = Object.fromEntries(points(name).map(({ attributes, value }) => [attributes['kinesis_edge.statistic'], value]));
    assert.deepEqual(seen, Object.fromEntries(Object.entries(statistics).map(([statistic, value]) => [statistic, value / scale])), name);
  }
}

function assertNoSecret(...what) {
  // A span refers to its provider and its exporter, so that only what is exported of it is looked at.
  const text = JSON.stringify(what.flat().map((one) => (one.attributes && one.spanContext ? [one.name, one.attributes, one.events, one.status] : one)));
  assert.ok(text.length > 1000);
  assert.doesNotMatch(text, /hush|METERED/);
}

describe('a producer', () => {
  test('that is throttled, fails and loses requests: the exporter receives what stats has, and each request is a span', async () => {
    const { providers, collect, spans } = telemetry();
    const producer = await producerOf([NETWORK_LOST, THROTTLED, FAILED, PARTLY]);
    const end = instrument(producer, providers);
    const puts = Array.from({ length: 7 }, (_, n) => producer.put(`hush-data ${n}`, { partitionKey: `hush-key-${n}` }));
    await Promise.all([...puts, producer.put(new Uint8Array(10))]);
    await producer.flush();
    const exported = await collect();
    const { stats } = producer;
    assert.deepEqual([stats.recordsPut, stats.recordsDelivered, stats.recordsThrottled, stats.requests], [8, 8, 10, 5]);
    assertSame(exported, stats);
    const [lastError] = exported['kinesis_edge.last_error.time'];
    assert.deepEqual([lastError.value, lastError.attributes['error.type']], [stats.lastError.at / 1000, stats.lastError.name]);
    assert.equal(exported['kinesis_edge.requests.in_flight'][0].value, 0);
    const durations = exported['rpc.client.call.duration'];
    assert.deepEqual(durations.map(({ attributes, value }) => [attributes['error.type'], value.count]), [['no_response', 1], ['400', 1], ['500', 1], [undefined, 2]]);
    const made = await spans();
    const lasted = made.map(({ startTime, endTime }) => endTime[0] - startTime[0] + (endTime[1] - startTime[1]) / 1e9);
    assert.ok(Math.abs(sumOf(durations.map(({ value }) => value.sum)) - sumOf(lasted)) < 1e-6, `${lasted} s`);
    assert.deepEqual(made.map(({ name, kind, parentSpanContext }) => [name, kind, parentSpanContext]), Array(5).fill(['Kinesis.PutRecords', SpanKind.CLIENT, undefined]));
    assert.deepEqual(made.map(({ status }) => status.code), [SpanStatusCode.ERROR, SpanStatusCode.ERROR, SpanStatusCode.ERROR, SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
    assert.deepEqual(made.map(({ attributes }) => attributes['http.response.status_code']), [undefined, 400, 500, 200, 200]);
    assert.deepEqual(made.map(({ attributes }) => attributes['error.type']), ['no_response', '400', '500', undefined, undefined]);
    assert.deepEqual(made.map(({ attributes }) => attributes['messaging.batch.message_count']), [8, 8, 8, 8, 2]);
    assert.deepEqual(made.map(({ attributes }) => attributes['http.request.resend_count']), [undefined, undefined, 1, 2, 3]);
    assert.equal(sumOf(made.map(({ attributes }) => attributes['http.request.body.size'])), stats.bytesSent);
    assert.deepEqual(made.map(({ events }) => events.map(({ name, attributes }) => `${name} ${attributes['kinesis_edge.records']} ${attributes['error.type']}`)), [
      ['retry 8 ERR_NETWORK'],
      ['throttled 8 ProvisionedThroughputExceededException', 'retry 8 ProvisionedThroughputExceededException'],
      ['retry 8 InternalFailure'],
      ['throttled 2 ProvisionedThroughputExceededException', 'retry 2 ProvisionedThroughputExceededException'],
      [],
    ]);
    const { attributes } = made[0];
    const { hostname, port } = new URL(kinesis.endpoint);
    const identity = { 'rpc.system.name': 'aws-api', 'rpc.method': 'Kinesis/PutRecords', 'messaging.system.name': 'aws.kinesis', 'messaging.destination.name': STREAM, 'aws.kinesis.stream_name': STREAM, 'cloud.region': 'us-east-1', 'server.address': hostname, 'server.port': Number(port) };
    assert.deepEqual(Object.fromEntries(Object.keys(identity).map((name) => [name, attributes[name]])), identity);
    assertNoSecret(Object.values(exported), made);
    end();
    await producer.close();
  });

  test('has a unit and a description for each metric, and counters that are monotonic', async () => {
    const { providers, collect } = telemetry();
    const producer = await producerOf([FAILED]);
    instrument(producer, providers);
    await producer.put('x');
    const exported = await collect();
    const names = Object.keys(exported);
    assert.deepEqual(names.filter((name) => !name.startsWith('kinesis_edge.')), ['rpc.client.call.duration']);
    assert.equal(names.length, 21);
    for (const name of names) {
      const { unit, description, isMonotonic } = exported[name][0];
      assert.match(unit, /^(s|By|\{\w+\})$/, name);
      assert.ok(description.length > 10, name);
      assert.equal(isMonotonic ?? false, /\.(put|delivered|failed|retried|throttled|sent)$|credentials\.failures$/.test(name), name);
    }
    await producer.close();
  });

  test('gives up records, aggregates others, and its provider fails', async () => {
    const { providers, collect, spans } = telemetry();
    const { credentials, ...others } = await options([REFUSED]);
    let asked = 0;
    const failing = async () => ((asked += 1) === 1 ? Promise.reject(new Error('hush-secret')) : credentials());
    const producer = new Producer({ ...others, credentials: failing, streamARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`, lingerMs: 5, aggregation: 'key' });
    instrument(producer, providers);
    await assert.rejects(producer.put('x', { partitionKey: 'a' }), { name: 'ValidationException' });
    await Promise.all(Array.from({ length: 20 }, (_, n) => producer.put(`r${n}`, { partitionKey: 'a' })));
    const exported = await collect();
    assertSame(exported, producer.stats);
    assert.deepEqual(['records.failed', 'credentials.failures', 'kinesis_records.delivered'].map((name) => exported[`kinesis_edge.${name}`][0].value), [1, 1, 1]);
    assert.equal((await spans()).at(-1).attributes['messaging.destination.name'], STREAM);
    assert.doesNotMatch(JSON.stringify([exported, (await spans()).map(({ attributes, events }) => [attributes, events])]), /hush/);
    await producer.close();
  });

  test('counts what was before, and calls its own onEvent', async () => {
    const { providers, collect, spans } = telemetry();
    const events = [];
    const producer = await producerOf([THROTTLED, THROTTLED], { onEvent: ({ type }) => void events.push(type) });
    await producer.put('before');
    instrument(producer, providers);
    await producer.put('after');
    assertSame(await collect(), producer.stats);
    assert.equal(producer.stats.recordsDelivered, 2);
    assert.equal(events.filter((type) => type === 'sent').length, producer.stats.requests);
    assert.ok((await spans()).length < producer.stats.requests);
    await producer.close();
  });

  test('sends what many callers have put: its spans are below none of theirs', async () => {
    const { providers, spans } = telemetry();
    context.setGlobalContextManager(new AsyncContextManager());
    try {
      const producer = await producerOf();
      instrument(producer, providers);
      const parent = providers.tracerProvider.getTracer('test').startSpan('handle an order');
      await context.with(trace.setSpan(context.active(), parent), () => producer.put('x'));
      const [{ name, parentSpanContext }] = await spans();
      assert.deepEqual([name, parentSpanContext], ['Kinesis.PutRecords', undefined]);
      await producer.close();
    } finally {
      context.disable();
    }
  });

  test('is instrumented before its module is loaded', async () => {
    const script = `
      import { readFile } from 'node:fs/promises';
      import { Producer, start } from 'kinesis-edge/slim';
      import { instrument } from 'kinesis-edge/opentelemetry';
      const { endpoint, streamName } = JSON.parse(process.env.OPTIONS);
      const spans = [];
      const span = { setAttributes() {}, setStatus() {}, addEvent: (name) => spans.push(name), end: () => spans.push('end') };
      const tracerProvider = { getTracer: () => ({ startSpan: (name) => (spans.push(name), span) }) };
      start(readFile(new URL(import.meta.resolve('kinesis-edge/kinesis-edge.wasm'))));
      const producer = new Producer({ region: 'us-east-1', endpoint, streamName, credentials: { accessKeyId: 'EARLY', secretAccessKey: 's' } });
      instrument(producer, { tracerProvider });
      const put = producer.put('x');
      await put;
      await producer.close();
      console.log(spans.join());`;
    await fetch(`${kinesis.endpoint}/_faults/EARLY`, { method: 'PUT', body: JSON.stringify({ queue: [THROTTLED] }) });
    const stdout = await child(script, []);
    assert.equal(stdout, 'Kinesis.PutRecords,throttled,retry,end,Kinesis.PutRecords,end');
  });
});

describe('a client', () => {
  const record = { StreamName: STREAM, Data: 'hush-data', PartitionKey: 'hush-key' };

  test('has metrics from its events, and spans below that of its caller', async () => {
    const { providers, collect, spans } = telemetry();
    context.setGlobalContextManager(new AsyncContextManager());
    const client = new KinesisClient({ ...(await options([THROTTLED, FAILED, NETWORK_LOST])), credentials: { accessKeyId: `METERED${keys}`, secretAccessKey: 'hush-secret' }, maxAttempts: 5 });
    instrument(client, providers);
    const parent = providers.tracerProvider.getTracer('test').startSpan('handle an order');
    await context.with(trace.setSpan(context.active(), parent), () => client.putRecords({ StreamName: STREAM, Records: [1, 2, 3].map((n) => ({ Data: `hush-data ${n}`, PartitionKey: 'hush-key' })) }));
    await client.listShards({ StreamName: STREAM });
    const exported = await collect();
    const value = (name) => exported[`kinesis_edge.${name}`]?.[0].value;
    const made = await spans();
    assert.deepEqual(made.map(({ name }) => name), [...Array(4).fill('Kinesis.PutRecords'), 'Kinesis.ListShards']);
    assert.deepEqual(['requests.sent', 'requests.failed', 'records.retried', 'records.throttled', 'credentials.failures', 'requests.in_flight', 'records.put', 'records.buffered'].map(value), [5, 3, 9, 3, 0, 0, undefined, undefined]);
    assert.equal(value('bytes.sent'), sumOf(made.map(({ attributes }) => attributes['http.request.body.size'])));
    assert.deepEqual(made.map(({ attributes }) => [attributes['messaging.batch.message_count'], attributes['messaging.destination.name']]), [...Array(4).fill([3, undefined]), [undefined, undefined]]);
    assert.deepEqual(made.map(({ events }) => events.map(({ name }) => name)), [['throttled', 'retry'], ['retry'], ['retry'], [], []]);
    assert.equal(made[0].parentSpanContext.spanId, parent.spanContext().spanId);
    assertNoSecret(Object.values(exported), made);
    context.disable();
  });

  test('of a class that extends it is instrumented too, and a call that is aborted is a span', async () => {
    const { providers, collect, spans } = telemetry();
    const client = new Kinesis(await options([{ kind: 'hang' }]));
    instrument(client, providers);
    const controller = new AbortController();
    const call = client.putRecord(record, { abortSignal: controller.signal });
    await until(async () => (await collect())['kinesis_edge.requests.in_flight'][0].value === 1);
    assert.deepEqual(await spans(), []);
    controller.abort();
    await assert.rejects(call, { code: 'ERR_ABORTED' });
    const [{ name, attributes, status }] = await spans();
    assert.deepEqual([name, attributes['error.type'], attributes['messaging.batch.message_count'], status.code], ['Kinesis.PutRecord', 'no_response', undefined, SpanStatusCode.ERROR]);
    assert.equal((await collect())['kinesis_edge.requests.in_flight'][0].value, 0);
  });

  test('sends no traceparent', async () => {
    const { providers } = telemetry();
    const names = [];
    const client = new KinesisClient({ ...(await options()), fetch: (url, init) => (names.push(...Object.keys(init.headers)), fetch(url, init)) });
    instrument(client, providers);
    await client.putRecord(record);
    assert.ok(names.includes('authorization'));
    assert.deepEqual(names.filter((name) => /trace|baggage/i.test(name)), []);
  });
});

describe('instrument', () => {
  test('by the same providers again changes nothing; by others it reports to both', async () => {
    const [one, other] = [telemetry(), telemetry()];
    const producer = await producerOf();
    const ends = [one.providers, one.providers, other.providers].map((providers) => instrument(producer, providers));
    assert.equal(ends[0], ends[1]);
    assert.notEqual(ends[0], ends[2]);
    await producer.put('x');
    for (const { collect, spans } of [one, other]) {
      assertSame(await collect(), producer.stats);
      assert.equal((await spans()).length, 1);
    }
    await producer.close();
  });

  test('tells producers of one stream apart', async () => {
    const { providers, collect } = telemetry();
    const producers = [await producerOf(), await producerOf()];
    for (const producer of producers) instrument(producer, providers);
    await Promise.all([producers[0].put('a'), producers[0].put('b'), producers[1].put('c')]);
    await Promise.all(producers.map((producer) => producer.flush()));
    const exported = await collect();
    const ids = exported['kinesis_edge.records.put'].map(({ attributes }) => attributes['messaging.client.id']);
    assert.equal(new Set(ids).size, 2);
    producers.forEach((producer, index) => assertSame(exported, producer.stats, ids[index]));
    await Promise.all(producers.map((producer) => producer.close()));
  });

  test('ends: nothing is reported any more, a request in flight is as far as it is known, and it may begin again', async () => {
    const { providers, collect, spans } = telemetry();
    const { open, fetch } = gate();
    const producer = await producerOf([], { fetch });
    const end = instrument(producer, providers);
    const put = producer.put('x');
    await until(async () => (await collect())['kinesis_edge.requests.in_flight'][0].value === 1);
    end();
    end();
    const [{ name, events, status, attributes }] = await spans();
    assert.deepEqual([name, events.map((event) => event.name), status.code, attributes['error.type']], ['Kinesis.PutRecords', ['instrumentation ended'], SpanStatusCode.UNSET, undefined]);
    open();
    await put;
    await producer.put('unseen');
    assert.equal((await spans()).length, 1);
    const again = instrument(producer, providers);
    assert.notEqual(again, end);
    await producer.put('seen');
    assertSame(await collect(), producer.stats);
    assert.equal((await spans()).length, 2);
    assert.equal(producer.stats.recordsDelivered, 3);
    again();
    await producer.close();
  });

  test('goes on when the target is closed', async () => {
    const { providers, collect } = telemetry();
    const producer = await producerOf();
    instrument(producer, providers);
    await producer.put('x');
    await producer.close();
    assertSame(await collect(), producer.stats);
  });

  test('does not report a request that was in flight before, and counts it', async () => {
    const { providers, collect, spans } = telemetry();
    const { open, fetch } = gate();
    const producer = await producerOf([], { fetch });
    const put = producer.put('x');
    await until(() => producer.stats.requests === 1);
    instrument(producer, providers);
    open();
    await put;
    assertSame(await collect(), producer.stats);
    assert.deepEqual(await spans(), []);
    await producer.close();
  });

  test('takes the providers of the API where none are given', async () => {
    const { providers, collect, spans } = telemetry();
    metrics.setGlobalMeterProvider(providers.meterProvider);
    trace.setGlobalTracerProvider(providers.tracerProvider);
    try {
      const producer = await producerOf();
      const end = instrument(producer);
      await producer.put('x');
      assertSame(await collect(), producer.stats);
      assert.equal((await spans()).length, 1);
      end();
      await producer.close();
    } finally {
      metrics.disable();
      trace.disable();
    }
  });

  test('without an SDK does nothing', async () => {
    const producer = await producerOf();
    const end = instrument(producer);
    await producer.put('x');
    end();
    await producer.close();
  });

  test('of an SDK that throws harms nothing, and is logged', async () => {
    const lines = [];
    const fail = () => { throw new Error('not mine'); };
    const span = { setAttributes: fail, setStatus: fail, addEvent: fail, end: fail };
    const ofProcessor = { setAttributes() {}, setStatus() {}, addEvent() {}, end: fail };
    for (const startSpan of [fail, () => span, () => ofProcessor]) {
      lines.length = 0;
      const producer = await producerOf([THROTTLED], { logger: { error: (line) => void lines.push(line) } });
      const end = instrument(producer, { tracerProvider: { getTracer: () => ({ startSpan }) } });
      await producer.put('x');
      await producer.put('y');
      assert.equal(producer.stats.recordsDelivered, 2);
      assert.ok(lines.some((line) => /has thrown, \d+ times so far: not mine/.test(line)), lines.join());
      end();
      await producer.close();
    }
  });

  test('of a client whose span throws at its end harms nothing', async (t) => {
    const uncaught = [];
    const listener = (error) => uncaught.push(error.message);
    process.on('uncaughtException', listener);
    t.after(() => process.off('uncaughtException', listener));
    const span = { setAttributes() {}, setStatus() {}, addEvent() {}, end: () => { throw new Error('not mine'); } };
    const client = new KinesisClient(await options());
    instrument(client, { tracerProvider: { getTracer: () => ({ startSpan: () => span }) } });
    await client.listShards({ StreamName: STREAM });
    await pause(20);
    assert.deepEqual(uncaught, []);
  });

  test('of a response that breaks off is an error', async () => {
    const { providers, collect, spans } = telemetry();
    const body = () => new ReadableStream({ start: (controller) => controller.error(new TypeError('cut')) });
    const client = new KinesisClient({ ...(await options()), maxAttempts: 1, fetch: async () => new Response(body(), { status: 200 }) });
    instrument(client, providers);
    await assert.rejects(client.listShards({ StreamName: STREAM }), { code: 'ERR_NETWORK' });
    assert.equal((await collect())['kinesis_edge.requests.failed'][0].value, 1);
    const [{ attributes, status }] = await spans();
    assert.deepEqual([attributes['error.type'], attributes['http.response.status_code'], status.code], ['no_response', undefined, 2]);
  });

  test('of a meter that throws leaves nothing behind', async () => {
    const producer = await producerOf();
    const spans = [];
    const tracerProvider = { getTracer: () => ({ startSpan: (name) => void spans.push(name) }) };
    // The spans are ready when the first metric that is observed fails.
    const fail = () => { throw new Error('not mine'); };
    const getMeter = () => ({ createHistogram: () => ({ record() {} }), createObservableCounter: fail, createObservableGauge: fail, createObservableUpDownCounter: fail });
    assert.throws(() => instrument(producer, { meterProvider: { getMeter }, tracerProvider }), /not mine/);
    await producer.put('x');
    assert.deepEqual(spans, []);
    await producer.close();
  });

  test('refuses what is no client or producer, and no provider', async () => {
    const producer = await producerOf();
    for (const target of [undefined, null, 7, {}, 'producer', Producer]) assert.throws(() => instrument(target), { code: 'ERR_INVALID_ARGUMENT', message: /^target must be a KinesisClient or a Producer/ });
    assert.throws(() => instrument(producer, { meterProvider: {} }), { code: 'ERR_INVALID_ARGUMENT', message: /^meterProvider must have the method getMeter/ });
    assert.throws(() => instrument(producer, { tracerProvider: 7 }), { code: 'ERR_INVALID_ARGUMENT', message: /^tracerProvider must have the method getTracer/ });
    const fail = () => { throw new Error('not mine'); };
    for (const getMeter of [fail, () => null]) assert.throws(() => instrument(producer, { meterProvider: { getMeter } }), { code: 'ERR_INVALID_ARGUMENT', message: /^meterProvider\.getMeter/ });
    for (const getTracer of [fail, () => undefined]) assert.throws(() => instrument(producer, { tracerProvider: { getTracer } }), { code: 'ERR_INVALID_ARGUMENT', message: /^tracerProvider\.getTracer/ });
    instrument(producer, null)();
    await producer.close();
  });

  test('keeps no target alive, and reports it no more when it is collected', async () => {
    const script = `
      import { Producer } from 'kinesis-edge';
      import { instrument } from 'kinesis-edge/opentelemetry';
      const callbacks = new Set();
      const instrumentOf = () => ({ record() {} });
      const meter = { addBatchObservableCallback: (one) => callbacks.add(one), removeBatchObservableCallback: (one) => callbacks.delete(one) };
      for (const name of ['ObservableCounter', 'ObservableUpDownCounter', 'ObservableGauge', 'Histogram']) meter['create' + name] = instrumentOf;
      const meterProvider = { getMeter: () => meter };
      const { endpoint, streamName } = JSON.parse(process.env.OPTIONS);
      const ends = [];
      async function use() {
        // It leads to the producer, as functions of an application do.
        const onEvent = () => producer.stats;
        const producer = new Producer({ region: 'us-east-1', endpoint, streamName, credentials: { accessKeyId: 'GONE', secretAccessKey: 's' }, onEvent });
        ends.push(instrument(producer, { meterProvider }));
        await producer.put('x');
        await producer.close();
        return new WeakRef(producer);
      }
      const dropped = await use();
      const before = callbacks.size;
      const until = Date.now() + 60_000;
      while ((dropped.deref() || callbacks.size > 0) && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        globalThis.gc();
      }
      console.log(before, dropped.deref() === undefined, callbacks.size);
      for (const end of ends) end();`;
    assert.equal(await child(script, ['--expose-gc']), '1 true 0');
  });
});

describe('in a Worker', () => {
  let worker;

  before(async () => {
    const modules = await bundle('../opentelemetry/worker.js', { conditions: ['workerd', 'worker', 'module'] });
    worker = new Miniflare({ compatibilityDate: '2026-07-01', host: '127.0.0.1', modules });
  });
  after(() => worker?.dispose());

  /** The answer of the Worker at a path, to options of a client or producer. */
  async function ask(path, accessKeyId) {
    const body = JSON.stringify({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId, secretAccessKey: 's' }, streamName: STREAM, requestTimeoutMs: 6_000 });
    const response = await worker.dispatchFetch(`https://worker.test${path}`, { method: 'POST', body });
    assert.ok(response.ok, `${response.status}`);
    return response;
  }

  test('it does the same, and its errors are those of the package', async () => {
    const { values, stats, spans, refusal } = await (await ask('/', 'WORKER')).json();
    assert.deepEqual(['records.put', 'records.delivered', 'requests.sent', 'bytes.sent'].map((name) => values[`kinesis_edge.${name}`]), [2, 2, stats.requests, stats.bytesSent]);
    assert.deepEqual(spans, Array(stats.requests).fill('Kinesis.PutRecords'));
    assert.equal(refusal, true);
  });

  test('the span of a request that was left without a response ends when another request is sent', async () => {
    await fetch(`${kinesis.endpoint}/_faults/LEFT`, { method: 'PUT', body: JSON.stringify({ queue: [{ kind: 'hang' }] }) });
    assert.equal(await (await ask('/first', 'LEFT')).text(), 'left');
    // Twice its `requestTimeoutMs`, after which nobody waits for it.
    await pause(12_500);
    assert.deepEqual(await (await ask('/second', 'LEFT')).json(), ['Kinesis.PutRecord no_response undefined', 'Kinesis.PutRecord undefined 200']);
  });
});

/** The rows of the table of metrics in the documentation. */
function documented() {
  const text = readFileSync(join(top, 'docs', 'opentelemetry.md'), 'utf8');
  return [...text.matchAll(/^\| `([\w.]+)` \| ([\w-]+) \| (.+?) \| /gm)].map(([, name, kind, unit]) => `${name} ${kind} ${unit.replaceAll('`', '')}`);
}

test('docs/opentelemetry.md has each metric, with its kind and unit', async () => {
  const { providers, collect } = telemetry();
  const producer = await producerOf([FAILED]);
  instrument(producer, providers);
  await producer.put('x');
  const kindOf = ([{ isMonotonic, value }]) => (typeof value === 'object' ? 'histogram' : isMonotonic === undefined ? 'gauge' : isMonotonic ? 'counter' : 'up-down-counter');
  const exported = Object.entries(await collect()).map(([name, points]) => `${name} ${kindOf(points)} ${points[0].unit}`);
  assert.deepEqual(documented().sort(), exported.sort());
  await producer.close();
});

/** What a program prints that is run by itself. */
async function child(script, args) {
  const env = { ...process.env, OPTIONS: JSON.stringify({ endpoint: kinesis.endpoint, streamName: STREAM }) };
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--input-type=module', '--eval', script], { cwd: join(top, 'tests'), env });
  return stdout.trim();
}
