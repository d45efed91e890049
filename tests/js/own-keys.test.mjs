// Credentials from the environment and from an address of one's own.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { KinesisClient, KinesisError, fromEnv, fromUrl } from 'kinesis-edge';
import { startKinesisWith } from './kinesis.mjs';
import { listen } from './listen.mjs';

const isRefused = (code, ...parts) => (error) => {
  assert.ok(error instanceof KinesisError, String(error));
  assert.equal(error.code, code);
  for (const part of parts) assert.ok(error.message.includes(part), error.message);
  assert.ok(!/secret 4711/.test(`${error.message} ${error.stack} ${JSON.stringify(error)}`), 'no secret is in the error');
  return true;
};

describe('fromEnv', () => {
  test('reads the variables of AWS, each time that it is asked', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret 4711' };
    const provider = fromEnv(env);
    assert.deepEqual(await provider(), { accessKeyId: 'AKID', secretAccessKey: 'secret 4711' });
    Object.assign(env, { AWS_SESSION_TOKEN: 'token', AWS_CREDENTIAL_EXPIRATION: '2030-01-02T03:04:05Z' });
    assert.deepEqual(await provider(), { accessKeyId: 'AKID', secretAccessKey: 'secret 4711', sessionToken: 'token', expiration: '2030-01-02T03:04:05Z' });
  });

  test('names the variable that is missing, or cannot be read', async () => {
    await assert.rejects(fromEnv({})(), isRefused('ERR_CREDENTIALS', 'AWS_ACCESS_KEY_ID'));
    await assert.rejects(fromEnv({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: '' })(), isRefused('ERR_CREDENTIALS', 'AWS_SECRET_ACCESS_KEY'));
    // A binding of a Worker is no text.
    await assert.rejects(fromEnv({ AWS_ACCESS_KEY_ID: { send() {} }, AWS_SECRET_ACCESS_KEY: 's' })(), isRefused('ERR_CREDENTIALS', 'AWS_ACCESS_KEY_ID'));
    const forbidden = new Proxy({}, { get() { throw new Error('no permission'); } });
    await assert.rejects(fromEnv(forbidden)(), isRefused('ERR_CREDENTIALS', 'AWS_ACCESS_KEY_ID', 'no permission'));
  });

  test('reads process.env where it is given nothing', async () => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'of the process', AWS_SECRET_ACCESS_KEY: 's' });
      assert.equal((await fromEnv()()).accessKeyId, 'of the process');
    } finally {
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) if (before[name] === undefined) delete process.env[name]; else process.env[name] = before[name];
    }
  });
});

