import { ready, signRequest } from 'kinesis-edge';
import { bytesOfBase64, clientWith, errorOf, file, newStream } from './tools.js';

const request = {
  method: 'POST',
  url: 'https://kinesis.us-east-1.amazonaws.com/',
  region: 'us-east-1',
  service: 'kinesis',
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
};

export default function sign(QUnit) {
  const { module, test } = QUnit;
  module('signRequest', { before: () => ready });

  test('1,000 requests get the Authorization that botocore gives them', async (assert) => {
    const vectors = await file('tests/vectors/sigv4.json');
    assert.ok(vectors.length >= 1000);
    const wrong = vectors.filter((vector) => signVector(vector).authorization !== vector.authorization);
    assert.deepEqual(wrong, []);
  });

  test('it returns before the event loop turns', async (assert) => {
    let turned = false;
    const turn = Promise.resolve().then(() => (turned = true));
    const { headers } = signRequest(request);
    assert.false(turned);
    assert.strictEqual(typeof headers.authorization, 'string');
    await turn;
    assert.true(turned);
  });

  test('given headers come back, and what the signer sets replaces what was given', (assert) => {
    const credentials = { ...request.credentials, sessionToken: 'token' };
    const date = new Date('2026-11-21T02:45:30.999Z');
    const headers = { 'Content-Type': 'text/plain', Authorization: 'old', 'X-Amz-Date': 'old' };
    const signed = signRequest({ ...request, headers, credentials, date }).headers;
    assert.deepEqual(Object.keys(signed), ['Content-Type', 'x-amz-date', 'x-amz-security-token', 'authorization']);
    assert.strictEqual(signed['x-amz-date'], '20261121T024530Z');
    assert.strictEqual(signed['x-amz-security-token'], 'token');
    assert.ok(signed.authorization.includes('SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,'));
  });

  test('body and date have defaults', (assert) => {
    const date = new Date();
    const withDefaults = signRequest({ ...request, date }).headers;
    assert.deepEqual(signRequest({ ...request, date, body: '' }).headers, withDefaults);
    assert.deepEqual(signRequest({ ...request, date, body: new Uint8Array() }).headers, withDefaults);
    const now = signRequest(request).headers['x-amz-date'];
    assert.ok(/^\d{8}T\d{6}Z$/.test(now));
  });

  test('what cannot be signed is refused by name', async (assert) => {
    for (const [change, code, named] of [
      [{ method: undefined }, 'ERR_INVALID_ARGUMENT', 'method'],
      [{ url: '/relative' }, 'ERR_INVALID_ARGUMENT', 'url'],
      [{ url: undefined }, 'ERR_INVALID_ARGUMENT', 'url'],
      [{ region: 1 }, 'ERR_INVALID_ARGUMENT', 'region'],
      [{ service: null }, 'ERR_INVALID_ARGUMENT', 'service'],
      [{ body: {} }, 'ERR_INVALID_ARGUMENT', 'body'],
      [{ headers: { a: 1 } }, 'ERR_INVALID_ARGUMENT', 'headers'],
      [{ date: new Date(Number.NaN) }, 'ERR_INVALID_ARGUMENT', 'date'],
      [{ credentials: undefined }, 'ERR_CREDENTIALS', 'credentials'],
      [{ credentials: { accessKeyId: 'a' } }, 'ERR_CREDENTIALS', 'secretAccessKey'],
    ]) {
      const error = await errorOf(() => signRequest({ ...request, ...change }));
      assert.strictEqual(error.code, code, JSON.stringify(change));
      assert.ok(error.message.includes(named), error.message);
      assert.notOk(error.message.includes('secret '), 'no secret in it');
    }
  });

  test('a client signs its target and its token', async (assert) => {
    const StreamName = await newStream();
    const { client, accessKeyId, log } = await clientWith();
    const other = await clientWith({}, { credentials: { accessKeyId, secretAccessKey: 's', sessionToken: 'token/+=' } });
    await client.describeStreamSummary({ StreamName });
    await other.client.describeStreamSummary({ StreamName });
    const signed = (await log()).map((entry) => entry.signedHeaders);
    assert.deepEqual(signed, [
      'content-type;host;x-amz-date;x-amz-target',
      'content-type;host;x-amz-date;x-amz-security-token;x-amz-target',
    ]);
  });
}

function signVector({ accessKeyId, secretAccessKey, sessionToken, date, body, bodyBase64, ...rest }) {
  const iso = date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
  const signed = signRequest({
    ...rest,
    body: bodyBase64 === undefined ? body : bytesOfBase64(bodyBase64),
    credentials: { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined },
    date: new Date(iso),
  });
  return signed.headers;
}
