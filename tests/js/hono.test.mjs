// The example for Hono of docs/producer.md, in workerd.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Miniflare } from 'miniflare';
import { ORIGIN, bundle, event, startStream, until } from './collector/setup.mjs';

let stream;
let miniflare;
let address;

before(async () => {
  stream = await startStream();
  const bindings = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'HONO', AWS_SECRET_ACCESS_KEY: 's', STREAM_NAME: stream.name, KINESIS_ENDPOINT: stream.endpoint };
  miniflare = new Miniflare({ compatibilityDate: '2026-04-01', host: '127.0.0.1', bindings, modules: await bundle('hono.js') });
  address = await miniflare.ready;
});
after(async () => {
  await miniflare?.dispose();
  await stream?.stop();
});

test('a route puts with a producer of its own', async () => {
  const order = { customer: 'c-1', total: 12.5 };
  const response = await fetch(new URL('orders', address), { method: 'POST', body: JSON.stringify(order) });
  assert.equal(response.status, 202);
  const { partitionKey, text } = await until('the order', async () => (await stream.lines()).find(({ text }) => text.includes('total')));
  assert.deepEqual([partitionKey, JSON.parse(text)], ['c-1', order]);
});

test('a route is the collector', async () => {
  const sent = event();
  const response = await fetch(new URL('collect', address), { method: 'POST', headers: { origin: ORIGIN, 'content-type': 'text/plain' }, body: JSON.stringify(sent) });
  assert.equal(response.status, 202);
  await until('the event', async () => (await stream.lines()).find(({ text }) => text.includes(sent.messageId)));
});
