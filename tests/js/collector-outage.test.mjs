// What becomes of events that a collector has answered with 202 while Kinesis is out of reach for longer than ten attempts take.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createCollector } from 'kinesis-edge/collector';
import { post } from './collector/node-collector.mjs';
import { ORIGIN, event, until } from './collector/setup.mjs';

/** More than a producer makes where its user has set nothing. */
const FAILURES = 12;
const OUTAGES = [
  ['a page of the host\'s egress with status 522', () => new Response('<html>error code: 522</html>', { status: 522 })],
  ['InternalFailure', () => Response.json({ __type: 'InternalFailure' }, { status: 500 })],
  ['a network that is lost', () => Promise.reject(new TypeError('fetch failed'))],
];

/** A collector whose fetch fails so many times. */
function startOutage(answer, options = {}) {
  const stored = [];
  const state = { failuresLeft: FAILURES, requests: 0 };
  const fetch = async (_, { body }) => {
    state.requests += 1;
    if (state.failuresLeft-- > 0) return answer();
    const { Records } = JSON.parse(new TextDecoder().decode(body));
    stored.push(...Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()));
    return Response.json({ FailedRecordCount: 0, Records: Records.map(() => ({ ShardId: 's', SequenceNumber: '1' })) });
  };
  const credentials = { accessKeyId: 'OUTAGE', secretAccessKey: 'a-secret' };
  const collector = createCollector(() => ({ region: 'us-east-1', streamName: 's', credentials, allowedOrigins: [ORIGIN], lingerMs: 0, fetch, ...options }));
  return { collector, stored, state };
}

mock.method(console, 'error', () => {});

test('an outage of many attempts costs none of the events that were answered with 202', { concurrency: true }, async (context) => {
  await Promise.all(OUTAGES.map(([name, answer]) => context.test(name, async () => {
    const { collector, stored, state } = startOutage(answer);
    const first = event();
    assert.equal((await collector.fetch(post([first]))).status, 202);
    await until('the event is stored', () => stored.some((line) => line.includes(first.messageId)), { ms: 240_000 });
    assert.ok(state.requests > FAILURES);
  })));
});

test('attempts that the user has limited end, and the log says that events are lost, also where it has said that they are held', async () => {
  const { error } = console;
  const lines = [];
  console.error = (line) => lines.push(line);
  try {
    const { collector, state } = startOutage(OUTAGES[1][1], { recordAttemptsMax: 5 });
    assert.equal((await collector.fetch(post([event()]))).status, 202);
    await until('the loss is logged', () => lines.some((line) => line.includes('events are lost')), { ms: 60_000 });
    assert.equal(state.requests, 5);
    assert.ok(lines.some((line) => line.includes('events are held')), lines.join('\n'));
  } finally {
    console.error = error;
  }
});
