// A host whose `navigator.onLine` is false for ever, as in some web views: what it says is a hint, and is probed.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { KinesisClient, Producer } from 'kinesis-edge';

const CONNECTION = { region: 'us-east-1', credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' } };
/** Far more than the first second that a probe waits for, on a busy machine. */
const PATIENCE_MS = 20_000;
const own = new Map();
let host;

before(() => {
  for (const name of ['navigator', 'addEventListener', 'removeEventListener']) own.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
});
beforeEach(() => {
  host = new EventTarget();
  const members = { navigator: { onLine: false }, addEventListener: host.addEventListener.bind(host), removeEventListener: host.removeEventListener.bind(host) };
  for (const [name, value] of Object.entries(members)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
});
after(() => {
  for (const [name, descriptor] of own) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else delete globalThis[name];
  }
});

/** A Kinesis that stores all, while the network works. */
function network() {
  const state = { requests: 0, isWorking: true };
  state.fetch = async (_, { headers, body }) => {
    state.requests += 1;
    if (!state.isWorking) throw new TypeError('Failed to fetch');
    const { Records } = JSON.parse(new TextDecoder().decode(body));
    const stored = { ShardId: 'shardId-0', SequenceNumber: '1' };
    return Response.json(new Headers(headers).get('x-amz-target').endsWith('PutRecord') ? stored : { FailedRecordCount: 0, Records: Records.map(() => stored) });
  };
  return state;
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: nothing within ${PATIENCE_MS} ms`)), PATIENCE_MS)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

test('a producer that starts so delivers, and sends at once from its first response on', async () => {
  const { fetch } = network();
  const producer = new Producer({ ...CONNECTION, streamName: 's', fetch, lingerMs: 0 });
  assert.equal((await within(producer.put('first'), 'the first record')).attempts, 1);
  for (let count = 0; count < 10; count += 1) await within(producer.put('next'), 'the next record');
  await within(producer.close(), 'close');
});

test('a producer whose host says so in between delivers', async () => {
  globalThis.navigator.onLine = true;
  const { fetch } = network();
  const producer = new Producer({ ...CONNECTION, streamName: 's', fetch, lingerMs: 0 });
  await within(producer.put('before'), 'a record before');
  globalThis.navigator.onLine = false;
  host.dispatchEvent(new Event('offline'));
  await within(producer.put('after'), 'a record after');
  await within(producer.close(), 'close');
});

test('while the host is right, probes become rarer, and nothing is lost', async () => {
  const state = network();
  state.isWorking = false;
  const producer = new Producer({ ...CONNECTION, streamName: 's', fetch: state.fetch, lingerMs: 0, recordAttemptsMax: 1, recordTtlMs: 1000 });
  const record = producer.put('a record');
  const began = performance.now();
  while (state.requests < 2 && performance.now() - began < PATIENCE_MS) await new Promise((resolve) => setTimeout(resolve, 50));
  // The second probe comes after 1 and 2 s, not before.
  assert.equal(state.requests, 2);
  assert.ok(performance.now() - began > 2900, `${performance.now() - began} ms`);
  state.isWorking = true;
  globalThis.navigator.onLine = true;
  host.dispatchEvent(new Event('online'));
  assert.equal((await within(record, 'the record')).attempts, 1);
  await within(producer.close(), 'close');
});

test('a client sends whatever the host says', async () => {
  const { fetch } = network();
  const client = new KinesisClient({ ...CONNECTION, fetch });
  assert.equal((await within(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }), 'the call')).SequenceNumber, '1');
});
