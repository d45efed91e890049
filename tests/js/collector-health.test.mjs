// What /health and the log say of a collector whose events do not reach Kinesis, and what becomes of the events.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import { createCollector } from 'kinesis-edge/collector';
import { post } from './collector/node-collector.mjs';
import { ORIGIN, bundle, event, startCollector, startStream, until } from './collector/setup.mjs';

let stream;
let logged;
let key = 0;

before(async () => (stream = await startStream()));
after(() => stream?.stop());
beforeEach(() => {
  logged = [];
  // Node's own warnings come here as well.
  mock.method(console, 'error', (line) => `${line}`.startsWith('kinesis-edge') && logged.push(line));
});
afterEach(() => mock.restoreAll());

/** A collector in this process with a plan of faults of its own. */
async function start({ plan = {}, ...options } = {}) {
  const accessKeyId = `HEALTH${(key += 1)}`;
  const credentials = { accessKeyId, secretAccessKey: 'a-secret' };
  const setPlan = (next) => stream.plan(next, accessKeyId);
  await setPlan(plan);
  const collector = createCollector(() => ({ region: 'us-east-1', endpoint: stream.endpoint, streamName: stream.name, credentials, allowedOrigins: [ORIGIN], lingerMs: 0, ...options }));
  const collect = async (...events) => (await collector.fetch(post(events))).status;
  return { ...collector, setPlan, collect, health: () => healthOf(collector) };
}

async function healthOf(collector) {
  const response = await collector.fetch(new Request('https://collector.test/health'));
  const body = await response.json();
  assert.equal(response.status, body.status === 'ok' ? 200 : 503);
  assert.equal(response.headers.has('retry-after'), body.status !== 'ok');
  return body;
}

async function isStored({ messageId }) {
  return (await stream.lines()).some(({ text }) => text.includes(messageId));
}

/** More of a fault than any test sends requests. */
function always(fault) {
  return { queue: Array(200).fill(fault) };
}

const MISCONFIGURATIONS = [
  ['AccessDeniedException', 'permission', /kinesis:PutRecords/],
  ['UnrecognizedClientException', 'credentials', /access key/],
  ['InvalidSignatureException', 'credentials', /secret/],
  ['ResourceNotFoundException', 'stream', /name of the stream/],
  ['KMSAccessDeniedException', 'encryption', /kms:GenerateDataKey/],
  ['KMSDisabledException', 'encryption', /enabled/],
];

for (const [name, reason, remedy] of MISCONFIGURATIONS) {
  test(`${name}: from the first event on /health is 503 with "${reason}", until events are delivered`, async () => {
    const collector = await start({ plan: always({ kind: 'error', type: name, message: 'key AKIA-ECHOED' }) });
    assert.deepEqual(await collector.health(), { status: 'ok' });
    await collector.collect(event());
    await until('the failure', async () => (await collector.health()).status === 'failing');
    assert.deepEqual(await collector.health(), { status: 'failing', reason });
    for (let index = 0; index < 4; index += 1) await collector.collect(event(), event());
    await collector.setPlan({});
    const last = event();
    await collector.collect(last);
    await until('the event', () => isStored(last));
    await until('health', async () => (await collector.health()).status === 'ok');
    const lines = logged.filter((line) => line.includes(name));
    assert.equal(lines.length, 1, logged.join('\n'));
    assert.match(lines[0], remedy);
    assert.doesNotMatch(logged.join(), /AKIA-ECHOED/);
  });
}

test('the log has each change of the exception once, and that events are delivered again', async () => {
  const collector = await start({ plan: always({ kind: 'error', type: 'AccessDeniedException' }) });
  const collectUntil = async (pattern) => {
    await collector.collect(event(), event());
    await until(`${pattern} in the log`, () => logged.some((line) => pattern.test(line)));
  };
  await collectUntil(/AccessDeniedException/);
  await collectUntil(/AccessDeniedException/);
  await collector.setPlan(always({ kind: 'error', type: 'ResourceNotFoundException' }));
  await until('the other', async () => (await collector.collect(event())) === 202 && logged.length > 1);
  await collector.setPlan({});
  // What fails and what does not may alternate: the log says that it is over when nothing has failed for a while.
  const now = Date.now();
  mock.timers.enable({ apis: ['Date'], now });
  try {
    const first = event();
    await collector.collect(first);
    await until('the event', () => isStored(first));
    assert.equal(logged.length, 2, logged.join('\n'));
    mock.timers.setTime(now + 60_000);
    await collectUntil(/delivered again/);
  } finally {
    mock.timers.reset();
  }
  assert.equal(logged.length, 3, logged.join('\n'));
  assert.match(logged[2], /\d+ had failed/);
});

