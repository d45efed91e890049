// An option that looks like another one is refused, with the name that was meant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KinesisBatchDispatcher, KinesisClient, Producer } from 'kinesis-edge';
import { createCollector } from 'kinesis-edge/collector';

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
