// What the oldest supported browsers lack (Chrome and Edge 91, Firefox 90, Safari 16.4; README), removed from a page in Chromium,
// and what old libraries add to built-in prototypes. CHROME_PATH is the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KinesisClient } from 'kinesis-edge';
import { chromium } from 'playwright-core';
import { serveFiles } from './files.mjs';
import { startKinesis } from './servers.mjs';

const STREAM = 'older-engines';
let browser;
let files;
let kinesis;
let client;

before(async () => {
  [kinesis, files] = await Promise.all([startKinesis(), serveFiles()]);
  client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' } });
  await client.call('CreateStream', { StreamName: STREAM, ShardCount: 1 });
  browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
});
after(async () => {
  await browser?.close();
  await Promise.all([kinesis?.stop(), files?.stop()]);
});

/** Removes what came after the oldest browsers, and some that they have. Runs in the page, before all else. */
function removeApis() {
  const owners = {
    URL: [URL, 'canParse', 'parse'],
    AbortSignal: [AbortSignal, 'timeout', 'any'],
    signals: [AbortSignal.prototype, 'reason', 'throwIfAborted'],
    globals: [globalThis, 'FinalizationRegistry', 'WeakRef', 'structuredClone', 'navigation', 'scheduler', 'WritableStream', 'WebSocketPair'],
    navigator: [Navigator.prototype, 'locks', 'userAgentData', 'storage'],
    crypto: [Crypto.prototype, 'randomUUID'],
    Object: [Object, 'hasOwn', 'groupBy'],
    arrays: [Array.prototype, 'at', 'findLast', 'findLastIndex', 'toSorted', 'toSpliced', 'with'],
    typedArrays: [Object.getPrototypeOf(Uint8Array.prototype), 'at', 'findLast', 'toSorted'],
    texts: [String.prototype, 'at', 'isWellFormed', 'toWellFormed', 'replaceAll'],
    Promise: [Promise, 'withResolvers', 'any', 'try'],
    Response: [Response, 'json'],
    bytes: [Uint8Array, 'fromBase64', 'fromHex'],
  };
  const left = [];
  for (const [owner, ...names] of Object.values(owners)) {
    for (const name of names) {
      delete owner[name];
      if (name in owner) left.push(name);
    }
  }
  // `Symbol.asyncDispose` cannot be deleted.
  const { Symbol: native } = globalThis;
  const older = (...args) => native(...args);
  for (const name of Object.getOwnPropertyNames(native)) if (!/dispose|length|name/i.test(name)) older[name] = native[name];
  globalThis.Symbol = older;
  globalThis.notRemoved = left;
}

/** What Prototype.js up to 1.7 does to built-in prototypes. Runs in the page, before all else. */
function addOldLibrary() {
  const toText = (value) => (typeof value === 'string' ? `"${value}"` : Array.isArray(value) ? `[${value.map(toText).join(', ')}]` : String(value));
  for (const { prototype } of [Array, String, Number]) {
    prototype.toJSON = function () {
      return toText(this.valueOf());
    };
  }
  Array.from = (items) => [...items];
  Array.prototype.reduce = function () {
    return this.length > 1 ? this : this[0];
  };
  globalThis.isPatched = JSON.stringify([1]) !== '[1]';
}

