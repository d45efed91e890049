import { KinesisClient, Producer } from 'kinesis-edge';
import { clientWith, errorOf, logOf, newKey, newStream, setPlan, sleep, world } from './tools.js';

const record = { Data: 'x', PartitionKey: 'k' };

function clientFor(credentials, options = {}) {
  return new KinesisClient({ region: 'us-east-1', endpoint: world.kinesis, credentials, ...options });
}

/** A provider that counts how often it was asked. */
function counting(answers) {
  const provider = async () => {
    await sleep(20);
    provider.asked += 1;
    return answers[Math.min(provider.asked, answers.length) - 1];
  };
  provider.asked = 0;
  return provider;
}

export default function credentials(QUnit) {
  const { module, test } = QUnit;
  module('credentials');

  test('a provider is asked once for calls that wait together, and not again', async (assert) => {
    const StreamName = await newStream();
    const provider = counting([{ accessKeyId: newKey(), secretAccessKey: 's' }]);
    const client = clientFor(provider);
    await Promise.all(Array.from({ length: 20 }, () => client.putRecord({ StreamName, ...record })));
    await client.putRecord({ StreamName, ...record });
    assert.strictEqual(provider.asked, 1);
  });

  test('keys of a provider that no header can carry are reported in words, by the client and by a producer', async (assert) => {
    const provider = async () => ({ accessKeyId: 'A\nB', secretAccessKey: 'topsecret' });
    const producer = new Producer({ region: 'us-east-1', endpoint: world.kinesis, credentials: provider, streamName: 's', recordAttemptsMax: 1 });
    for (const put of [clientFor(provider).putRecord({ StreamName: 's', ...record }), producer.put('x')]) {
      const error = await errorOf(put);
      assert.strictEqual(error.code, 'ERR_CREDENTIALS');
      assert.ok(error.message.startsWith('credentials.accessKeyId has a character'), error.message);
    }
    await producer.close();
  });

  test('new ones are asked for ahead of the expiry', async (assert) => {
    const StreamName = await newStream();
    const key = () => ({ accessKeyId: newKey(), secretAccessKey: 's', sessionToken: 't' });
    const provider = counting([
      { ...key(), expiration: new Date(Date.now() + 2000) },
      { ...key(), expiration: new Date(Date.now() + HOUR_MS) },
    ]);
    const client = clientFor(provider);
    await client.putRecord({ StreamName, ...record });
    await client.putRecord({ StreamName, ...record });
    assert.strictEqual(provider.asked, 1);
    await sleep(4200);
    await client.putRecord({ StreamName, ...record });
    await client.putRecord({ StreamName, ...record });
    assert.strictEqual(provider.asked, 2);
  });

  test('a token that has expired is replaced and the call succeeds', async (assert) => {
    const StreamName = await newStream();
    const [old, fresh] = [newKey(), newKey()];
    await setPlan(old, { queue: [{ kind: 'expired-token' }, { kind: 'expired-token' }] });
    await setPlan(fresh, {});
    const provider = counting([
      { accessKeyId: old, secretAccessKey: 's', sessionToken: 'old' },
      { accessKeyId: fresh, secretAccessKey: 's', sessionToken: 'fresh' },
    ]);
    const client = clientFor(provider);
    await Promise.all([client.putRecord({ StreamName, ...record }), client.putRecord({ StreamName, ...record })]);
    assert.strictEqual(provider.asked, 2);
    assert.strictEqual((await logOf(old)).length, 2);
    assert.deepEqual((await logOf(fresh)).map(({ hasToken, status }) => [hasToken, status]), [[true, 200], [true, 200]]);
  });

  test('fixed credentials whose token has expired give the service\'s exception', async (assert) => {
    const { client, log } = await clientWith({ queue: [{ kind: 'expired-token' }] });
    const error = await errorOf(client.putRecord({ StreamName: 's', ...record }));
    assert.strictEqual(error.code, 'ERR_SERVICE');
    assert.strictEqual(error.name, 'ExpiredTokenException');
    assert.strictEqual((await log()).length, 1);
  });

  test('a provider that fails is an error, and is asked again by the next call', async (assert) => {
    const StreamName = await newStream();
    let fails = true;
    const client = clientFor(async () => {
      if (fails) throw new Error('the identity service is down');
      return { accessKeyId: newKey(), secretAccessKey: 's' };
    });
    const error = await errorOf(client.putRecord({ StreamName, ...record }));
    assert.strictEqual(error.code, 'ERR_CREDENTIALS');
    assert.ok(error.message.includes('credentials') && error.message.includes('the identity service is down'));
    fails = false;
    assert.ok((await client.putRecord({ StreamName, ...record })).SequenceNumber);
  });

  test('a provider that fails to renew does no harm while the old keys work', async (assert) => {
    const StreamName = await newStream();
    let asked = 0;
    const client = clientFor(async () => {
      asked += 1;
      if (asked > 1) throw new Error('down');
      return { accessKeyId: newKey(), secretAccessKey: 's', expiration: new Date(Date.now() + 8000) };
    });
    await client.putRecord({ StreamName, ...record });
    await sleep(4200);
    assert.ok((await client.putRecord({ StreamName, ...record })).SequenceNumber);
    assert.strictEqual(asked, 2);
  });

  test('a provider that never answers is an error in time', async (assert) => {
    const client = clientFor(() => new Promise(() => {}), { requestTimeoutMs: 100 });
    const calls = [1, 2].map(() => errorOf(client.putRecord({ StreamName: 's', ...record })));
    for (const error of await Promise.all(calls)) {
      assert.strictEqual(error.code, 'ERR_CREDENTIALS');
      assert.ok(error.message.includes('100 ms'), error.message);
    }
  });

  test('a call that waits for a provider can be called off', async (assert) => {
    const client = clientFor(() => new Promise(() => {}));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const error = await errorOf(client.putRecord({ StreamName: 's', ...record }, { abortSignal: controller.signal }));
    assert.strictEqual(error.code, 'ERR_ABORTED');
  });

  test('what a provider gives is checked, and no error shows a secret', async (assert) => {
    for (const keys of [undefined, null, 'AKID', {}, { accessKeyId: 'AKID' }, { accessKeyId: 'AKID', secretAccessKey: '' }, { accessKeyId: 'A B', secretAccessKey: 'hush' }]) {
      const error = await errorOf(clientFor(async () => keys).putRecord({ StreamName: 's', ...record }));
      assert.strictEqual(error.code, 'ERR_CREDENTIALS', JSON.stringify(keys));
      assert.ok(error.message.includes('credentials'));
      assert.notOk(`${error.stack}${JSON.stringify(error)}`.includes('hush'));
    }
  });
}

const HOUR_MS = 3_600_000;