test('while Kinesis does not respond /health is 503 with "unavailable", before any event is given up', async () => {
  const collector = await start({ plan: { random: { seed: 1, requestLost: 1 } } });
  const sent = event();
  await collector.collect(sent);
  await until('the outage', async () => (await collector.health()).reason === 'unavailable');
  await collector.setPlan({});
  await until('the event', () => isStored(sent), { ms: 40_000 });
  await until('health', async () => (await collector.health()).status === 'ok');
});

test('while Kinesis throttles everything /health is 503 with "throttled"', async () => {
  const collector = await start({ plan: { random: { seed: 1, throttled: 1 } } });
  await collector.collect(event());
  await until('the throttling', async () => (await collector.health()).reason === 'throttled');
  await collector.setPlan({});
  await until('health', async () => (await collector.health()).status === 'ok', { ms: 40_000 });
});

test('one event that Kinesis refuses is in the log, and /health stays ok', async () => {
  const collector = await start({ plan: { queue: [{ kind: 'error', type: 'ValidationException', message: 'key AKIA-ECHOED' }] } });
  await collector.collect(event());
  await until('the line', () => logged.some((line) => line.includes('ValidationException')));
  assert.deepEqual(await collector.health(), { status: 'ok' });
  const [first, second] = [event(), event()];
  await collector.collect(first);
  await collector.collect(second);
  await until('the others', async () => (await isStored(first)) && (await isStored(second)));
  assert.deepEqual(await collector.health(), { status: 'ok' });
  assert.equal(logged.length, 1);
});

test('events that are all refused are a failure', async () => {
  const collector = await start({ plan: always({ kind: 'error', type: 'ValidationException' }) });
  await until('the failure', async () => (await collector.collect(event())) === 202 && (await collector.health()).reason === 'refused');
});

describe('answers of which each refuses all events of its request', () => {
  /** A collector before a server of this process; `answer` gets the number of the request, from 1. */
  const startBefore = (answer) => {
    let requests = 0;
    const credentials = { accessKeyId: 'A', secretAccessKey: 's' };
    const collector = createCollector(() => ({ region: 'us-east-1', streamName: 's', credentials, allowedOrigins: [ORIGIN], lingerMs: 5, fetch: async (_, init) => answer((requests += 1), init) }));
    const collect = async (...events) => {
      const waiting = [];
      assert.equal((await collector.fetch(post(events), {}, { waitUntil: (promise) => waiting.push(promise) })).status, 202);
      await Promise.all(waiting);
      return (await healthOf(collector)).reason ?? 'ok';
    };
    return { collect };
  };
  const refusal = (type, id) => new Response(JSON.stringify({ __type: type, message: 'm' }), { status: 400, headers: { 'content-type': 'application/x-amz-json-1.1', ...(id && { 'x-amzn-requestid': id }) } });
  const recordsOf = ({ body }) => JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)).Records;
  const stored = (records) => Response.json({ FailedRecordCount: 0, Records: records.map((_, index) => ({ SequenceNumber: `${index + 1}`, ShardId: 'shardId-000000000000' })) });
  const TYPES = ['ValidationException', 'InvalidArgumentException', 'SerializationException', 'UnknownOperationException', 'WhateverException'];
  const IDS = [['no id', () => undefined], ['an id of its own', (request) => `id-${request}`], ['the id of all others', () => 'id']];

  for (const [what, idOf] of IDS) {
    for (const type of TYPES) {
      test(`${type} with ${what}: from the third request on /health is 503 with "refused"`, async () => {
        const { collect } = startBefore((request) => refusal(type, idOf(request)));
        const reasons = [];
        for (let index = 0; index < 5; index += 1) reasons.push(await collect(event()));
        assert.deepEqual(reasons, ['ok', 'ok', 'refused', 'refused', 'refused']);
      });
    }

    test(`with ${what}: the events of one request count once`, async () => {
      const { collect } = startBefore((request) => refusal('UnknownOperationException', idOf(request)));
      const reasons = [];
      for (let index = 0; index < 3; index += 1) reasons.push(await collect(event(), event(), event(), event()));
      assert.deepEqual(reasons, ['ok', 'ok', 'refused']);
    });

    test(`with ${what}: /health stays ok while one event is refused, and the others get through`, async () => {
      const isAtFault = ({ PartitionKey }) => PartitionKey === 'at-fault';
      let refused = 0;
      const { collect } = startBefore((request, init) => {
        const records = recordsOf(init);
        if (!records.some(isAtFault)) return stored(records);
        refused += 1;
        return refusal('ValidationException', idOf(request));
      });
      for (let index = 0; index < 6; index += 1) assert.equal(await collect(event(), event({ anonymousId: 'at-fault' }), event()), 'ok');
      assert.ok(refused >= 6);
    });
  }
});

