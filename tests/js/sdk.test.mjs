// Code written for the AWS SDK moves over by changing its import.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisClient } from 'kinesis-edge';
import { startKinesis } from './servers.mjs';

const APPS = ['app', 'operations'];
const original = (app) => new URL(`./sdk/${app}.js`, import.meta.url);
const moved = (app) => new URL(`./sdk/${app}-moved-${process.pid}.js`, import.meta.url);
let kinesis;

before(async () => {
  kinesis = await startKinesis();
  for (const app of APPS) {
    const source = await readFile(original(app), 'utf8');
    const changed = source.replace("from '@aws-sdk/client-kinesis'", "from 'kinesis-edge'");
    assert.notEqual(changed, source);
    await writeFile(moved(app), changed);
  }
});
after(async () => {
  for (const app of APPS) await rm(moved(app), { force: true });
  await kinesis?.stop();
});

test('a file that puts gives the same results with either package', async () => {
  const [bySdk, byUs] = await resultsOfBoth('app');
  assert.equal(bySdk.errors.length, 3);
  assert.ok(bySdk.numbersGrow);
  assert.deepEqual(byUs, bySdk);
});

test('a file that reads streams and looks after them gives the same results with either package', async () => {
  const [bySdk, byUs] = await resultsOfBoth('operations');
  assert.deepEqual(bySdk.read, [[[[...Buffer.from('first')], 'k', true], [[0, 255, 128], 'k', true]], 0, true]);
  assert.deepEqual(bySdk.errors.map(({ classes }) => classes), [[true, false, false], [false, true, false]]);
  assert.equal(bySdk.pages.length, 3);
  assert.deepEqual(byUs, bySdk);
});

async function resultsOfBoth(app) {
  // By itself the SDK speaks HTTP/2, which the embedded server does not.
  const bySdk = await resultsOf(original(app), `${app}-of-sdk`, { requestHandler: new NodeHttpHandler() });
  return [bySdk, await resultsOf(moved(app), `${app}-of-ours`, {})];
}

async function resultsOf(url, StreamName, options) {
  const { endpoint } = kinesis;
  const client = new KinesisClient({ region: 'us-east-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  await client.call('CreateStream', { StreamName, ShardCount: 2 });
  const { app } = await import(url);
  const results = await app({ endpoint, StreamName, options });
  return JSON.parse(JSON.stringify(results).replaceAll(StreamName, 'STREAM'));
}
