// Limits at the ends of numbers, what a dropped producer leaves behind, and secrets in messages of the service. CHROME_PATH is the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { KinesisClient, Producer } from 'kinesis-edge';
import { serveFiles } from './files.mjs';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'hush-secret', sessionToken: 'hush+to/ken==' };
let files;
before(async () => {
  files = await serveFiles();
});
after(() => files?.stop());

const never = () => new Promise(() => {});

function producerWith(options) {
  return new Producer({ region: 'us-east-1', streamName: 's', credentials: KEYS, fetch: never, ...options });
}

test('there is no room for as many bytes or records as wrap around in 32 bits', () => {
  const producer = producerWith();
  producer.put('some').catch(() => {});
  for (const count of [2 ** 32, 2 ** 32 - 1, 2 ** 32 - 4, 2 ** 33, 2 ** 53, Infinity]) {
    assert.equal(producer.hasRoomFor(1, count), false, `${count} bytes`);
    assert.equal(producer.hasRoomFor(count, 1), false, `${count} records`);
  }
  assert.equal(producer.hasRoomFor(1, 1000), true);
});

test('a message of the service that repeats the canonical request carries no session token into errors, stats or logs', async () => {
  const canonical = ['POST', '/', '', 'host:kinesis', 'x-amz-date:20261128T000000Z', `x-amz-security-token:${KEYS.sessionToken}`, '', 'host;x-amz-date;x-amz-security-token'];
  const message = `The request signature we calculated does not match. The Canonical String should have been\n'${canonical.join('\n')}'`;
  const fetch = async () => new Response(JSON.stringify({ __type: 'InvalidSignatureException', message }), { status: 400 });
  const lines = [];
  const logger = { debug: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => lines.push(line) };
  const producer = producerWith({ fetch, logger, lingerMs: 0 });
  const client = new KinesisClient({ region: 'us-east-1', credentials: KEYS, fetch, logger });
  const errors = [];
  for (const call of [client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }), producer.put('x')]) errors.push(await call.catch((thrown) => thrown));
  for (const error of errors) {
    assert.deepEqual([error.code, error.name], ['ERR_SERVICE', 'InvalidSignatureException']);
    assert.match(error.message, /x-amz-security-token:…\n/);
  }
  assert.match(producer.stats.lastError.message, /x-amz-security-token:…\n/);
  const texts = [...errors.map((error) => `${error.stack} ${error.message}`), producer.stats.lastError.message, ...lines];
  assert.ok(lines.length > 0);
  for (const text of texts) assert.doesNotMatch(text, /hush/);
});

test('a producer that is dropped without close is collected, though it listens to the host', async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--js-flags=--expose-gc'] });
  try {
    const page = await browser.newPage();
    await page.goto(files.endpoint);
    const collected = await page.evaluate(async () => {
      const { Producer, ready } = await import('/dist/browser.js');
      await ready;
      const make = async () => {
        const stored = { ShardId: 'shardId-0', SequenceNumber: '1' };
        const fetch = async (_, { body }) => {
          const { Records } = JSON.parse(new TextDecoder().decode(body));
          return Response.json({ FailedRecordCount: 0, Records: Records.map(() => stored) });
        };
        const producer = new Producer({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch, lingerMs: 0 });
        await producer.put('x');
        return new WeakRef(producer);
      };
      const references = [];
      for (let index = 0; index < 20; index += 1) references.push(await make());
      let alive = references.length;
      for (let tries = 0; tries < 100 && alive > 1; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        globalThis.gc();
        alive = references.filter((reference) => reference.deref()).length;
      }
      dispatchEvent(new Event('online'));
      return references.length - alive;
    });
    assert.ok(collected >= 19, `${collected} of 20`);
  } finally {
    await browser.close();
  }
});