test('with onError the log is left to it', async () => {
  const errors = [];
  const collector = await start({ plan: always({ kind: 'error', type: 'ValidationException' }), onError: ({ name }) => errors.push(name) });
  await collector.collect(event());
  await until('the failure', async () => errors.length > 0);
  assert.deepEqual([errors, logged], [['ValidationException'], []]);
});

test('what holds events is in the log also with onError, which is called for events that fail alone', async () => {
  const errors = [];
  const collector = await start({ plan: always({ kind: 'error', type: 'AccessDeniedException' }), onError: ({ name }) => errors.push(name) });
  const held = event();
  await collector.collect(held);
  await until('the line', () => logged.some((line) => /events are held: AccessDeniedException/.test(line)));
  await collector.setPlan({});
  await until('the event', () => isStored(held), { ms: 40_000 });
  assert.deepEqual([errors, logged.length], [[], 1]);
});

test('while Kinesis does not respond the log says so once, and what was asked', async () => {
  const collector = await start({ plan: { random: { seed: 1, requestLost: 1 } } });
  await collector.collect(event());
  await until('the line', () => logged.length > 0);
  assert.match(logged[0], /events are held: ERR_NETWORK: .*check the region and the endpoint \(http:\/\/127/);
  await collector.collect(event());
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(logged.length, 1, logged.join('\n'));
  await collector.setPlan({});
});

test('what a provider has thrown is not in the log: it may hold a secret', async () => {
  const collector = await start({ credentials: async () => Promise.reject(new Error('key AKIA-ECHOED\nof two lines')) });
  await collector.collect(event());
  await until('the line', () => logged.length > 0);
  assert.match(logged[0], /ERR_CREDENTIALS: credentials: the provider failed: check the credentials provider/);
  assert.doesNotMatch(logged.join(), /ECHOED|two lines/);
});

test('no event is lost while Kinesis refuses for a cause that the operator can repair', async () => {
  const collector = await start({ plan: always({ kind: 'error', type: 'AccessDeniedException' }) });
  const events = Array.from({ length: 5 }, () => event());
  for (const one of events) assert.equal(await collector.collect(one), 202);
  await until('the failure', async () => (await collector.health()).reason === 'permission');
  assert.match(logged.join(), /events are held: AccessDeniedException/);
  await collector.setPlan({});
  for (const one of events) await until('the event', () => isStored(one), { ms: 40_000 });
  await until('health', async () => (await collector.health()).status === 'ok');
});

describe('a ctx that cannot keep the request alive', () => {
  const CONTEXTS = [
    ['has no waitUntil', {}],
    ['has a waitUntil that is no function', { waitUntil: true }],
    ['has a waitUntil that throws', { waitUntil() { throw new TypeError('Illegal invocation'); } }],
  ];
  for (const [what, ctx] of CONTEXTS) {
    test(`one that ${what}: the response waits until the events are in the stream`, async () => {
      const collector = await start({ lingerMs: 100 });
      const sent = [event(), event()];
      assert.equal((await collector.fetch(post(sent), {}, ctx)).status, 202);
      for (const one of sent) assert.ok(await isStored(one));
      const pixel = event();
      await collector.fetch(new Request(`https://collector.test/collect?type=page&messageId=${pixel.messageId}`), {}, ctx);
      assert.ok(await isStored(pixel));
      assert.equal(logged.filter((line) => /ctx has no waitUntil that works/.test(line)).length, 1, logged.join('\n'));
    });

    test(`one that ${what}: the response is 503 where the events are refused`, async () => {
      const collector = await start({ plan: always({ kind: 'error', type: 'ValidationException' }) });
      const response = await collector.fetch(post([event()]), {}, ctx);
      assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
    });

    test(`one that ${what}, in queue mode: the queue has the events, and its batches are consumed`, async () => {
      const batches = [];
      const collector = await start({ queue: { sendBatch: async (messages) => void batches.push(...messages) } });
      const sent = event();
      assert.equal((await collector.fetch(post([sent]), {}, ctx)).status, 202);
      const outcomes = [];
      await collector.queue({ messages: batches.map(({ body }) => ({ body, ack: () => outcomes.push('ack'), retry: () => outcomes.push('retry') })) }, {}, ctx);
      assert.deepEqual(outcomes, ['ack']);
      assert.ok(await isStored(sent));
    });
  }
});

describe('a buffer that takes no more', () => {
  test('/health is 503 as long as events are refused, and says why they stay', async () => {
    const collector = await start({ plan: { random: { seed: 1, requestLost: 1 } }, bufferRecordsMax: 20 });
    const some = (count) => Array.from({ length: count }, () => event());
    assert.equal(await collector.collect(...some(18)), 202);
    // There is room for two, and what comes has more.
    assert.equal(await collector.collect(...some(8)), 503);
    await until('the reason', async () => (await collector.health()).reason === 'unavailable');
    assert.deepEqual(await collector.health(), { status: 'full', reason: 'unavailable' });
    await collector.setPlan({});
    await until('room', async () => (await collector.health()).status === 'ok', { ms: 40_000 });
    assert.equal(await collector.collect(...some(8)), 202);
  });

  test('a body that it can never take is 413, whose reason names the limits', async () => {
    const collector = await start({ bufferRecordsMax: 5 });
    const response = await collector.fetch(post(Array.from({ length: 6 }, () => event())));
    assert.equal(response.status, 413);
    assert.match((await response.json()).error, /bufferRecordsMax/);
    assert.deepEqual(await collector.health(), { status: 'ok' });
    assert.equal(await collector.collect(...Array.from({ length: 5 }, () => event())), 202);
  });
});

describe('queue mode', () => {
  test('a queue that accepts nothing: 503, /health as well, and one line in the log', async () => {
    let isBroken = true;
    const queue = { sendBatch: async () => { if (isBroken) throw new RangeError('a secret'); } };
    const collector = await start({ queue });
    assert.deepEqual([await collector.collect(event()), await collector.collect(event())], [503, 503]);
    assert.deepEqual(await collector.health(), { status: 'full' });
    assert.equal(logged.length, 1);
    assert.match(logged[0], /the queue .*RangeError/);
    assert.doesNotMatch(logged[0], /a secret/);
    // A router that looks at /health sends no request that could show that the queue works again.
    const { now } = Date;
    Date.now = () => now() + 60_001;
    assert.deepEqual(await collector.health(), { status: 'ok' });
    Date.now = now;
    assert.deepEqual(await collector.health(), { status: 'full' });
    isBroken = false;
    assert.equal(await collector.collect(event()), 202);
    assert.deepEqual(await collector.health(), { status: 'ok' });
  });

  test('a queue that never answers: 503 after a while, /health as well, and one line in the log', { timeout: 60_000 }, async () => {
    let isSilent = true;
    const sent = [];
    const queue = { sendBatch: (messages) => (isSilent ? new Promise(() => {}) : Promise.resolve(void sent.push(...messages))) };
    const collector = await start({ queue });
    const waiting = [];
    const response = await collector.fetch(post([event()]), {}, { waitUntil: (promise) => waiting.push(promise) });
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
    await Promise.all(waiting);
    assert.deepEqual(await collector.health(), { status: 'full' });
    assert.equal(logged.length, 1);
    assert.match(logged[0], /the queue .*ERR_TIMEOUT: sendBatch has not settled within 10000 ms/);
    isSilent = false;
    assert.equal(await collector.collect(event()), 202);
    assert.deepEqual([await collector.health(), sent.length], [{ status: 'ok' }, 1]);
  });

  test('a queue that throws at once: 503', async () => {
    const collector = await start({ queue: { sendBatch() { throw new RangeError('a secret'); } } });
    assert.equal(await collector.collect(event()), 503);
    assert.match(logged[0], /the queue .*RangeError/);
  });

  /** Messages, and what becomes of each. */
  const messagesOf = (...bodies) => {
    const outcomes = bodies.map(() => []);
    const messages = bodies.map((body, index) => ({ body, attempts: 1, ack: () => outcomes[index].push('ack'), retry: () => outcomes[index].push('retry') }));
    return { messages, outcomes };
  };

  test('what Kinesis refuses goes back to the queue; the log has the exception once, /health its class', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} }, plan: always({ kind: 'error', type: 'AccessDeniedException' }) });
    for (let round = 0; round < 3; round += 1) {
      const { messages, outcomes } = messagesOf(event(), event());
      await collector.queue({ messages });
      assert.deepEqual(outcomes, [['retry'], ['retry']]);
    }
    assert.deepEqual(await collector.health(), { status: 'failing', reason: 'permission' });
    assert.equal(logged.length, 1);
    assert.match(logged[0], /AccessDeniedException/);
  });

  test('a batch that Kinesis does not acknowledge in time goes back, and /health says so', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} }, plan: { random: { seed: 1, requestLost: 1 } }, deliveryMsMax: 500 });
    const { messages, outcomes } = messagesOf(event());
    await collector.queue({ messages });
    assert.deepEqual(outcomes, [['retry']]);
    assert.deepEqual(await collector.health(), { status: 'failing', reason: 'unavailable' });
    await collector.setPlan({});
  });

  test('while Kinesis does not respond the log says so before the time of the batch is over', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} }, plan: { random: { seed: 1, requestLost: 1 } } });
    const { messages, outcomes } = messagesOf(event());
    const consumed = collector.queue({ messages });
    await until('the line', () => logged.some((line) => /events are held: ERR_NETWORK/.test(line)));
    assert.deepEqual(outcomes, [[]]);
    await collector.setPlan({});
    await consumed;
    assert.equal(logged.length, 1, logged.join('\n'));
  });

  test('a message with more events than the buffer takes is delivered, and acknowledged', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} }, bufferRecordsMax: 10 });
    const many = Array.from({ length: 35 }, () => event());
    const last = event();
    const { messages, outcomes } = messagesOf(many.map((one) => JSON.stringify(one)).join('\n'), JSON.stringify(last));
    await collector.queue({ messages });
    assert.deepEqual(outcomes, [['ack'], ['ack']]);
    const texts = (await stream.lines()).map(({ text }) => text);
    for (const { messageId } of [...many, last]) assert.equal(texts.filter((text) => text.includes(messageId)).length, 1);
  });

  test('a message that cannot be acknowledged stops no other, and is in the log', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} } });
    const { messages, outcomes } = messagesOf(event(), event(), event());
    messages[0].ack = () => { throw new TypeError('gone'); };
    messages[1].body = '{';
    await collector.queue({ messages });
    assert.deepEqual(outcomes, [[], ['retry'], ['ack']]);
    assert.equal(logged.filter((line) => /could not be acknowledged: TypeError/.test(line)).length, 1, logged.join('\n'));
  });

  test('where a message cannot be returned, the others are, and the batch fails', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} } });
    const { messages, outcomes } = messagesOf('{', '{', event());
    messages[0].retry = () => { throw new TypeError('gone'); };
    await assert.rejects(collector.queue({ messages }), /gone/);
    assert.deepEqual(outcomes, [[], ['retry'], ['ack']]);
  });

  test('a message of another program may be lines as bytes; one whose content JSON leaves out goes back', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} } });
    const [one, two] = [event(), event()];
    const bytes = new TextEncoder().encode(`${JSON.stringify(one)}\n${JSON.stringify(two)}`);
    const { messages, outcomes } = messagesOf(bytes, bytes.buffer.slice(0, 20), new Map([['type', 'track']]), [{ ...event(), properties: { set: new Set([1]) } }], new Uint8Array([0xff]));
    await collector.queue({ messages });
    assert.deepEqual(outcomes, [['ack'], ['retry'], ['retry'], ['retry'], ['retry']]);
    const texts = (await stream.lines()).map(({ text }) => text);
    for (const { messageId } of [one, two]) assert.equal(texts.filter((text) => text.includes(messageId)).length, 1);
  });

  test('messages that hold no events go back alone, and are in the log', async () => {
    const collector = await start({ queue: { sendBatch: async () => {} } });
    const circular = {};
    circular.self = circular;
    const good = event();
    const { messages, outcomes } = messagesOf(circular, 5n, { amount: 5n }, undefined, null, [], '', '{', new Map(), good);
    await collector.queue({ messages });
    assert.deepEqual(outcomes.at(-1), ['ack']);
    assert.deepEqual(outcomes.slice(0, 8), Array(8).fill(['retry']));
    assert.ok(await isStored(good));
    assert.equal(logged.filter((line) => /hold no events/.test(line)).length, 1);
    assert.deepEqual(await collector.health(), { status: 'ok' });
  });
});

