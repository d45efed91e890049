// An option that looks like another one is refused, with the name that was meant.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Kinesis, KinesisBatchDispatcher, KinesisClient, Producer, fromCognitoIdentityPool, fromWebToken, indexedDBOutbox, paginateListStreams } from 'kinesis-edge';
import { createCollector } from 'kinesis-edge/collector';
import { processRecords, recentMessageIds } from 'kinesis-edge/lambda';
import { instrument } from 'kinesis-edge/opentelemetry';
import { createTracker } from 'kinesis-edge/tracker';

const GIVEN = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };
const client = (options) => new KinesisClient({ ...GIVEN, ...options });
const producer = (options) => new Producer({ ...GIVEN, streamName: 'clicks', ...options });
const collector = (options) => createCollector(() => ({ ...GIVEN, streamName: 'clicks', allowedOrigins: '*', ...options }));
/** A collector reads its options with the first thing that it is to do. */
const used = (options) => collector(options).queue({ queue: 'q', messages: [] }, {});

async function refusal(make) {
  try {
    await make();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('an option that is misspelt, or that another library has, is refused with the right name', () => {
  for (const [make, name, meant] of [
    [client, 'maxRetries', 'maxAttempts'],
    [client, 'requestHandler', 'fetch'],
    [client, 'Region', 'region'],
    [client, 'requestTimeout', 'requestTimeoutMs'],
    [client, 'protocal', 'protocol'],
    [producer, 'StreamName', 'streamName'],
    [producer, 'stream_arn', 'streamARN'],
    [producer, 'streamArn', 'streamARN'],
    [producer, 'linger', 'lingerMs'],
    [producer, 'batchSize', 'requestRecordsMax'],
    [producer, 'onEror', 'onError'],
    [producer, 'maxRetries', 'maxAttempts'],
    [used, 'allowedOrigin', 'allowedOrigins'],
    [used, 'writekey', 'writeKey'],
    [used, 'stream', 'streamName'],
    [client, 'region_name', 'region'],
    [producer, 'aggregate', 'aggregation'],
    [producer, 'AggregationEnabled', 'aggregation'],
    [producer, 'MaxConnections', 'requestsInFlightMax'],
    [producer, 'flushSize', 'requestRecordsMax'],
  ]) {
    test(`${name}: ${meant}`, async () => {
      const error = await refusal(() => make({ [name]: 'x' }));
      assert.deepEqual([error?.name, error?.code], ['KinesisError', 'ERR_INVALID_ARGUMENT']);
      assert.match(error.message, new RegExp(`^${name} is not an option of \\w+: write ${meant}$`));
    });
  }
});

test('an option that is like none is left alone: one object may serve a client and a producer', async () => {
  client({ streamName: 'clicks', aggregation: 'key', ordering: 'key', lingerMs: 5, onError() {}, outbox: undefined, somethingElse: 1 });
  await producer({ allowedOrigins: '*', somethingElse: 1 }).close();
});

test('every option of a producer may be given to a client, and names of every object or of few letters to both', async () => {
  const { numericOptions, PRODUCER } = await import('../docs/numeric-options.mjs');
  for (const { name } of await numericOptions(PRODUCER)) client({ [name]: undefined, [`${name}`]: 5 });
  client({ constructor: 1, toString: 1, a: 1 });
  await producer({ constructor: 1, toString: 1, a: 1 }).close();
});

test('a client needs no options where the environment has all', () => {
  const before = { ...process.env };
  Object.assign(process.env, { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' });
  try {
    assert.ok(new KinesisClient());
    assert.ok(new Kinesis());
  } finally {
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) if (before[name] === undefined) delete process.env[name];
  }
});

describe('functions with few options refuse one that there is not', () => {
  const keys = { region: 'us-east-1', credentials: GIVEN.credentials };
  for (const [name, call, message] of [
    ['a call', () => new KinesisClient(keys).call('ListStreams', {}, { signal: 1 }), /^signal is not an option of a call: write abortSignal$/],
    ['flush', () => producer().flush({ keepAlive: true }), /^keepAlive is not an option of flush: write keepalive$/],
    ['flush with true', () => producer().flush(true), /^the options of flush must be an object with keepalive, not a boolean$/],
    ['KinesisBatchDispatcher', () => new KinesisBatchDispatcher('clicks', { ...GIVEN, partition_key_identifier: 'a' }), /write partitionKeyIdentifier$/],
    ['fromCognitoIdentityPool', () => fromCognitoIdentityPool({ identityPoolId: 'us-east-1:1', login: {} }), /^login is not an option of fromCognitoIdentityPool: write logins$/],
    ['fromWebToken', () => fromWebToken({ roleArn: 'arn:aws:iam::123456789012:role/a', webIdentityToken: 't', duration: 900 }), /write durationSeconds$/],
    ['paginateListStreams', () => paginateListStreams({ client: new KinesisClient(keys), pageSise: 1 }, {}).next(), /^pageSise is not an option of a paginator: write pageSize$/],
    ['processRecords', () => processRecords({ Records: [] }, () => {}, { recentMessage: 1 }), /^recentMessage is not an option of processRecords: write recentMessages$/],
    ['recentMessageIds', () => recentMessageIds({ idsmax: 1 }), /^idsmax is not an option of recentMessageIds: write idsMax$/],
  ]) {
    test(name, async () => {
      const error = await refusal(call);
      assert.equal(error?.code, 'ERR_INVALID_ARGUMENT', String(error));
      assert.match(error.message, message);
    });
  }
});

test('an option without a value is as good as none', () => {
  client({ somethingElse: undefined });
  producer({ somethingElse: undefined }).close();
});

test('an option of a collector does not reach the producer as an unknown one', async () => {
  const made = collector({ writeKey: 'k', eventsMax: 10, enrich: false });
  const { status } = await made.fetch(new Request('https://a.b/health'), {}, { waitUntil() {} });
  assert.equal(status, 200);
});

test('put and the dispatcher name theirs', async () => {
  const made = producer();
  await assert.rejects(made.put('x', { PartitionKey: 'k' }), { code: 'ERR_INVALID_ARGUMENT', message: /^PartitionKey is not an option of put: write partitionKey$/ });
  assert.equal(made.stats.recordsPut, 0);
  await made.close();
  assert.match((await refusal(() => new KinesisBatchDispatcher('clicks', { ...GIVEN, maxRetries: 3 }))).message, /^maxRetries is not an option of Producer/);
});

// ── one letter less, one twice, or two that have changed places ──

/** What makes a tracker believe that there is a page, for as long as `make` runs. */
function inPage(make) {
  const members = { document: {}, location: new URL('https://shop.example/'), origin: 'https://shop.example', addEventListener() {} };
  Object.assign(globalThis, members);
  try {
    return make();
  } finally {
    for (const name of Object.keys(members)) delete globalThis[name];
  }
}

/** The members of an interface, as its declaration has them. */
function membersOf(file, name) {
  const text = readFileSync(new URL(`../../src/shim/${file}`, import.meta.url), 'utf8');
  const [, body] = text.match(new RegExp(`interface ${name}[^{]*\\{\\n([^]*?)\\n\\}`));
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member);
}

/** The names that a function knows: it says them where it gets no object. */
const knownBy = async (make) => (await refusal(() => make(true))).message.match(/an object with ([\w, ]+), not a boolean/)[1].split(', ');

function misspellings(name) {
  const all = [...name].flatMap((letter, at) => {
    const [before, after, next] = [name.slice(0, at), name.slice(at + 1), name[at + 1] ?? ''];
    return [before + after, before + letter + letter + after, before + next + letter + after.slice(1)];
  });
  return [...new Set(all)];
}

const tracker = (options) => inPage(() => createTracker({ collectorUrl: '/collect', ...options }));
const OWNERS = {
  KinesisClient: [client, membersOf('client/options.ts', 'ClientOptions')],
  Producer: [producer, ['streamName', 'streamARN', ...membersOf('producer/options.ts', 'ProducerBaseOptions')]],
  createCollector: [used, membersOf('collector/types.ts', 'CollectorBaseOptions')],
  'a call': [(options) => new KinesisClient(GIVEN).call('ListStreams', {}, options)],
  put: [(options) => new Producer({ ...GIVEN, streamName: 'clicks' }).put('x', options)],
  flush: [(options) => producer().flush(options)],
  KinesisBatchDispatcher: [(options) => new KinesisBatchDispatcher('clicks', { ...GIVEN, ...options }), ['partitionKeyIdentifier', 'maxBatchSize']],
  fromCognitoIdentityPool: [fromCognitoIdentityPool],
  fromWebToken: [fromWebToken],
  'a paginator': [(options) => paginateListStreams({ client: new KinesisClient(GIVEN), ...options }, {}).next(), ['client', 'pageSize', 'stopAtLatest', 'pauseMs', 'abortSignal']],
  processRecords: [(options) => processRecords({ Records: [] }, () => {}, options)],
  recentMessageIds: [recentMessageIds],
  instrument: [(options) => instrument(new KinesisClient(GIVEN), options)],
  indexedDBOutbox: [indexedDBOutbox, membersOf('outbox/types.ts', 'IndexedDBOutboxOptions')],
  createTracker: [tracker, membersOf('tracker/types.ts', 'TrackerOptions')],
  autoTrack: [(autoTrack) => tracker({ autoTrack }), membersOf('tracker/types.ts', 'AutoTrackOptions')],
  redact: [(redact) => tracker({ redact }), membersOf('tracker/types.ts', 'RedactOptions')],
};

describe('an option with one letter less, one twice, or two in the wrong order is refused with the right name', () => {
  for (const [owner, [make, members]] of Object.entries(OWNERS)) {
    test(owner, async () => {
      const names = members ?? (await knownBy(make));
      assert.ok(names.length > 0);
      for (const name of names) {
        for (const misspelt of misspellings(name)) {
          if (names.includes(misspelt)) continue;
          const error = await refusal(() => make({ [misspelt]: 'x' }));
          assert.match(`${error?.code} ${error?.message}`, new RegExp(`^ERR_INVALID_ARGUMENT .*\\b${misspelt} is not .*: write (\\w+\\.)?${name}$`), misspelt);
        }
      }
    });
  }
});
