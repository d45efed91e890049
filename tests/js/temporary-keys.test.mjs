// Temporary keys for browsers: against a server that speaks the services' recorded shapes, and against moto.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromCognitoIdentityPool, fromWebToken } from 'kinesis-edge';
import { pythonWithPackages } from '../verifiers/python.mjs';
import { listen } from './listen.mjs';

const POOL = 'us-east-1:11111111-2222-3333-4444-555555555555';
const ROLE = 'arn:aws:iam::123456789012:role/browser';
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.secret-token.signature';
const EXPIRES = 1_893_456_000;

let server;
let requests;
let answers;

before(async () => {
  server = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ method: request.method, headers: request.headers, body });
    const answer = answers.shift() ?? [500, {}];
    if (answer === 'lost') return response.destroy();
    const [status, content, headers = {}] = answer;
    response.writeHead(status, headers).end(typeof content === 'string' ? content : JSON.stringify(content));
  });
});
after(() => server.stop());
beforeEach(() => {
  requests = [];
  answers = [];
});

async function failure(promise) {
  return promise.then(
    () => assert.fail('it did not fail'),
    (error) => error,
  );
}

describe('fromCognitoIdentityPool', () => {
  const identity = [200, { IdentityId: 'us-east-1:me' }];
  const keys = [200, { IdentityId: 'us-east-1:me', Credentials: { AccessKeyId: 'ASIA', SecretKey: 'secret', SessionToken: 'session', Expiration: EXPIRES } }];
  const provider = (more) => fromCognitoIdentityPool({ identityPoolId: POOL, clientConfig: { endpoint: server.endpoint }, ...more });

  test('asks for an identity once and for keys each time, unsigned', async () => {
    answers = [identity, keys, keys];
    const guest = provider();
    assert.deepEqual(await guest(), { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'session', expiration: new Date(EXPIRES * 1000) });
    await guest();
    assert.deepEqual(
      requests.map(({ headers, body }) => [headers['x-amz-target'], headers['content-type'], JSON.parse(body)]),
      [
        ['AWSCognitoIdentityService.GetId', 'application/x-amz-json-1.1', { IdentityPoolId: POOL }],
        ['AWSCognitoIdentityService.GetCredentialsForIdentity', 'application/x-amz-json-1.1', { IdentityId: 'us-east-1:me' }],
        ['AWSCognitoIdentityService.GetCredentialsForIdentity', 'application/x-amz-json-1.1', { IdentityId: 'us-east-1:me' }],
      ],
    );
    assert.ok(requests.every(({ headers }) => !headers.authorization));
  });

  test('tokens go with both calls; a function is asked each time', async () => {
    answers = [identity, keys, keys];
    let count = 0;
    const logins = { 'accounts.google.com': TOKEN, 'login.example': async () => `fresh-${(count += 1)}` };
    const user = provider({ logins });
    await user();
    await user();
    assert.deepEqual(requests.map(({ body }) => JSON.parse(body).Logins['login.example']), ['fresh-1', 'fresh-1', 'fresh-2']);
    assert.equal(JSON.parse(requests[0].body).Logins['accounts.google.com'], TOKEN);
  });

  test('throttling, faults and lost answers are tried again, four times at most', async () => {
    const throttled = [400, { __type: 'TooManyRequestsException', message: 'slow down' }];
    answers = [throttled, 'lost', identity, [500, 'oops'], keys];
    assert.equal((await provider()()).accessKeyId, 'ASIA');
    assert.equal(requests.length, 5);
    answers = [throttled, throttled, throttled, throttled, identity];
    const error = await failure(provider()());
    assert.deepEqual([error.code, error.name, error.status, error.attempts], ['ERR_CREDENTIALS', 'TooManyRequestsException', 400, 4]);
  });

  test('a refusal is reported at once, without the token', async () => {
    answers = [[400, { __type: 'com.amazonaws#NotAuthorizedException', message: `Token ${TOKEN} is expired` }]];
    const error = await failure(provider({ logins: { x: TOKEN } })());
    assert.deepEqual([error.code, error.name, error.status], ['ERR_CREDENTIALS', 'NotAuthorizedException', 400]);
    assert.match(error.message, /^Cognito refused: NotAuthorizedException: Token … is expired$/);
    assert.equal(requests.length, 1);
  });

  test('another identity is made where Cognito no longer knows the kept one', async () => {
    answers = [identity, keys, [400, { __type: 'ResourceNotFoundException', message: 'gone' }], identity, keys];
    const guest = provider();
    await guest();
    assert.equal((await guest()).accessKeyId, 'ASIA');
    assert.equal(requests.length, 5);
  });

  /** As a page's `localStorage`. */
  function storage() {
    const texts = new Map();
    const getItem = (key) => texts.get(key) ?? null;
    return { texts, getItem, setItem: (key, text) => void texts.set(key, text), removeItem: (key) => void texts.delete(key) };
  }

  const later = Math.floor(Date.now() / 1000) + 3600;
  const keysOf = (name, expiration = later) => [200, { Credentials: { AccessKeyId: name, SecretKey: 'secret', SessionToken: 'session', Expiration: expiration } }];
  const operations = () => requests.map(({ headers }) => headers['x-amz-target'].split('.')[1]);

  test('five page views of a guest make one identity, and share its keys while they are valid', async () => {
    const cache = storage();
    answers = [identity, keysOf('ASIA1')];
    const returned = [];
    for (let view = 0; view < 5; view += 1) returned.push(await provider({ cache })());
    assert.deepEqual(operations(), ['GetId', 'GetCredentialsForIdentity']);
    for (const credentials of returned) assert.deepEqual(credentials, returned[0]);
    assert.ok(returned[4].expiration instanceof Date);
  });

  test('keys that were refused, and keys that are about to expire, are not given again', async () => {
    const cache = storage();
    answers = [identity, keysOf('ASIA1'), keysOf('ASIA2', Date.now() / 1000 + 200), keysOf('ASIA3')];
    await provider({ cache })();
    const next = provider({ cache });
    const returned = [await next(), await next(), await provider({ cache })()];
    assert.deepEqual(returned.map(({ accessKeyId }) => accessKeyId), ['ASIA1', 'ASIA2', 'ASIA3']);
    assert.equal(operations().filter((name) => name === 'GetId').length, 1);
  });

  test('a network fault makes no other identity, with or without a cache', async () => {
    for (const cache of [storage(), undefined]) {
      requests = [];
      answers = [identity, 'lost', 'lost', 'lost', 'lost', keysOf('ASIA1'), 'lost', 'lost', 'lost', 'lost', keysOf('ASIA2', later + 60)];
      const guest = provider({ cache });
      assert.equal((await failure(guest())).code, 'ERR_CREDENTIALS');
      assert.equal((await guest()).accessKeyId, 'ASIA1');
      assert.equal((await failure(guest())).code, 'ERR_CREDENTIALS');
      assert.equal((await guest()).accessKeyId, 'ASIA2');
      assert.equal(operations().filter((name) => name === 'GetId').length, 1);
      assert.equal(operations()[0], 'GetId');
    }
  });

  test('two pools, two endpoints, and guests and users stay apart', async () => {
    const cache = storage();
    const answer = (name) => [[200, { IdentityId: name }], keysOf(`keys of ${name}`)];
    const logins = { 'login.example': TOKEN };
    const other = { cache, identityPoolId: POOL.replace('1111', '2222') };
    const elsewhere = { cache, clientConfig: { endpoint: `${server.endpoint}/elsewhere` } };
    for (const [name, options] of Object.entries({ guest: { cache }, other, elsewhere, user: { cache, logins } })) {
      answers = answer(name);
      assert.equal((await provider(options)()).accessKeyId, `keys of ${name}`);
    }
    assert.equal((await provider({ cache })()).accessKeyId, 'keys of guest');
    assert.equal((await provider(other)()).accessKeyId, 'keys of other');
    assert.equal((await provider(elsewhere)()).accessKeyId, 'keys of elsewhere');
    assert.doesNotMatch(JSON.stringify([...cache.texts]), /user|secret-token/);
  });

  test('who logs in, and who logs out, has the identity of their own', async () => {
    const cache = storage();
    const logins = {};
    const page = provider({ cache, logins });
    answers = [[200, { IdentityId: 'us-east-1:guest' }], keysOf('guest'), [200, { IdentityId: 'us-east-1:user' }], keysOf('user'), keysOf('guest again')];
    await page();
    logins['login.example'] = TOKEN;
    assert.equal((await page()).accessKeyId, 'user');
    delete logins['login.example'];
    assert.equal((await page()).accessKeyId, 'guest again');
    const ids = requests.map(({ body }) => JSON.parse(body).IdentityId ?? 'new');
    assert.deepEqual(ids, ['new', 'us-east-1:guest', 'new', 'us-east-1:user', 'us-east-1:guest']);
  });

  test('calls at the same time make one identity', async () => {
    answers = [identity, keysOf('ASIA1'), keysOf('ASIA2'), keysOf('ASIA3')];
    const guest = provider();
    await Promise.all([guest(), guest(), guest()]);
    assert.equal(operations().filter((name) => name === 'GetId').length, 1);
  });

  test('a guest that another page has erased is not used again by a page that has only read it', async () => {
    const cache = storage();
    answers = [identity, keysOf('ASIA1')];
    await provider({ cache })();
    const reader = provider({ cache });
    assert.equal((await reader()).accessKeyId, 'ASIA1');
    cache.texts.clear();
    answers = [[200, { IdentityId: 'us-east-1:another' }], keysOf('ASIA2')];
    assert.equal((await reader()).accessKeyId, 'ASIA2');
    assert.deepEqual(operations().slice(2), ['GetId', 'GetCredentialsForIdentity']);
  });

  test('what was erased is not written again, and the next visitor is another one', async () => {
    const cache = storage();
    answers = [identity, keysOf('ASIA1')];
    const guest = provider({ cache });
    await guest();
    cache.texts.clear();
    answers = [[200, { IdentityId: 'us-east-1:another' }], keysOf('ASIA2')];
    await guest();
    assert.deepEqual(operations(), ['GetId', 'GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity']);
    // Erased while the keys are on their way.
    const { getItem } = cache;
    cache.getItem = (key) => {
      queueMicrotask(() => cache.texts.clear());
      return getItem(key);
    };
    answers = [keysOf('ASIA3')];
    await guest();
    assert.deepEqual([answers.length, cache.texts.size], [0, 0]);
  });

  test('what is being requested when the guest is forgotten is not kept: at each of its steps, with a slow cache too', async () => {
    const forgetGuestIdentity = Symbol.for('kinesis-edge.forgetGuestIdentity');
    const texts = (cache) => [...cache.texts.values()].join();
    for (let forgetAt = 1; forgetAt <= 12; forgetAt += 1) {
      for (const isSlow of [false, true]) {
        const cache = storage();
        const later = (work) => (...args) => new Promise((resolve) => setTimeout(() => resolve(work(...args)), 5));
        const used = isSlow ? { getItem: later(cache.getItem), setItem: later(cache.setItem), removeItem: later(cache.removeItem) } : cache;
        answers = [[200, { IdentityId: 'us-east-1:forgotten' }], keysOf('FORGOTTEN')];
        const guest = provider({ cache: used });
        let [step, forgetting] = [0, undefined];
        // Each step of the call may be the one after which consent is withdrawn.
        const running = guest();
        const timer = setInterval(() => (step += 1) === forgetAt && (forgetting = guest[forgetGuestIdentity]()), 2);
        assert.equal((await running).accessKeyId, 'FORGOTTEN');
        clearInterval(timer);
        await (forgetting ?? guest[forgetGuestIdentity]());
        assert.equal(texts(cache), '', `forgotten after step ${forgetAt}`);
        answers = [[200, { IdentityId: 'us-east-1:next' }], keysOf('NEXT')];
        assert.equal((await guest()).accessKeyId, 'NEXT');
        assert.match(texts(cache), /us-east-1:next.*NEXT/);
      }
    }
  });

  test('a cache that throws, that is full, or that holds nonsense costs nothing but an identity', async () => {
    const fail = () => { throw new Error('denied'); };
    const rejects = async () => fail();
    const caches = [{ getItem: fail, setItem: fail, removeItem: fail }, { getItem: rejects, setItem: rejects, removeItem: rejects }];
    const kept = '{"identityId":"us-east-1:me","credentials":{"accessKeyId":7}}';
    for (const text of ['', '7', 'null', '{"identityId":7}', '{']) caches.push({ ...storage(), getItem: () => text });
    for (const cache of caches) {
      answers = [identity, keysOf('ASIA1')];
      assert.equal((await provider({ cache })()).accessKeyId, 'ASIA1');
    }
    answers = [keysOf('ASIA1')];
    assert.equal((await provider({ cache: { ...storage(), getItem: () => kept } })()).accessKeyId, 'ASIA1');
  });

  test('an answer without an identity is an error', async () => {
    answers = [[200, {}]];
    assert.match((await failure(provider()())).message, /^Cognito gave no identity$/);
  });

  test('bad arguments are refused at once', () => {
    const configs = [{ region: 'evil.example/' }, { region: 'us-east-1\n' }, { region: 7 }, { region: '' }, { endpoint: 'nowhere' }, { endpoint: 'https://a:b@c' }, { endpoint: '' }];
    for (const clientConfig of configs) {
      const refusal = { code: 'ERR_INVALID_ARGUMENT', message: new RegExp(`clientConfig\\.${Object.keys(clientConfig)[0]}`) };
      assert.throws(() => fromCognitoIdentityPool({ identityPoolId: POOL, clientConfig }), refusal);
      assert.throws(() => fromWebToken({ roleArn: ROLE, webIdentityToken: TOKEN, clientConfig }), refusal);
    }
    for (const make of [fromCognitoIdentityPool, fromWebToken]) assert.throws(() => make(), { code: 'ERR_INVALID_ARGUMENT' });
    fromCognitoIdentityPool({ identityPoolId: POOL, logins: null, clientConfig: null, cache: null });
    for (const [options, named] of [
      [{ identityPoolId: 'nonsense' }, 'identityPoolId'],
      [{ identityPoolId: POOL, logins: { x: 7 } }, 'logins'],
      [{ identityPoolId: POOL, cache: {} }, 'cache'],
      [{ identityPoolId: POOL, cache: 'localStorage' }, 'cache'],
    ]) {
      assert.throws(() => fromCognitoIdentityPool(options), { code: 'ERR_INVALID_ARGUMENT', message: new RegExp(named) });
    }
  });
});

