// Code written for the AWS SDK moves over by changing its import.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisClient } from 'kinesis-edge';
import { startKinesis } from './world.mjs';

const original = new URL('./sdk/app.js', import.meta.url);
const moved = new URL(`./sdk/app-moved-${process.pid}.js`, import.meta.url);
let kinesis;

before(async () => {
  kinesis = await startKinesis();
  const source = await readFile(original, 'utf8');
  const changed = source.replace("from '@aws-sdk/client-kinesis'", "from 'kinesis-edge'");
  assert.notEqual(changed, source);
  await writeFile(moved, changed);
});
after(async () => {
  await rm(moved, { force: true });
  await kinesis?.stop();
});

test('the same file gives the same results with either package', async () => {
  // By itself the SDK speaks HTTP/2, which the embedded server does not.
  const bySdk = await resultsOf(original, 'stream-of-sdk', { requestHandler: new NodeHttpHandler() });
  const byUs = await resultsOf(moved, 'stream-of-ours', {});
  assert.equal(bySdk.errors.length, 3);
  assert.ok(bySdk.numbersGrow);
  assert.deepEqual(byUs, bySdk);
});

async function resultsOf(url, StreamName, options) {
  const { endpoint } = kinesis;
  const client = new KinesisClient({ region: 'us-east-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  await client.call('CreateStream', { StreamName, ShardCount: 2 });
  const { app } = await import(url);
  const results = await app({ endpoint, StreamName, options });
  return JSON.parse(JSON.stringify(results).replaceAll(StreamName, 'STREAM'));
}
