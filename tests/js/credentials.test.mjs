// Credentials in every form that providers give them: what is understood, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KinesisClient, Producer, signRequest } from 'kinesis-edge';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const INPUT = { StreamName: 's', Data: 'x', PartitionKey: 'k' };

/** Answers like Kinesis. */
async function stub(_, { headers, body }) {
  const stored = { ShardId: 'shardId-0', SequenceNumber: '1' };
  const isBatch = new Headers(headers).get('x-amz-target').endsWith('PutRecords');
  const { Records } = JSON.parse(new TextDecoder().decode(body));
  return new Response(JSON.stringify(isBatch ? { FailedRecordCount: 0, Records: Records.map(() => stored) } : stored));
}

function clientWith(credentials) {
  return new KinesisClient({ region: 'us-east-1', credentials, fetch: stub });
}

/** Every form of one time. */
function formsOf(ms) {
  const date = new Date(ms);
  return {
    'a Date': date,
    'what JSON makes of a Date': JSON.parse(JSON.stringify(date)),
    'ISO 8601 with an offset': date.toISOString().replace('Z', '+00:00'),
    milliseconds: ms,
    'milliseconds as text': String(ms),
    seconds: ms / 1000,
    'seconds as text': String(ms / 1000),
    'whole seconds, rounded down': Math.floor(ms / 1000),
    'a BigInt': BigInt(Math.floor(ms / 1000)),
  };
}

test('an expiration in any form is understood: the provider is asked once while the keys are valid', async () => {
  for (const [form, expiration] of Object.entries(formsOf(Date.now() + 3_600_000))) {
    let asked = 0;
    const client = clientWith(async () => ({ ...KEYS, sessionToken: `t${(asked += 1)}`, expiration }));
    for (let call = 0; call < 3; call += 1) await client.putRecord(INPUT);
    assert.equal(asked, 1, form);
  }
});

test('an expiration in any form is understood: near the end of the keys the provider is asked again', async () => {
  for (const [form, expiration] of Object.entries(formsOf(Date.now() - 60_000))) {
    let asked = 0;
    const client = clientWith(async () => ({ ...KEYS, sessionToken: `t${(asked += 1)}`, expiration }));
    for (let call = 0; call < 3; call += 1) await client.putRecord(INPUT);
    assert.equal(asked, 3, form);
  }
});

test('the first example of the README: keys as JSON from an address of the page', async () => {
  let asked = 0;
  const keys = { ...KEYS, sessionToken: 'token', expiration: new Date(Date.now() + 900_000) };
  const credentials = async () => ((asked += 1), await Response.json(keys).json());
  const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials, fetch: stub, lingerMs: 0 });
  for (let put = 0; put < 3; put += 1) await producer.put('x');
  await clientWith(credentials).putRecord(INPUT);
  assert.equal(asked, 2);
});

test('an expiration that is no time is refused, without a value of the credentials in the message', async () => {
  for (const expiration of ['soon', ' ', '1.2.3', 'item 2026-01', NaN, 'NaN', {}, [], true, new Date(NaN), Symbol('x'), () => 1]) {
    const error = await clientWith(async () => ({ ...KEYS, expiration })).putRecord(INPUT).catch((thrown) => thrown);
    assert.equal(error.code, 'ERR_CREDENTIALS', String(expiration));
    assert.match(error.message, /expiration must be a Date, .* ISO 8601.*seconds/);
    assert.throws(() => clientWith({ ...KEYS, expiration }), { code: 'ERR_CREDENTIALS' });
  }
  for (const expiration of [undefined, null, '']) await clientWith(async () => ({ ...KEYS, expiration })).putRecord(INPUT);
});

test('white space at the ends of an id, a secret or a token is refused, and the value is not shown', async () => {
  const request = { method: 'GET', url: 'https://example.com/', region: 'us-east-1', service: 'sqs' };
  for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken']) {
    for (const [before, behind] of [[' ', ''], ['', ' '], ['', '\n'], ['\t', ''], ['', '\r\n'], ['\u00a0', ''], ['', '\ufeff']]) {
      const credentials = { ...KEYS, [name]: `${before}hush${behind}` };
      const refusal = { code: 'ERR_CREDENTIALS', message: new RegExp(`^credentials\\.${name} .*(white space|character)`) };
      for (const use of [() => signRequest({ ...request, credentials }), () => clientWith(credentials)]) {
        assert.throws(use, refusal, JSON.stringify(credentials));
        assert.throws(use, ({ message }) => !message.includes('hush'));
      }
      const error = await clientWith(async () => credentials).putRecord(INPUT).catch((thrown) => thrown);
      assert.deepEqual([error.code, error.message.includes('hush')], ['ERR_CREDENTIALS', false], name);
    }
  }
  signRequest({ ...request, credentials: { ...KEYS, secretAccessKey: 'inner space' } });
});

test('a text with half of a surrogate pair is refused, wherever keys are given, and nobody else notices', async () => {
  const half = JSON.parse('"\\ud83dabcdefgh"');
  for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken']) {
    const bad = { ...KEYS, sessionToken: 'token', [name]: half };
    const isRefused = (error) => error.code === 'ERR_CREDENTIALS' && error.message.includes(`${name} is malformed`) && !error.message.includes('abcdefgh');
    assert.throws(() => clientWith(bad), isRefused);
    assert.throws(() => signRequest({ method: 'GET', url: 'https://example.com/', region: 'r', service: 's', credentials: bad }), isRefused);
    await assert.rejects(clientWith(async () => bad).putRecord(INPUT), isRefused);
    const other = new KinesisClient({ region: 'us-east-1', credentials: KEYS, maxAttempts: 1, fetch: async () => Response.json({ __type: 'ResourceNotFoundException', message: 'no stream' }, { status: 400 }) });
    await assert.rejects(other.putRecord(INPUT), { name: 'ResourceNotFoundException', message: 'no stream' });
  }
});

test('an error that repeats the headers of a request has no token, also beside many other clients', async () => {
  const clients = Array.from({ length: 200 }, (_, index) => new KinesisClient({
    region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: `AKID${index}`, secretAccessKey: `secret-of-${index}`, sessionToken: `token/of+${index}=` },
    fetch: async (_url, { headers }) => { throw new Error(`failed: ${JSON.stringify(headers)} ${encodeURIComponent(headers['x-amz-security-token'])}`); },
  }));
  for (const client of [clients[0], clients[199]]) {
    const { message } = await client.putRecord(INPUT).catch((error) => error);
    assert.match(message, /failed: /);
    assert.doesNotMatch(message, /token\/of|token%2Fof/);
  }
});
