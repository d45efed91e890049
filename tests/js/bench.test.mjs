// The benchmark is fair and reads its figures right: nothing here looks at a time.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import kinesisAgg from 'aws-kinesis-agg';
import { deaggregate } from 'kinesis-edge';
import { problemOf } from '../../xtask/budget.mjs';
import { aggregate } from '../bench/cases/aggregate.js';
import { putRecord } from '../bench/cases/put-record.js';
import { large, putRecords } from '../bench/cases/put-records.js';
import { sign } from '../bench/cases/sign.js';
import { NodeSha256 } from '../bench/peers/node-sha256.mjs';
import { spread } from '../bench/rounds.js';
import { PUT_RECORD_ANSWER, countEntries, nextRequest, putRecordsAnswer, withStubbedFetch } from '../bench/stub.js';
import { rowsOf } from '../bench/targets.mjs';

for (const [name, contestants, answer] of [
  ['putRecord', putRecord, PUT_RECORD_ANSWER],
  ['putRecords', () => putRecords({}), putRecordsAnswer(500)],
  ['a request of 5 MiB', large, putRecordsAnswer(5)],
]) {
  test(`${name}: every client sends the same`, async () => {
    await withStubbedFetch(() => answer, async () => {
      const clients = contestants().filter(({ name: client }) => client !== 'floor');
      const sent = [];
      for (const { run } of clients) sent.push(JSON.parse(await bodyOfNext(run)));
      assert.equal(clients.length, 3);
      for (const body of sent.slice(1)) assert.deepEqual(body, sent[0]);
    });
  });
}

test('signing: every signer signs', async () => {
  const peers = sign({ NodeSha256 }).filter(({ name }) => name !== 'floor');
  assert.equal(peers.length, 4);
  for (const { run } of peers) await assert.doesNotReject(async () => run(1));
});

test('aggregation: the producer hands all 1,000 records to fetch', async () => {
  await withStubbedFetch(countEntries, async () => {
    const [ours] = aggregate({ kinesisAgg });
    const { Records } = JSON.parse(await bodyOfNext(ours.run));
    const records = Records.flatMap(({ PartitionKey, Data }) => deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') }));
    assert.equal(records.length, 1000);
    assert.equal(new Set(records.map(({ data }) => createHash('md5').update(data).digest('hex'))).size, 1000);
  });
});

test('the median and the quartiles', () => {
  assert.deepEqual(spread([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4, count: 5 });
  assert.deepEqual(spread([4, 1, 2, 3]), { median: 2.5, low: 1.75, high: 3.25, count: 4 });
});

test('a target is met at its limit and missed past it', () => {
  const verdictAt = (theirs) => {
    const cases = { sign: [one('kinesis-edge', 1), one('aws4fetch', theirs)] };
    const [row] = rowsOf({ sizes: [], runtimes: { chromium: { cases } } }).filter(({ peer }) => peer === 'aws4fetch');
    return row.met;
  };
  assert.equal(verdictAt(25), true);
  assert.equal(verdictAt(24.99), false);
});

test('a share of the floor is met at its limit and missed past it', () => {
  const verdictAt = (ours) => {
    const cases = { putRecords: [one('kinesis-edge', ours), one('floor', 1)] };
    const [row] = rowsOf({ sizes: [], runtimes: { node: { cases } } }).filter(({ peer }) => peer === 'floor');
    return row.met;
  };
  assert.equal(verdictAt(2.5), true);
  assert.equal(verdictAt(2.51), false);
});

test('an entry is within its budget up to 0.5 % over it and 1 % under it', () => {
  assert.equal(problemOf('entry', 10_050, 10_000), undefined);
  assert.match(problemOf('entry', 10_051, 10_000), /51 bytes over/);
  assert.equal(problemOf('entry', 9900, 10_000), undefined);
  assert.match(problemOf('entry', 9899, 10_000), /101 bytes under/);
  assert.match(problemOf('entry', 1, undefined), /no budget/);
});

/** Runs once and gives the text of the body that is handed over. */
async function bodyOfNext(run) {
  const seen = nextRequest(textOf);
  await run(1);
  return seen;
}

/** aws4fetch hands over a `Request`, ours the two arguments of `fetch`, the AWS SDK a request of its own. */
function textOf({ url, init, body }) {
  if (url instanceof Request) return url.text();
  const sent = init?.body ?? body;
  return typeof sent === 'string' ? sent : new TextDecoder().decode(sent);
}

function one(name, median) {
  return { name, wall: { median, low: median, high: median, count: 1 } };
}
