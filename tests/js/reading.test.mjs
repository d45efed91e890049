// Reading a stream, and what results and errors say of their call: against the embedded Kinesis.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AccessDeniedException,
  Kinesis,
  KinesisClient,
  KinesisError,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
  paginateGetRecords,
  paginateListShards,
  paginateListStreams,
} from 'kinesis-edge';
import { CREDENTIALS, startKinesisWith } from './kinesis.mjs';

const StreamName = 'reading';
let kinesis;
let client;

before(async () => {
  ({ kinesis, client } = await startKinesisWith(StreamName, 3));
});
after(() => kinesis?.stop());

/** A client whose requests of one operation are answered with an exception, the first `times` of them. */
function failing(operation, type, times, status = 400) {
  let left = times;
  const asked = [];
  const fetchOrFail = (url, init) => {
    const target = init.headers['x-amz-target'].split('.')[1];
    asked.push(target);
    if (target !== operation || left === 0) return fetch(url, init);
    left -= 1;
    const body = JSON.stringify({ __type: type, message: 'made up' });
    return Promise.resolve(new Response(body, { status, headers: { 'x-amzn-requestid': 'id-of-the-last' } }));
  };
  const options = { region: 'us-east-1', endpoint: kinesis.endpoint, credentials: CREDENTIALS, fetch: fetchOrFail };
  return { client: new KinesisClient(options), asked };
}

/** Pages of ListShards as AWS has them, cut from the whole list of the embedded Kinesis, which knows no token of its own. */
function paging(name) {
  const fetchPage = async (url, init) => {
    const { NextToken, StreamName: named, MaxResults, ...others } = JSON.parse(new TextDecoder().decode(init.body));
    assert.deepEqual(others, {});
    assert.ok((NextToken === undefined) !== (named === undefined), 'either a name or a token');
    const { Shards } = await client.listShards({ StreamName: name });
    const from = Number(NextToken ?? 0);
    const to = from + MaxResults;
    return Response.json({ Shards: Shards.slice(from, to), ...(to < Shards.length && { NextToken: `${to}` }) });
  };
  return new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: CREDENTIALS, fetch: fetchPage });
}

async function putTexts(texts, PartitionKey) {
  for (const Data of texts) await client.putRecord({ StreamName, Data, PartitionKey });
}

async function shardWith(PartitionKey) {
  const { ShardId } = await client.putRecord({ StreamName, Data: 'first', PartitionKey });
  return ShardId;
}

test('the records of a shard come page by page, as bytes, to the newest', async () => {
  const ShardId = await shardWith('pages');
  await putTexts(['second', 'third'], 'pages');
  const pages = [];
  const from = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  for await (const { Records } of paginateGetRecords({ client, pageSize: 2, pauseMs: 0, stopAtLatest: true }, from)) pages.push(Records);
  assert.deepEqual(pages.map((records) => records.length), [2, 1, 0]);
  const records = pages.flat();
  assert.deepEqual(records.map(({ Data }) => new TextDecoder().decode(Data)), ['first', 'second', 'third']);
  for (const record of records) {
    assert.equal(record.PartitionKey, 'pages');
    assert.ok(record.Data instanceof Uint8Array);
    assert.ok(Math.abs(record.ApproximateArrivalTimestamp - Date.now()) < 600_000);
  }
});

test('an iterator that has expired is replaced by one after the last record: none is read twice', async () => {
  const ShardId = await shardWith('expires');
  await putTexts(['second', 'third'], 'expires');
  const { client: ofExpiry, asked } = failing('GetRecords', 'ExpiredIteratorException', 1);
  const texts = [];
  const from = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  let pages = 0;
  for await (const { Records } of paginateGetRecords({ client: ofExpiry, pageSize: 1, pauseMs: 0, stopAtLatest: true }, from)) {
    pages += 1;
    texts.push(...Records.filter(({ PartitionKey }) => PartitionKey === 'expires').map(({ Data }) => new TextDecoder().decode(Data)));
  }
  assert.deepEqual(texts, ['first', 'second', 'third']);
  assert.equal(asked.filter((operation) => operation === 'GetShardIterator').length, 2);
  assert.ok(pages >= 3);
});

test('an iterator of LATEST that expires before the first record leaves none out', async () => {
  const PartitionKey = 'expires before the first record';
  const ShardId = await shardWith(PartitionKey);
  let haveExpired = false;
  const fetchOrExpire = async (url, init) => {
    if (haveExpired || init.headers['x-amz-target'] !== 'Kinesis_20131202.GetRecords') return fetch(url, init);
    haveExpired = true;
    // The embedded Kinesis has the time of a record in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await putTexts(['meanwhile'], PartitionKey);
    return Response.json({ __type: 'ExpiredIteratorException', message: 'made up' }, { status: 400 });
  };
  const expiring = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: CREDENTIALS, fetch: fetchOrExpire });
  const texts = [];
  for await (const { Records } of paginateGetRecords({ client: expiring, pauseMs: 0, stopAtLatest: true }, { StreamName, ShardId, ShardIteratorType: 'LATEST' }))
    texts.push(...Records.filter((record) => record.PartitionKey === PartitionKey).map(({ Data }) => new TextDecoder().decode(Data)));
  assert.deepEqual(texts, ['meanwhile']);
});

