// A client and a dispatcher where the host is not as they expect: clocks that stand, providers and observers that call back, callers that
// take pages apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisBatchDispatcher,
  KinesisClient,
  ListStreamsCommand,
  paginateGetRecords,
  paginateListShards,
} from 'kinesis-edge';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-of-the-tests' };
const STORED = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };
const json = (value, status = 200) => new Response(JSON.stringify(value), { status });
const clientWith = (options) => new KinesisClient({ region: 'us-east-1', credentials: CREDENTIALS, ...options });
const RECORD = { StreamName: 's', PartitionKey: 'k', Data: 'x' };

/** Runs `work` with another member of a global. */
async function withReplaced(owner, name, value, work) {
  const own = owner[name];
  owner[name] = value;
  try {
    return await work();
  } finally {
    owner[name] = own;
  }
}

test('a dispatcher keeps payloads until they are flushed, also for longer than a record of a producer lives', async () => {
  const real = performance.now.bind(performance);
  const bodies = [];
  const fetch = async (_, { body }) => {
    const { Records } = JSON.parse(Buffer.from(body));
    bodies.push(Records.length);
    return json({ FailedRecordCount: 0, Records: Records.map(() => STORED) });
  };
  const dispatcher = new KinesisBatchDispatcher('s', { region: 'us-east-1', credentials: CREDENTIALS, fetch });
  await dispatcher.submitPayload({ n: 1 });
  await withReplaced(performance, 'now', () => real() + 3_600_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    await dispatcher.submitPayload({ n: 2 });
    assert.deepEqual(await dispatcher.flushPayloads(), []);
  });
  assert.deepEqual(bodies, [2]);
});

test('a call is tried again although the clock of the device stands', async () => {
  const answers = [json({ __type: 'InternalFailure' }, 500), json(STORED)];
  const at = Date.now();
  await withReplaced(Date, 'now', () => at, async () => {
    const { $metadata } = await clientWith({ fetch: async () => answers.shift() }).putRecord(RECORD);
    assert.equal($metadata.attempts, 2);
  });
});

test('a record of recordBytesMax fits into a request of putRecords', async () => {
  const client = clientWith({ recordBytesMax: 10 * 1024 * 1024, fetch: async () => json({ FailedRecordCount: 0, Records: [STORED] }) });
  const { FailedRecordCount } = await client.putRecords({ StreamName: 's', Records: [{ PartitionKey: 'k', Data: new Uint8Array(6 * 1024 * 1024) }] });
  assert.equal(FailedRecordCount, 0);
});

