import { KinesisClient, Producer } from 'kinesis-edge';
import { errorOf, withClockOff, world } from './tools.js';

const HOUR_MS = 3_600_000;
const SERVERS = ['ministack', 'moto'];
const MISMATCH = 'The request signature we calculated does not match the signature you provided';
const INVALID_TOKEN = 'The security token included in the request is invalid';

/** Keys made wrong, and what the service that checks them like AWS says. */
const REFUSED = [
  ['a wrong secret', ({ credentials }) => ({ ...credentials, secretAccessKey: 'wrong' }), 'InvalidSignatureException', MISMATCH],
  ['an unknown key', ({ credentials }) => ({ ...credentials, accessKeyId: 'AKIAUNKNOWN' }), 'UnrecognizedClientException', INVALID_TOKEN],
  ['a missing token', ({ temporary }) => ({ ...temporary, sessionToken: undefined }), 'UnrecognizedClientException', INVALID_TOKEN],
  ['an altered token', ({ temporary }) => ({ ...temporary, sessionToken: `${temporary.sessionToken}x` }), 'UnrecognizedClientException', INVALID_TOKEN],
];

export default function verify(QUnit) {
  const { module, test } = QUnit;
  module('signatures, checked by servers of other people');

  function clientOf(server, credentials, options = {}) {
    const { endpoint, region } = world[server];
    return new KinesisClient({ endpoint, region, credentials, ...options });
  }

  for (const server of SERVERS) {
    test(`${server} accepts fixed and temporary keys, for every call`, async (assert) => {
      const { credentials, temporary, streamName: StreamName, streamARN: StreamARN } = world[server];
      for (const keys of [credentials, temporary]) {
        const client = clientOf(server, keys);
        assert.ok((await client.putRecord({ StreamName, Data: 'ä€😀', PartitionKey: 'é' })).SequenceNumber);
        const many = await client.putRecords({ StreamName, StreamARN, Records: [{ Data: new Uint8Array(3000), PartitionKey: 'k' }] });
        assert.strictEqual(many.FailedRecordCount, 0);
        assert.strictEqual((await client.listShards({ StreamARN })).Shards.length, 2);
        assert.ok((await client.describeStreamSummary({ StreamARN })).StreamDescriptionSummary);
      }
    });
  }

  // Large bodies are hashed by the host where it is quicker: at once, or after a wait.
  for (const server of SERVERS) {
    for (const bytes of [3000, 5000, 40_000, 300_000]) {
      test(`${server} accepts a body of ${bytes} bytes, from the client and from a producer`, async (assert) => {
        const { credentials, streamName, endpoint, region } = world[server];
        const Data = 'é'.repeat(bytes / 2);
        const { FailedRecordCount } = await clientOf(server, credentials, { maxAttempts: 1 }).putRecords({ StreamName: streamName, Records: [{ Data, PartitionKey: 'k' }] });
        assert.strictEqual(FailedRecordCount, 0);
        const producer = new Producer({ endpoint, region, credentials, streamName, recordAttemptsMax: 1 });
        assert.strictEqual((await producer.put(Data, { partitionKey: 'k' })).attempts, 1);
        await producer.close();
      });
    }
  }

  for (const [what, change, name, message] of REFUSED) {
    test(`${what}: the exception's name and message reach the caller`, async (assert) => {
      const { streamName: StreamName } = world.ministack;
      const record = { StreamName, Data: 'x', PartitionKey: 'k' };
      const error = await errorOf(clientOf('ministack', change(world.ministack)).putRecord(record));
      assert.strictEqual(error.code, 'ERR_SERVICE');
      assert.strictEqual(error.name, name);
      assert.ok(error.message.startsWith(message), error.message);
      assert.strictEqual(error.status, 400);
      assert.strictEqual(error.attempts, 1);
    });

    test(`${what}: moto refuses it too`, async (assert) => {
      const { streamName: StreamName } = world.moto;
      const error = await errorOf(clientOf('moto', change(world.moto)).putRecord({ StreamName, Data: 'x', PartitionKey: 'k' }));
      assert.strictEqual(error.code, 'ERR_SERVICE');
      // It answers in another service's XML; what it says is shown all the same.
      assert.strictEqual(error.status, 403);
      assert.ok(error.message.includes('HTTP 403'), error.message);
    });
  }

  for (const hours of [-1, 1]) {
    test(`our clock ${hours} h wrong: the second try succeeds`, async (assert) => {
      const { credentials, streamName: StreamName } = world.ministack;
      const tries = [];
      const counting = async (url, init) => {
        const response = await fetch(url, init);
        tries.push(response.status);
        return response;
      };
      const client = clientOf('ministack', credentials, { fetch: counting, maxAttempts: 2 });
      await withClockOff(hours * HOUR_MS, () => client.putRecord({ StreamName, Data: 'x', PartitionKey: 'k' }));
      assert.deepEqual(tries, [400, 200]);
    });
  }
}
