// A device that has slept for 8 hours: its clock has gone on, and the one that is never set back (`performance.now`) has stood still.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Producer } from 'kinesis-edge';

const SLEEP_MS = 8 * 3_600_000;
const RealDate = Date;
let sleptMs = 0;

before(() => {
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length > 0) super(...parts);
      else super(Date.now());
    }
    static now() {
      return RealDate.now() + sleptMs;
    }
  };
});
after(() => (globalThis.Date = RealDate));

/** A Kinesis that refuses, as the real one, what was signed more than five minutes ago, and whose answers show no date. */
function kinesis() {
  const state = { signedAgoMs: [], isOnline: true };
  state.fetch = async (_, { headers, body }) => {
    if (!state.isOnline) throw new TypeError('Failed to fetch');
    const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(new Headers(headers).get('x-amz-date'));
    const signedAt = RealDate.UTC(year, month - 1, day, hour, minute, second);
    state.signedAgoMs.push(Date.now() - signedAt);
    const { Records } = JSON.parse(new TextDecoder().decode(body));
    return Response.json({ FailedRecordCount: 0, Records: Records.map(() => ({ ShardId: 'shardId-0', SequenceNumber: '1' })) });
  };
  return state;
}

function producerAt({ fetch }, options) {
  return new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' }, fetch, lingerMs: 0, ...options });
}

test('signatures have the time of now after it', async () => {
  const service = kinesis();
  const producer = producerAt(service);
  await producer.put('before');
  sleptMs += SLEEP_MS;
  await producer.put('after');
  await producer.flush();
  for (const ms of service.signedAgoMs) assert.ok(Math.abs(ms) <= 5000, `signed ${ms} ms ago`);
  assert.equal(service.signedAgoMs.length, 2);
  assert.ok(Math.abs(producer.stats.clockOffsetMs - SLEEP_MS) < 2000, 'the offset of the clock that has stood still');
  await producer.close();
});

test('what was put before it is sent after it: its life has stood still', async () => {
  const service = kinesis();
  service.isOnline = false;
  const producer = producerAt(service, { recordTtlMs: 60_000 });
  const record = producer.put('before');
  await new Promise((resolve) => setTimeout(resolve, 50));
  sleptMs += SLEEP_MS;
  service.isOnline = true;
  assert.equal((await record).shardId, 'shardId-0');
  for (const ms of service.signedAgoMs) assert.ok(Math.abs(ms) <= 5000, `signed ${ms} ms ago`);
  await producer.close();
});

test('the provider is asked anew for keys that have expired meanwhile', async () => {
  const service = kinesis();
  let asked = 0;
  const credentials = async () => {
    asked += 1;
    return { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 't', expiration: new Date(Date.now() + 3_600_000) };
  };
  const producer = producerAt(service, { credentials });
  await producer.put('before');
  // Within a second a provider that has answered is not asked again.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  sleptMs += SLEEP_MS;
  await producer.put('after');
  assert.equal(asked, 2);
  await producer.close();
});