test('a paginator goes on after the last record, also where its caller takes the records out of the page', async () => {
  const asked = [];
  const pages = [
    { Records: [{ SequenceNumber: '7', PartitionKey: 'k', Data: '', ApproximateArrivalTimestamp: 1 }], NextShardIterator: 'second', MillisBehindLatest: 0 },
    { __type: 'ExpiredIteratorException', message: 'expired' },
    { Records: [], NextShardIterator: 'third', MillisBehindLatest: 0 },
  ];
  const fetch = async (_, { headers, body }) => {
    const operation = headers['x-amz-target'].split('.')[1];
    asked.push([operation, JSON.parse(Buffer.from(body)).ShardIteratorType]);
    if (operation === 'GetShardIterator') return json({ ShardIterator: 'first' });
    const page = pages.shift();
    return json(page, page.__type ? 400 : 200);
  };
  const reading = paginateGetRecords({ client: clientWith({ fetch }), stopAtLatest: true, pauseMs: 0 }, { StreamName: 's', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' });
  for await (const { Records } of reading) Records.splice(0);
  assert.deepEqual(asked.filter(([operation]) => operation === 'GetShardIterator').map(([, type]) => type), ['TRIM_HORIZON', 'AFTER_SEQUENCE_NUMBER']);
});

test('an observer that uses its client while the provider is asked joins that call', async () => {
  let calls = 0;
  let client;
  const credentials = async () => {
    calls += 1;
    return CREDENTIALS;
  };
  const more = [];
  client = clientWith({ credentials, fetch: async () => json(STORED), onEvent: ({ type, state }) => type === 'credentials' && state === 'asked' && more.push(client.putRecord(RECORD)) });
  await Promise.resolve();
  await client.putRecord(RECORD);
  await Promise.all(more);
  assert.deepEqual([calls, more.length], [1, 1]);
});

test('a provider that uses its client before it waits for anything joins its own call', async () => {
  let calls = 0;
  const more = [];
  const credentials = () => {
    calls += 1;
    more.push(client.putRecord(RECORD));
    return Promise.resolve(CREDENTIALS);
  };
  const client = clientWith({ credentials, fetch: async () => json(STORED) });
  await client.putRecord(RECORD);
  await Promise.all(more);
  assert.deepEqual([calls, more.length], [1, 1]);
});

test('keys that come after requestTimeoutMs serve the next call', async () => {
  let calls = 0;
  const credentials = () => {
    calls += 1;
    return new Promise((resolve) => setTimeout(resolve, 300, CREDENTIALS));
  };
  const client = clientWith({ credentials, fetch: async () => json(STORED), requestTimeoutMs: 100 });
  await assert.rejects(client.putRecord(RECORD), { code: 'ERR_CREDENTIALS', message: /within 100 ms/ });
  await new Promise((resolve) => setTimeout(resolve, 400));
  await client.putRecord(RECORD);
  assert.equal(calls, 1);
});

test('keys that come late do not replace those of a later call', async () => {
  const keysOf = (accessKeyId) => ({ ...CREDENTIALS, accessKeyId });
  let calls = 0;
  const used = [];
  const credentials = () => new Promise((resolve) => setTimeout(resolve, (calls += 1) === 1 ? 400 : 10, keysOf(`KEY${calls}`)));
  let isRefused = false;
  const fetch = async (_, { headers }) => {
    const [, id] = /Credential=(\w+)\//.exec(new Headers(headers).get('authorization'));
    used.push(id);
    return isRefused && id === 'KEY2' ? json({ __type: 'ExpiredTokenException', message: 'old' }, 400) : json(STORED);
  };
  const client = clientWith({ credentials, fetch, requestTimeoutMs: 100 });
  await assert.rejects(client.putRecord(RECORD), { code: 'ERR_CREDENTIALS' });
  await client.putRecord(RECORD);
  await new Promise((resolve) => setTimeout(resolve, 400));
  isRefused = true;
  await client.putRecord(RECORD);
  assert.deepEqual(used, ['KEY2', 'KEY2', 'KEY3']);
});

test('no log and no event has the token that a provider puts into its error', async () => {
  const sessionToken = 'the-session-token-of-this-test-1234567890';
  const said = [];
  const note = (...parts) => void said.push(JSON.stringify(parts, (_, value) => (value instanceof Error ? `${value.name} ${value.message}` : value)));
  let isFirst = true;
  const credentials = async () => {
    if (!isFirst) throw new Error(`GET /refresh?token=${sessionToken} answered 500`);
    isFirst = false;
    return { ...CREDENTIALS, sessionToken, expiration: new Date(Date.now() + 1000) };
  };
  const logger = { debug: note, info: note, warn: note, error: note };
  const client = clientWith({ credentials, fetch: async () => json(STORED), logger, onEvent: note });
  await client.putRecord(RECORD);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  for (let count = 0; count < 4; count += 1) await client.putRecord(RECORD).catch(note);
  assert.ok(said.some((text) => text.includes('the provider failed')), said.join('\n'));
  assert.deepEqual(said.filter((text) => text.includes(sessionToken)), []);
});

test('listShards refuses what asks for some of the shards', async () => {
  const client = clientWith({ fetch: async () => json({ Shards: [] }) });
  for (const filter of [{ ShardFilter: { Type: 'AT_LATEST' } }, { ExclusiveStartShardId: 'shardId-000000000000' }, { NextToken: 'a' }])
    await assert.rejects(client.listShards({ StreamName: 's', ...filter }), { code: 'ERR_INVALID_ARGUMENT', message: new RegExp(Object.keys(filter)[0]) });
  assert.deepEqual((await client.listShards({ StreamName: 's', MaxResults: 100 })).Shards, []);
});

test('a body that lacks what a reading operation returns is an error of the service, and never read', async () => {
  const stream = { StreamName: 's' };
  const page = { ShardIterator: 'i' };
  const Records = [{ Data: 'eA==', SequenceNumber: '1', PartitionKey: 'k', ApproximateArrivalTimestamp: 1 }];
  const reads = {
    getRecords: [(client) => client.send(new GetRecordsCommand(page)), { Records }, [{}, { Records: null }, { Records: [null] }, { Records: [{ Data: 7 }] }, { Records: [{ SequenceNumber: '1', Data: '!!!!' }] }, { Records: [{ Data: 'eA==' }] }]],
    getShardIterator: [(client) => client.send(new GetShardIteratorCommand({ ...stream, ShardId: 'x', ShardIteratorType: 'LATEST' })), page, [{}, { ShardIterator: 7 }]],
    describeStream: [(client) => client.send(new DescribeStreamCommand(stream)), { StreamDescription: { StreamName: 's', StreamCreationTimestamp: 1 } }, [{}, { StreamDescription: null }, { StreamDescription: [] }]],
    listStreams: [(client) => client.send(new ListStreamsCommand({})), { StreamNames: [] }, [{}, { StreamNames: 's' }]],
    listShards: [(client) => paginateListShards({ client }, stream).next().then(({ value }) => value), { Shards: [] }, [{}, { Shards: {} }]],
  };
  for (const [name, [read, good, wrong]] of Object.entries(reads)) {
    await read(clientWith({ fetch: async () => json(good) }));
    for (const body of wrong) {
      const message = /^the response to \w+ is not complete: /;
      await assert.rejects(read(clientWith({ fetch: async () => json(body) })), { code: 'ERR_SERVICE', message }, `${name} ${JSON.stringify(body)}`);
    }
  }
  // What `call` itself resolves to is not judged.
  assert.deepEqual({ ...(await clientWith({ fetch: async () => json({}) }).call('ListStreams', {})) }, {});
});