describe('fromWebToken', () => {
  const keys = { AccessKeyId: 'ASIA', SecretAccessKey: 'secret', SessionToken: 'session+/=', Expiration: EXPIRES };
  const expected = { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'session+/=', expiration: new Date(EXPIRES * 1000) };
  const provider = (more) => fromWebToken({ roleArn: ROLE, webIdentityToken: TOKEN, clientConfig: { endpoint: server.endpoint }, ...more });

  test('reads an answer in JSON and in XML', async () => {
    answers = [
      [200, { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: keys } } }],
      [200, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><SessionToken>session+/=</SessionToken><SecretAccessKey>secret</SecretAccessKey><Expiration>${new Date(EXPIRES * 1000).toISOString()}</Expiration><AccessKeyId>ASIA</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`],
    ];
    const role = provider({ roleSessionName: 'me', durationSeconds: 900, webIdentityToken: async () => TOKEN });
    assert.deepEqual([await role(), await role()], [expected, expected]);
    const [{ headers, body }] = requests;
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: ROLE, RoleSessionName: 'me', WebIdentityToken: TOKEN, DurationSeconds: '900',
    });
    assert.deepEqual([headers['content-type'], headers.accept, headers.authorization], ['application/x-www-form-urlencoded', 'application/json', undefined]);
  });

  test('reports a refusal in either shape, and a function that fails', async () => {
    answers = [
      [400, { Error: { Code: 'ExpiredTokenException', Message: 'Token expired', Type: 'Sender' } }],
      [403, '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not &quot;you&quot;</Message></Error></ErrorResponse>'],
      [200, {}],
    ];
    const role = provider();
    const errors = [await failure(role()), await failure(role()), await failure(role())];
    assert.deepEqual(errors.map(({ code, message }) => `${code} ${message}`), [
      'ERR_CREDENTIALS STS refused: ExpiredTokenException: Token expired',
      'ERR_CREDENTIALS STS refused: AccessDenied: Not "you"',
      'ERR_CREDENTIALS STS gave no credentials',
    ]);
    const error = await failure(provider({ webIdentityToken: () => Promise.reject(new Error('logged out')) })());
    assert.deepEqual([error.code, error.message], ['ERR_CREDENTIALS', 'webIdentityToken failed: logged out']);
  });

  test('limits are refused one past them', () => {
    const fine = { roleArn: ROLE, webIdentityToken: TOKEN };
    for (const ok of [{ durationSeconds: 900 }, { durationSeconds: 43_200 }, { roleSessionName: 'ab' }, { roleSessionName: 'a'.repeat(64) }]) fromWebToken({ ...fine, ...ok });
    for (const [change, named] of [
      [{ roleArn: 'role' }, 'roleArn'], [{ webIdentityToken: undefined }, 'webIdentityToken'], [{ durationSeconds: 899 }, 'durationSeconds'],
      [{ durationSeconds: 43_201 }, 'durationSeconds'], [{ roleSessionName: 'a' }, 'roleSessionName'], [{ roleSessionName: 'a'.repeat(65) }, 'roleSessionName'],
    ]) {
      assert.throws(() => fromWebToken({ ...fine, ...change }), { code: 'ERR_INVALID_ARGUMENT', message: new RegExp(named) });
    }
  });
});

test('moto gives keys by both ways', async () => {
  const moto = await startMoto();
  try {
    const clientConfig = { endpoint: moto.endpoint, region: 'us-east-1' };
    const created = await fetch(moto.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSCognitoIdentityService.CreateIdentityPool', authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=0' },
      body: JSON.stringify({ IdentityPoolName: 'pool', AllowUnauthenticatedIdentities: true }),
    });
    const { IdentityPoolId } = await created.json();
    for (const provider of [fromCognitoIdentityPool({ identityPoolId: IdentityPoolId, clientConfig }), fromWebToken({ roleArn: ROLE, webIdentityToken: TOKEN, clientConfig })]) {
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provider();
      assert.ok(accessKeyId && secretAccessKey && sessionToken);
      assert.ok(expiration - Date.now() > 60_000, String(expiration));
    }
  } finally {
    await moto.stop();
  }
});

/** moto, believing everybody. */
async function startMoto() {
  const python = await pythonWithPackages(console.error);
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const port = String(free.address().port);
  free.close();
  await once(free, 'close');
  const serve = fileURLToPath(new URL('../verifiers/serve.py', import.meta.url));
  const child = spawn(python, [serve, 'moto.server', '--host', '127.0.0.1', '--port', port], { stdio: ['pipe', 'ignore', 'ignore'] });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries += 1) {
    if (await fetch(`${endpoint}/moto-api/data.json`).then(({ ok }) => ok, () => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const stop = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { endpoint, stop };
}
