// What `put` does with data of every kind: it is stored as it was given, or refused with what to give in its place.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { KinesisBatchDispatcher, KinesisClient, Producer, start } from 'kinesis-edge/slim';
import { top } from '../../xtask/say.mjs';

const memory = await load();
const OPTIONS = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch: stub };
const sent = [];

/** Loads the module, and returns the memory of its instance. */
async function load() {
  const memories = new Set();
  const { Instance, instantiate } = WebAssembly;
  const keep = (instance) => {
    const all = Object.values(instance.exports);
    // Node's own `fetch` has a module too, which has but a few exports.
    if (all.length > 40) for (const value of all) if (value instanceof WebAssembly.Memory) memories.add(value);
    return instance;
  };
  WebAssembly.Instance = function (...args) {
    return keep(new Instance(...args));
  };
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    keep(made.instance ?? made);
    return made;
  };
  await start(readFile(join(top, 'dist', 'kinesis-edge.wasm')));
  Object.assign(WebAssembly, { Instance, instantiate });
  assert.equal(memories.size, 1, 'the instance of the module, and no other');
  return [...memories][0];
}

async function stub(_, { body }) {
  const { Records, Data } = JSON.parse(new TextDecoder().decode(body));
  const all = (Records ?? [{ Data }]).map((record) => Buffer.from(record.Data, 'base64'));
  sent.push(...all);
  const place = { ShardId: 'shardId-0', SequenceNumber: '1' };
  return Response.json(Records ? { Records: all.map(() => place) } : place);
}

async function stored(data) {
  sent.length = 0;
  await new Producer({ ...OPTIONS, streamName: 's', lingerMs: 0 }).put(data, { partitionKey: 'k' });
  return sent[0];
}

async function refusal(data) {
  return stored(data).then(
    (bytes) => assert.fail(`stored as ${bytes}`),
    (error) => {
      assert.equal(error.code, 'ERR_INVALID_ARGUMENT', String(error));
      return error.message;
    },
  );
}

const shared = new SharedArrayBuffer(3);
new Uint8Array(shared).set([1, 2, 3]);

for (const [name, data] of [
  ['an ArrayBuffer of another realm', runInNewContext('new Uint8Array([1, 2, 3]).buffer')],
  ['a view of another realm', runInNewContext('new DataView(new Uint8Array([1, 2, 3]).buffer)')],
  ['shared memory', shared],
  ['a view of shared memory', new Uint8Array(shared)],
]) {
  test(`${name} is bytes`, async () => assert.deepEqual([...(await stored(data))], [1, 2, 3]));
}

class Hidden {
  #secret = 1;
  get secret() {
    return this.#secret;
  }
}

for (const [name, data, remedy] of [
  ['a Blob', new Blob(['x']), /Blob: give await its arrayBuffer\(\)/],
  ['a Response', new Response('x'), /Response: give await its arrayBuffer\(\)/],
  ['a Request', new Request('http://a.test'), /arrayBuffer/],
  ['a Map', new Map([[1, 2]]), /Object\.fromEntries\(map\)/],
  ['a Map of another realm', runInNewContext('new Map([[1, 2]])'), /Object\.fromEntries\(map\)/],
  ['a Set', new Set([1]), /\[\.\.\.set\]/],
  ['a promise', Promise.resolve(1), /await/],
  ['a stream', new ReadableStream(), /producer\.writable/],
  ['a form', new FormData(), /Object\.fromEntries\(form\)/],
  ['search parameters', new URLSearchParams('a=b'), /toString/],
  ['headers', new Headers({ a: 'b' }), /Object\.fromEntries/],
  ['an error', new TypeError('x'), /name and message/],
  ['an error with members of its own', Object.assign(new Error('x'), { code: 7 }), /name and message/],
  ['an error of another realm', runInNewContext('new Error("x")'), /name and message/],
  ['a pattern', /x/, /RegExp/],
  ['an object of private members', new Hidden(), /a plain object of its members/],
  ['a function', () => {}, /not a function/],
  ['a symbol', Symbol('x'), /not a symbol/],
  ['undefined', undefined, /not undefined/],
  ['NaN', NaN, /not a number/],
  ['a date that is none', new Date(NaN), /Date/],
  ['a Map inside an object', { a: [{ tags: new Map() }] }, /data\.a\[0\]\.tags must be .* of type Map/],
  ['an error inside an object', { error: new Error('x') }, /data\.error/],
  ['an error of the system inside an object', { error: Object.assign(new Error('ENOENT'), { errno: -2, code: 'ENOENT' }) }, /data\.error must be .* of type Error/],
  ['a Map that has a member', { a: [Object.assign(new Map([[1, 2]]), { tag: 1 })] }, /data\.a\[0\] must be .* of type Map/],
  ['a Map that toJSON returns', { a: { toJSON: () => new Map() } }, /of type Map/],
  ['a stream of Node', Readable.from(['x']), /writable/],
  ['a stream of Node inside an object', { a: Readable.from(['x']) }, /data\.a/],
  ['an object with then', { a: { then() {} } }, /data\.a must be/],
  ['a Proxy of an ArrayBuffer', new Proxy(new ArrayBuffer(2), {}), /ArrayBuffer/],
  ['a Proxy of bytes', new Proxy(new Uint8Array(2), {}), /Proxy/],
  ['an object that says it is an ArrayBuffer', Object.create({ [Symbol.toStringTag]: 'ArrayBuffer' }), /ArrayBuffer/],
  ['bytes inside an object', { bytes: new ArrayBuffer(2) }, /base64/],
  ['a BigInt', 1n, /BigInt/],
  ['a circular object', (() => { const own = {}; own.own = own; return own; })(), /circular/],
  ['a getter that throws', { get a() { throw new RangeError('no a'); } }, /no a/],
  ['a toJSON that throws', { toJSON() { throw 'no JSON'; } }, /no JSON/],
  ['a toJSON that throws nothing', { toJSON() { throw undefined; } }, /JSON value/],
]) {
  test(`${name} is refused, and the error says what to give`, async () => assert.match(await refusal(data), remedy));
}