test('options that cannot work are in the log once, not with each request', async () => {
  const { fetch: collect } = createCollector(() => ({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'A', secretAccessKey: 's' }, allowedOrigins: 'everything' }));
  for (let index = 0; index < 3; index += 1) assert.equal((await collect(post(event()))).status, 500);
  assert.equal(logged.length, 1);
  assert.match(logged[0], /ERR_INVALID_ARGUMENT: allowedOrigins/);
});

test('createCollector refuses at once what is no function', () => {
  for (const wrong of [5, undefined, null, 'options', { region: 'us-east-1' }]) {
    assert.throws(() => createCollector(wrong), ({ code, message }) => code === 'ERR_INVALID_ARGUMENT' && /createCollector needs a function that returns the options/.test(message));
  }
});

describe('an options function', () => {
  const statusOf = async (options) => (await createCollector(options).fetch(post(event()))).status;

  test('that throws: its message is in the log', async () => {
    assert.equal(await statusOf(() => { throw new Error('STREAM_NAME is not set'); }), 500);
    assert.match(logged.join(), /^kinesis-edge.collector: ERR_INVALID_ARGUMENT: the options function has thrown: STREAM_NAME is not set$/);
  });

  test('that is async: the log says that it must return the options at once, and no rejection is unhandled', async (t) => {
    const unhandled = [];
    const listener = (error) => unhandled.push(error);
    process.on('unhandledRejection', listener);
    t.after(() => process.off('unhandledRejection', listener));
    assert.equal(await statusOf(async () => ({})), 500);
    assert.equal(await statusOf(async () => { throw new Error('late'); }), 500);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(unhandled, []);
    assert.match(logged.join(), /ERR_INVALID_ARGUMENT: the options function must return the options at once, not a promise/);
  });

  test('that returns a wrong flag, or an origin with a wildcard: the log names it', async () => {
    const options = { region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'A', secretAccessKey: 's' }, allowedOrigins: [ORIGIN] };
    const WRONG = [
      [{ enrich: 'false' }, /enrich must be true or false, not a string/],
      [{ pixel: 0 }, /pixel must be true or false, not a number/],
      [{ allowedOrigins: [ORIGIN, 'https://*.example'] }, /allowedOrigins\[1\] must be an origin .*, not "https:\/\/\*\.example": name each origin, or allow all of them by allowedOrigins: '\*'/],
      [{ allowedOrigins: ['*'] }, /allowedOrigins\[0\] .*allow all of them/],
    ];
    for (const [wrong, pattern] of WRONG) {
      assert.equal(await statusOf(() => ({ ...options, ...wrong })), 500, JSON.stringify(wrong));
      assert.match(logged.at(-1), pattern);
    }
    for (const right of [{ enrich: null, pixel: null }, { enrich: false, pixel: false }]) {
      const queue = { sendBatch: async () => {} };
      assert.equal(await statusOf(() => ({ ...options, queue, ...right })), 202);
    }
  });
});

