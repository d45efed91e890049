// The last moment of a page, in Chromium: what is put in `pagehide` and flushed with keepalive arrives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { serveFiles } from './files.mjs';
import { startKinesisWith } from './kinesis.mjs';

const STREAM = 'leaving';
let browser;
let files;
let kinesis;
let client;

before(async () => {
  [{ kinesis, client }, files] = await Promise.all([startKinesisWith(STREAM), serveFiles()]);
  browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
});
after(async () => {
  await browser?.close();
  await Promise.all([kinesis?.stop(), files?.stop()]);
});

for (const [how, leave] of [
  ['navigates away', (page) => page.goto('about:blank')],
  ['is closed', (page) => page.close({ runBeforeUnload: true })],
  ['is reloaded', (page) => page.reload()],
]) {
  test(`a record put when the page ${how} arrives, ten times out of ten`, async () => {
    const names = Array.from({ length: 10 }, (_, index) => `${how} ${index}`);
    const context = await browser.newContext();
    for (const name of names) {
      const page = await context.newPage();
      await page.goto(files.endpoint);
      await page.evaluate(putWhenHidden, { name, endpoint: kinesis.endpoint, streamName: STREAM });
      await leave(page);
    }
    let missing = names;
    for (let tries = 0; tries < 40 && missing.length > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const stored = await storedTexts();
      missing = names.filter((name) => !stored.includes(name));
    }
    await context.close();
    assert.deepEqual(missing, []);
  });
}

/** Runs in the page. */
async function putWhenHidden({ name, endpoint, streamName }) {
  const { Producer, ready } = await import('/dist/browser.js');
  await ready;
  const producer = new Producer({ region: 'us-east-1', endpoint, streamName, credentials: { accessKeyId: 'PAGE', secretAccessKey: 's' }, lingerMs: 60_000 });
  addEventListener('pagehide', () => {
    producer.put(name);
    producer.flush({ keepalive: true });
  });
}

async function storedTexts() {
  const { Shards } = await client.listShards({ StreamName: STREAM });
  const perShard = await Promise.all(
    Shards.map(async ({ ShardId }) => {
      const { ShardIterator } = await client.call('GetShardIterator', { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
      const { Records } = await client.call('GetRecords', { ShardIterator });
      return Records.map(({ Data }) => Buffer.from(Data, 'base64').toString());
    }),
  );
  return perShard.flat();
}