/** Puts by every way, and returns what settled. Runs in the page. */
async function putByEveryWay({ endpoint, streamName }) {
  const { KinesisClient, KinesisError, Producer, fromCognitoIdentityPool, hashKey, indexedDBOutbox, ready, shardFor, signRequest } = await import('/dist/browser.js');
  const { createTracker } = await import('/dist/tracker.js');
  await ready;
  const options = { region: 'us-east-1', endpoint, credentials: async () => ({ accessKeyId: 'PAGE', secretAccessKey: 's', expiration: new Date(Date.now() + 3_600_000) }) };
  const client = new KinesisClient(options);
  const records = ['first', 'second'].map((Data) => ({ Data, PartitionKey: 'k' }));
  await client.putRecord({ StreamName: streamName, Data: 'y'.repeat(50_000), PartitionKey: 'k' }, { abortSignal: new AbortController().signal });
  await client.putRecords({ StreamName: streamName, Records: records });
  await client.call('PutRecords', { StreamName: streamName, Records: [{ Data: btoa('by call'), PartitionKey: 'k' }] });
  const aborted = new AbortController();
  aborted.abort();
  const error = await client.putRecord({ StreamName: streamName, Data: 'x', PartitionKey: 'k' }, { abortSignal: aborted.signal }).catch((thrown) => thrown);
  const { Shards } = await client.listShards({ StreamName: streamName });

  const producer = new Producer({ ...options, streamName, outbox: indexedDBOutbox({ name: 'older' }), aggregation: 'off' });
  await Promise.all([producer.put({ list: [1, 'two', [3]] }), producer.put([1, 2]), producer.put('é'), producer.put('z'.repeat(60_000)), producer.put(7)]);
  await producer.close();
  const plain = new Producer({ ...options, streamName });
  const tracker = createTracker({ producer: plain, autoTrack: false, dropBots: false, persist: true });
  tracker.track('tracked', { list: [1, 'two'] });
  await tracker.flush();
  await tracker.close();
  const signed = signRequest({ method: 'GET', url: 'https://example.com/?a=1', region: 'us-east-1', service: 'sqs', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  const cognito = await fromCognitoIdentityPool({ identityPoolId: 'us-east-1:1', clientConfig: { endpoint: `${endpoint}/none` } })().catch((thrown) => thrown);
  return {
    codes: [error.code, error instanceof KinesisError, cognito.code].join(),
    isSigned: signed.headers.authorization.startsWith('AWS4-HMAC-SHA256 '),
    shard: shardFor(Shards, { partitionKey: 'k' })?.ShardId,
    hash: hashKey('a'),
    stats: `${producer.stats.recordsDelivered} of ${producer.stats.recordsPut}`,
  };
}

for (const [what, change] of [['without the APIs that came later', removeApis], ['with what Prototype.js adds', addOldLibrary]]) {
  test(`records are put, kept in an outbox and tracked in a page ${what}`, async () => {
    const context = await browser.newContext();
    await context.addInitScript(change);
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(files.endpoint);
    const before = (await storedTexts()).length;
    const outcome = await page.evaluate(putByEveryWay, { endpoint: kinesis.endpoint, streamName: STREAM });
    if (change === removeApis) assert.equal(await page.evaluate(() => globalThis.notRemoved.join()), '');
    else assert.equal(await page.evaluate(() => globalThis.isPatched), true);
    await context.close();
    assert.deepEqual(outcome, { codes: 'ERR_ABORTED,true,ERR_CREDENTIALS', isSigned: true, shard: 'shardId-000000000000', hash: '16955237001963240173058271559858726497', stats: '5 of 5' });
    assert.deepEqual(errors, []);
    const stored = (await storedTexts()).slice(before);
    for (const text of ['first', 'second', 'by call', '{"list":[1,"two",[3]]}', '[1,2]', 'é', '7', 'z'.repeat(60_000), 'y'.repeat(50_000)]) {
      assert.equal(stored.filter((other) => other === text).length, 1, `${text.slice(0, 30)} of ${stored.map((other) => other.slice(0, 40)).join(' | ')}`);
    }
    const [event, ...more] = stored.filter((text) => text.includes('tracked')).map((text) => JSON.parse(text));
    assert.deepEqual([event.event, event.properties, more.length], ['tracked', { list: [1, 'two'] }, 0]);
  });
}

async function storedTexts() {
  const [{ ShardId }] = (await client.listShards({ StreamName: STREAM })).Shards;
  const { ShardIterator } = await client.call('GetShardIterator', { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { Records } = await client.call('GetRecords', { ShardIterator });
  return Records.map(({ Data }) => Buffer.from(Data, 'base64').toString());
}