describe('the Worker of the repository', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'WORKER', AWS_SECRET_ACCESS_KEY: 's' };
  const start = async (bindings) => startCollector(stream, await bundle('../../../src/worker.js'), { bindings: { AWS_REGION: 'us-east-1', STREAM_NAME: stream.name, KINESIS_ENDPOINT: stream.endpoint, ALLOWED_ORIGINS: ORIGIN, ...bindings }, queueProducers: { EVENTS: { queueName: 'events' } } });

  test('without keys /health is 503', async () => {
    const { address, stop } = await start({});
    const response = await fetch(new URL('health', address));
    assert.deepEqual([response.status, await response.json()], [503, { status: 'failing', reason: 'credentials' }]);
    await stop();
  });

  test('/health tells of the consumer of its queue too', async () => {
    await stream.plan(always({ kind: 'error', type: 'AccessDeniedException' }), KEYS.AWS_ACCESS_KEY_ID);
    const { address, stop } = await start(KEYS);
    const health = async () => (await fetch(new URL('health', address))).json();
    assert.deepEqual(await health(), { status: 'ok' });
    const response = await fetch(new URL('collect-queued', address), { method: 'POST', headers: { origin: ORIGIN, 'content-type': 'text/plain' }, body: JSON.stringify(event()) });
    assert.equal(response.status, 202);
    await until('the failure', async () => (await health()).reason === 'permission');
    await stop();
  });
});

