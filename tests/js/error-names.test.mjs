// How an error looks where it is printed: under its own name, with its message, wherever it was made.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { KinesisClient, KinesisError, Producer, hashKey } from 'kinesis-edge';

const credentials = { accessKeyId: 'a', secretAccessKey: 's' };

async function errorOf(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function assertPrinted(error, name, message) {
  assert.equal(error.name, name);
  assert.ok(inspect(error).startsWith(`${name}: ${message}`), inspect(error));
  assert.ok(error.stack.startsWith(`${name}: ${message}\n`), error.stack);
  assert.equal(String(error), `${name}: ${message}`);
  assert.deepEqual([JSON.parse(JSON.stringify(error)).name, JSON.parse(JSON.stringify(error)).message], [name, message]);
}

test('an argument that is refused', async () => {
  const error = await errorOf(() => hashKey());
  assertPrinted(error, 'KinesisError', 'partitionKey must be a string, not undefined');
});

test('an option that is refused', async () => {
  const error = await errorOf(() => new Producer({ region: 'us-east-1', credentials, streamName: '' }));
  assertPrinted(error, 'KinesisError', error.message);
});

test('an exception of AWS, of a call', async () => {
  const fetch = async () => new Response('{"__type":"ResourceNotFoundException","message":"Stream x not found"}', { status: 400 });
  const client = new KinesisClient({ region: 'us-east-1', credentials, fetch });
  const error = await errorOf(() => client.describeStreamSummary({ StreamName: 'x' }));
  assertPrinted(error, 'ResourceNotFoundException', 'Stream x not found');
});

test('an error that a user makes, and one of a class of theirs', () => {
  assertPrinted(new KinesisError('ERR_CLOSED', 'closed'), 'KinesisError', 'closed');
  class Own extends KinesisError {}
  assertPrinted(new Own('ERR_CLOSED', 'closed', { name: 'Own' }), 'Own', 'closed');
});