describe('options that the environment has', () => {
  const NAMES = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL_KINESIS', 'AWS_ENDPOINT_URL'];
  const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  const set = (variables) => {
    for (const name of NAMES) delete process.env[name];
    Object.assign(process.env, variables);
  };
  afterEach(() => set(Object.fromEntries(Object.entries(before).filter(([, value]) => value !== undefined))));

  /** Where a client sends a request, and with which key. */
  async function sentBy(options) {
    let sent;
    const fetch = async (url, { headers }) => {
      sent = [url, headers.authorization.match(/Credential=(\w+)\/\d+\/([\w-]+)/).slice(1).join(' ')];
      return new Response('{}');
    };
    await new KinesisClient({ fetch, ...options }).call('ListStreams', {});
    return sent;
  }

  for (const [name, other] of [['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID']]) {
    for (const value of [undefined, '']) {
      test(`${name} without ${other}, which is ${value === '' ? 'empty' : 'not set'}, is refused at once`, () => {
        set({ AWS_REGION: 'us-east-1', [name]: 'a', ...(value !== undefined && { [other]: value }) });
        assert.throws(() => new KinesisClient({}), isRefused('ERR_CREDENTIALS', `credentials are missing: the environment variable ${other} is not set`));
      });
    }
  }

  test('are taken from there: region, credentials and endpoint', async () => {
    set({ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's' });
    assert.deepEqual(await sentBy({}), ['https://kinesis.eu-west-1.amazonaws.com', 'ENV eu-west-1']);
    set({ AWS_DEFAULT_REGION: 'eu-north-1', AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    assert.deepEqual(await sentBy({}), ['http://127.0.0.1:1/', 'ENV eu-north-1']);
    process.env.AWS_ENDPOINT_URL_KINESIS = 'http://127.0.0.1:2';
    assert.deepEqual(await sentBy({}), ['http://127.0.0.1:2/', 'ENV eu-north-1']);
    assert.deepEqual(await sentBy({ useFipsEndpoint: true }), ['https://kinesis-fips.eu-north-1.amazonaws.com', 'ENV eu-north-1']);
  });

  test('are taken from the options first', async () => {
    set({ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's', AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:2' });
    const options = { region: 'us-east-1', credentials: { accessKeyId: 'OWN', secretAccessKey: 's' }, endpoint: 'http://127.0.0.1:3' };
    assert.deepEqual(await sentBy(options), ['http://127.0.0.1:3/', 'OWN us-east-1']);
  });

  test('are named where they are missing or malformed', () => {
    set({});
    assert.throws(() => new KinesisClient({}), isRefused('ERR_INVALID_ARGUMENT', 'region', 'AWS_REGION'));
    assert.throws(() => new KinesisClient({ region: 'us-east-1' }), isRefused('ERR_CREDENTIALS', 'credentials', 'AWS_ACCESS_KEY_ID'));
    set({ AWS_ENDPOINT_URL_KINESIS: 'no URL' });
    const credentials = { accessKeyId: 'OWN', secretAccessKey: 's' };
    assert.throws(() => new KinesisClient({ region: 'us-east-1', credentials }), isRefused('ERR_INVALID_ARGUMENT', 'AWS_ENDPOINT_URL_KINESIS'));
  });
});

describe('secrets that are given to fromUrl are in no message', () => {
  const SECRET = 'hush-4711-token';
  const all = async (provider) => {
    const lines = [];
    const logger = { debug: (line) => lines.push(line), info: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => lines.push(line) };
    const client = new KinesisClient({ region: 'us-east-1', credentials: provider, logger, maxAttempts: 1 });
    const error = await client.listShards({ StreamName: 's' }).catch((reason) => reason);
    assert.equal(error.code, 'ERR_CREDENTIALS');
    return `${error.message} ${error.stack} ${JSON.stringify(error)} ${lines.map(String)}`;
  };

  test('a header with a line break is refused at once', () => {
    assert.throws(() => fromUrl('http://127.0.0.1:9/keys', { headers: { authorization: `Bearer ${SECRET}\r\nx` } }), (error) => isRefused('ERR_INVALID_ARGUMENT', 'init.headers')(error) && !error.message.includes(SECRET));
  });

  test('nor later', async () => {
    const init = { headers: { authorization: 'Bearer fine' } };
    const provider = fromUrl('http://127.0.0.1:9/keys', init);
    init.headers = { authorization: `Bearer ${SECRET}\n` };
    assert.doesNotMatch(await all(provider), new RegExp(SECRET));
  });

  test('a host whose error has the address, and a service that repeats it', async () => {
    const { fetch } = globalThis;
    try {
      globalThis.fetch = async (url) => { throw new TypeError(`error sending request for url (${url})`); };
      assert.doesNotMatch(await all(fromUrl(`http://127.0.0.1:9/keys?token=${SECRET}`)), new RegExp(SECRET));
      globalThis.fetch = async (url, { headers }) => Response.json({ message: `${url} ${headers.authorization}` }, { status: 403 });
      assert.doesNotMatch(await all(fromUrl(`http://127.0.0.1:9/keys?token=${SECRET}`, { headers: { authorization: SECRET } })), new RegExp(SECRET));
      for (const authorization of [`Bearer ${SECRET}`, `Basic ${SECRET}=`, `a=1; session=${SECRET}, x`]) {
        globalThis.fetch = async () => Response.json({ message: `invalid token ${SECRET}` }, { status: 401 });
        assert.doesNotMatch(await all(fromUrl('http://127.0.0.1:9/keys', { headers: { authorization } })), new RegExp(SECRET));
      }
      const form = new FormData();
      form.set('refresh', SECRET);
      for (const body of [JSON.stringify({ a: [{ refresh: SECRET }] }), `a=1&refresh=${SECRET}`, new URLSearchParams({ refresh: SECRET }), form, new TextEncoder().encode(SECRET), new Blob([SECRET]), SECRET]) {
        assert.doesNotMatch(await all(fromUrl('http://127.0.0.1:9/keys', { method: 'POST', body })), new RegExp(SECRET));
      }
      globalThis.fetch = async () => Response.json({ message: 'missing client_secret' }, { status: 401 });
      for (const body of ['client_id=4711&client_secret=&refresh_token=0815', JSON.stringify({ half: '\ud800aaaaaaaaa' })]) {
        assert.match(await all(fromUrl('http://127.0.0.1:9/keys', { method: 'POST', body })), /missing client_secret/);
      }
    } finally {
      globalThis.fetch = fetch;
    }
  });

  test('an address that is refused', () => {
    assert.throws(() => fromUrl(`/keys?token=${SECRET}`), (error) => isRefused('ERR_INVALID_ARGUMENT', '/keys')(error) && !error.message.includes(SECRET));
  });
});

describe('fromUrl', () => {
  let server;
  let kinesis;
  let answers = [];
  const requests = [];

  before(async () => {
    ({ kinesis } = await startKinesisWith('own-keys', 1));
    server = await listen((request, response) => {
      requests.push({ url: request.url, method: request.method, headers: request.headers });
      const { status = 200, body } = answers.length > 1 ? answers.shift() : answers[0];
      response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  after(() => Promise.all([server?.stop(), kinesis?.stop()]));
  const url = () => `${server.endpoint}/aws-keys?user=4711`;

  for (const [what, body, expected] of [
    ['as the SDKs spell them', { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't', expiration: '2030-01-02T03:04:05Z' }, { sessionToken: 't', expiration: '2030-01-02T03:04:05Z' }],
    ['as STS spells them', { Credentials: { AccessKeyId: 'a', SecretAccessKey: 's', SessionToken: 't', Expiration: 1_900_000_000 } }, { sessionToken: 't', expiration: 1_900_000_000 }],
    ['as Cognito spells them', { AccessKeyId: 'a', SecretKey: 's', SessionToken: 't' }, { sessionToken: 't' }],
    ['as instance metadata spell them', { AccessKeyId: 'a', SecretAccessKey: 's', Token: 't', Expiration: '2030-01-02T03:04:05Z' }, { sessionToken: 't', expiration: '2030-01-02T03:04:05Z' }],
    ['without a token', { accessKeyId: 'a', secretAccessKey: 's', sessionToken: null }, {}],
  ]) {
    test(`understands keys ${what}, which a client then uses`, async () => {
      answers = [{ body }];
      const provider = fromUrl(url());
      assert.deepEqual(await provider(), { accessKeyId: 'a', secretAccessKey: 's', ...expected });
      const client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: provider });
      assert.ok((await client.putRecord({ StreamName: 'own-keys', Data: 'a', PartitionKey: 'k' })).SequenceNumber);
    });
  }

  test('sends what it is given to send', async () => {
    answers = [{ body: { accessKeyId: 'a', secretAccessKey: 's' } }];
    await fromUrl(new URL(url()), { method: 'POST', headers: { 'X-Session': '1' } })();
    const { method, headers } = requests.at(-1);
    assert.deepEqual([method, headers['x-session'], headers.accept], ['POST', '1', 'application/json']);
  });

  test('tries again where the address is busy, and not where it refuses', async () => {
    answers = [{ status: 503, body: '' }, { status: 429, body: '' }, { body: { accessKeyId: 'a', secretAccessKey: 's' } }];
    assert.equal((await fromUrl(url())()).accessKeyId, 'a');
    answers = [{ status: 401, body: { message: 'log in first' } }];
    const before = requests.length;
    await assert.rejects(fromUrl(url())(), isRefused('ERR_CREDENTIALS', '/aws-keys', '401', 'log in first'));
    assert.equal(requests.length, before + 1);
  });

  test('tries again where a fetch that the page has replaced neither answers nor looks at its signal', async (context) => {
    let calls = 0;
    let settled;
    context.mock.method(globalThis, 'fetch', () => ((calls += 1), new Promise(() => {})));
    context.mock.timers.enable({ apis: ['setTimeout'] });
    fromUrl(url())().catch((error) => (settled = error));
    for (let turns = 0; !settled && turns < 100; turns += 1) {
      context.mock.timers.tick(5000);
      await new Promise(setImmediate);
    }
    assert.ok(isRefused('ERR_CREDENTIALS', '/aws-keys did not respond', '5000 ms')(settled));
    assert.equal(calls, 4);
  });

  test('says what is wrong with a response, without what is in it', async () => {
    for (const body of ['<html>secret 4711</html>', '', '[]', 'null', { accessKeyId: 'secret 4711' }, { secretAccessKey: 'secret 4711' }]) {
      answers = [{ body }];
      await assert.rejects(fromUrl(url())(), isRefused('ERR_CREDENTIALS', `${server.endpoint}/aws-keys`, 'accessKeyId'));
    }
  });

  test('refuses what is no http(s) URL', () => {
    for (const bad of ['/aws-keys', '', undefined, 5, 'ftp://a/b', 'file:///etc/passwd']) {
      assert.throws(() => fromUrl(bad), isRefused('ERR_INVALID_ARGUMENT', 'url'));
    }
    const body = new Blob(['x']).stream();
    assert.throws(() => fromUrl('https://example.com/', { method: 'POST', body, duplex: 'half' }), isRefused('ERR_INVALID_ARGUMENT', 'init.body', 'stream'));
    assert.throws(() => fromUrl('https://user:secret 4711@example.com/'), isRefused('ERR_INVALID_ARGUMENT', 'user name'));
  });
});