test('an abort signal ends the pages', async () => {
  const controller = new AbortController();
  const { Shards } = await client.listShards({ StreamName });
  const from = { StreamName, ShardId: Shards[0].ShardId, ShardIteratorType: 'LATEST' };
  const pages = paginateGetRecords({ client, pauseMs: 60_000, abortSignal: controller.signal }, from);
  await pages.next();
  const next = pages.next();
  controller.abort();
  await assert.rejects(next, { name: 'AbortError', code: 'ERR_ABORTED' });
});

test('arguments of a paginator are checked', async () => {
  const from = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST' };
  const isRefused = (named) => ({ name: 'KinesisError', code: 'ERR_INVALID_ARGUMENT', message: new RegExp(`^${named}`) });
  for (const [bad, named] of [
    [{ pauseMs: -1 }, 'pauseMs'],
    [{ pauseMs: NaN }, 'pauseMs'],
    [{ pauseMs: 'x' }, 'pauseMs'],
    [{ pageSize: 0 }, 'pageSize'],
    [{ pageSize: 10_001 }, 'pageSize'],
    [{ client: {} }, 'client'],
  ]) {
    await assert.rejects(paginateGetRecords({ client, ...bad }, from).next(), isRefused(named));
  }
  for (const paginate of [paginateGetRecords, paginateListShards, paginateListStreams]) {
    await assert.rejects(paginate().next(), isRefused('the first argument'));
    await assert.rejects(paginate({ client }, null).next(), isRefused('input'));
  }
});

test('streams and shards come page by page', async () => {
  for (const name of ['reading-1', 'reading-2']) await client.call('CreateStream', { StreamName: name, ShardCount: 1 });
  const names = [];
  for await (const { StreamNames } of paginateListStreams({ client, pageSize: 1 }, {})) {
    assert.equal(StreamNames.length, 1);
    names.push(...StreamNames);
  }
  assert.deepEqual(names, ['reading', 'reading-1', 'reading-2']);
  const ids = [];
  for await (const { Shards } of paginateListShards({ client: paging(StreamName), pageSize: 2 }, { StreamName })) ids.push(Shards.map(({ ShardId }) => ShardId));
  assert.deepEqual(ids.map((page) => page.length), [2, 1]);
  assert.deepEqual(ids.flat(), (await client.listShards({ StreamName })).Shards.map(({ ShardId }) => ShardId));
});

test('a time that is none is refused, and named', async () => {
  const reader = new Kinesis({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: CREDENTIALS });
  const input = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date('never') };
  await assert.rejects(reader.getShardIterator(input), { code: 'ERR_INVALID_ARGUMENT', message: /Timestamp/ });
});

test('a result says how its call went, beside its data', async () => {
  const result = await client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
  assert.deepEqual(Object.keys(result).filter((name) => name.startsWith('$')), []);
  const { requestId, ...rest } = result.$metadata;
  assert.match(requestId, /^[\w-]{10,}$/);
  assert.deepEqual(rest, { httpStatusCode: 200, attempts: 1, totalRetryDelay: 0 });
});

test('attempts and waits are counted in what succeeds at last and in what fails', async () => {
  const throttled = failing('PutRecord', 'ProvisionedThroughputExceededException', 2);
  const { $metadata } = await throttled.client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' });
  assert.equal($metadata.attempts, 3);
  assert.equal($metadata.httpStatusCode, 200);
  assert.ok($metadata.totalRetryDelay >= 0 && $metadata.totalRetryDelay < 60_000);
  assert.notEqual($metadata.requestId, 'id-of-the-last');

  const refused = failing('PutRecord', 'ProvisionedThroughputExceededException', 9);
  const error = await refused.client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' }).catch((thrown) => thrown);
  assert.deepEqual([error.$metadata.attempts, error.$metadata.httpStatusCode, error.$metadata.requestId], [3, 400, 'id-of-the-last']);
  assert.equal(error.attempts, 3);

  const lost = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: CREDENTIALS, fetch: () => Promise.reject(new TypeError('lost')), maxAttempts: 2 });
  const network = await lost.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' }).catch((thrown) => thrown);
  assert.deepEqual([network.code, network.$metadata.attempts, 'httpStatusCode' in network.$metadata], ['ERR_NETWORK', 2, false]);
});

test('an exception of AWS is an instance of the class with its name, and of no other', async () => {
  const error = await client.putRecord({ StreamName: 'none', Data: 'x', PartitionKey: 'k' }).catch((thrown) => thrown);
  assert.deepEqual(
    [ResourceNotFoundException, KinesisError, Error, AccessDeniedException, ProvisionedThroughputExceededException].map((type) => error instanceof type),
    [true, true, true, false, false],
  );
  assert.equal({ name: 'ResourceNotFoundException' } instanceof ResourceNotFoundException, false);
  const own = new ResourceNotFoundException({ message: 'made for a test' });
  assert.ok(own instanceof ResourceNotFoundException && own instanceof KinesisError);
  assert.deepEqual([own.name, own.code, own.message], ['ResourceNotFoundException', 'ERR_SERVICE', 'made for a test']);
  assert.equal(ResourceNotFoundException.name, 'ResourceNotFoundException');
});

test('the JSON of an error has its name and message', async () => {
  const error = await client.putRecord({ StreamName: 'none', Data: 'x', PartitionKey: 'k' }).catch((thrown) => thrown);
  const { name, message, code, status } = JSON.parse(JSON.stringify(error));
  assert.deepEqual([name, message, code, status], ['ResourceNotFoundException', error.message, 'ERR_SERVICE', 400]);
});