describe('what is answered without the allowed origins can be read by any page, and has nothing of the options', () => {
  const SECRET = 'hush-hush';
  const right = { region: 'us-east-1', streamName: 's', credentials: { accessKeyId: SECRET, secretAccessKey: SECRET }, allowedOrigins: [ORIGIN], queue: { sendBatch: async () => {} } };
  const wrong = () => ({ ...right, allowedOrigins: [`https://${SECRET}.test/path`] });
  const misspelt = () => ({ ...right, alowedOrigins: [SECRET] });
  const throwing = () => {
    throw new Error(SECRET);
  };
  const JSON_TYPE = { 'content-type': 'application/json' };
  const PREFLIGHT = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  const send = (options, path, { method = 'POST', headers = JSON_TYPE, origin = 'https://any.test' } = {}) => {
    const body = method === 'POST' ? JSON.stringify(event()) : null;
    return createCollector(options).fetch(new Request(`https://collector.test${path}`, { method, headers: { origin, ...headers }, body }));
  };

  for (const [name, options, path, status] of [
    ['an options function that throws', throwing, '/collect', 500],
    ['allowedOrigins with a path', wrong, '/collect', 500],
    ['a misspelt option', misspelt, '/collect', 500],
    ['no options at all', () => undefined, '/health', 500],
    ['another path', () => right, '/colect', 404],
    ['the path of the health', () => right, '/health', 405],
  ]) {
    test(name, async () => {
      const answer = await send(options, path);
      assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [status, '*']);
      assert.doesNotMatch(`${JSON.stringify([...answer.headers])}${await answer.text()}`, /hush|any\.test|allowedOrigins/);
      const preflight = await send(options, path, { method: 'OPTIONS', headers: PREFLIGHT });
      const granted = ['origin', 'methods', 'headers'].map((what) => preflight.headers.get(`access-control-allow-${what}`));
      assert.deepEqual([preflight.status, granted[0]], [204, '*']);
      assert.match(granted[1], /POST/);
      assert.match(granted[2], /content-type/);
      // The next answer may be another, so that no browser keeps this one.
      assert.equal(preflight.headers.get('access-control-max-age'), '0');
      assert.equal((await send(options, path, { method: 'OPTIONS', headers: {} })).status, status);
    });
  }

  test('an origin that is refused still reads nothing', async () => {
    for (const request of [{}, { method: 'OPTIONS', headers: PREFLIGHT }]) {
      const answer = await send(() => right, '/collect', request);
      assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [403, null]);
    }
  });
});