for (const [name, data, text] of [
  ['an empty object', {}, '{}'],
  ['an empty object of another realm', runInNewContext('({})'), '{}'],
  ['an object without a prototype', Object.create(null), '{}'],
  ['empty objects inside', { a: {}, b: [{}] }, '{"a":{},"b":[{}]}'],
  ['boxed values', [new String('a'), new Number(1), { b: new Boolean(false) }, {}], '["a",1,{"b":false},{}]'],
  ['an object that calls itself an ArrayBuffer, and has members', { [Symbol.toStringTag]: 'ArrayBuffer', a: 1 }, '{"a":1}'],
  ['a text of braces', { a: '{}' }, '{"a":"{}"}'],
  ['null', null, 'null'],
  ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ['a URL', new URL('http://a.test/'), '"http://a.test/"'],
  ['an error with toJSON', Object.assign(new Error('x'), { toJSON: () => ({ message: 'x' }) }), '{"message":"x"}'],
  ['a class of public members', new (class { a = 1; })(), '{"a":1}'],
]) {
  test(`${name} is stored as its JSON`, async () => assert.equal(String(await stored(data)), text));
}

test('the dispatcher refuses a payload that is no JSON with a KinesisError, and options that are missing are those of the environment', async () => {
  const dispatcher = new KinesisBatchDispatcher('s', OPTIONS);
  const circular = {};
  circular.itself = circular;
  for (const payload of [1n, circular, undefined, () => {}]) {
    await assert.rejects(dispatcher.submitPayload(payload), { name: 'KinesisError', code: 'ERR_INVALID_ARGUMENT', message: /^payload / });
  }
  assert.deepEqual(await dispatcher.flushPayloads(), []);
  for (const missing of [undefined, null]) assert.throws(() => new KinesisBatchDispatcher('s', missing), { name: 'KinesisError', message: /region/ });
});

test('a text over the limit of a record is refused before it is copied into the module', async () => {
  const before = memory.buffer.byteLength;
  const text = 'x'.repeat(64 << 20);
  const producer = new Producer({ ...OPTIONS, streamName: 's' });
  const client = new KinesisClient(OPTIONS);
  for (const data of [text, { text }, new Uint8Array(64 << 20), 'ü'.repeat(600_000)]) {
    await assert.rejects(producer.put(data, { partitionKey: 'k' }), { code: 'ERR_RECORD_TOO_LARGE', message: /recordBytesMax/, partitionKey: 'k' });
  }
  for (const Data of [text, new Uint8Array(64 << 20)]) {
    await assert.rejects(client.putRecord({ StreamName: 's', Data, PartitionKey: 'k' }), { code: 'ERR_RECORD_TOO_LARGE' });
    await assert.rejects(client.putRecords({ StreamName: 's', Records: [{ Data, PartitionKey: 'k' }] }), { code: 'ERR_RECORD_TOO_LARGE', message: /Records\[0\]/ });
  }
  const grown = memory.buffer.byteLength - before;
  assert.ok(grown < 8 << 20, `the memory of the module grew by ${grown} bytes`);
});

test('data of each length and of each byte is sent as the base64 that Node makes of it', async () => {
  let digits;
  const fetch = async (_, { body }) => {
    digits = JSON.parse(new TextDecoder().decode(body)).Data;
    return Response.json({ ShardId: 'shardId-0', SequenceNumber: '1' });
  };
  const client = new KinesisClient({ ...OPTIONS, fetch });
  // Bytes that count up, so that each value comes to each place of a block of twelve; the long ones cross the pieces that are encoded one by one.
  for (const length of [...Array(800).keys(), 12_287, 12_288, 12_289, 12_304, 24_577, 1_000_000]) {
    const Data = Uint8Array.from({ length }, (_, index) => index + length);
    await client.putRecord({ StreamName: 's', PartitionKey: 'k', Data });
    assert.equal(digits, Buffer.from(Data).toString('base64'), `${length} bytes`);
  }
});

// It leaves another instance behind, so it is the last one.
test('a memory that has grown to nearly 4 GiB fails what needs more, and the next instance goes on', async () => {
  const producer = new Producer({ ...OPTIONS, streamName: 's', fetch: () => new Promise(() => {}) });
  producer.put('small').catch(() => {});
  // The end of the last page has no address in 32 bits.
  memory.grow(65_536 - memory.buffer.byteLength / 65_536 - 3);
  const failures = [];
  for (let count = 0; count < 7; count += 1) producer.put(new Uint8Array(1_000_000)).catch((error) => failures.push(error));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(failures.length > 0);
  for (const { name, code } of failures) assert.deepEqual([name, code], ['KinesisError', 'ERR_CORE']);
  assert.equal(producer.hasRoomFor(1, 1000), true);
  const { recordsPut, recordsBuffered, recordsFailed } = producer.stats;
  assert.equal(recordsPut, recordsBuffered + recordsFailed);
});
