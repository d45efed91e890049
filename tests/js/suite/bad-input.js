import { KinesisClient, KinesisError } from 'kinesis-edge';
import { clientWith, errorOf, newStream } from './tools.js';

const MIB = 1024 * 1024;
const good = { StreamName: 'clicks', Data: 'x', PartitionKey: 'k' };
const entry = { Data: 'x', PartitionKey: 'k' };
const options = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };

/** Changes to a good putRecord, the code of the error and what its message names. */
const RECORDS = [
  [{ StreamName: undefined }, 'StreamName or StreamARN'],
  [{ StreamName: '' }, 'StreamName', '128'],
  [{ StreamName: 'a b' }, 'StreamName', '128'],
  [{ StreamName: 'a\0b' }, 'StreamName', '128'],
  [{ StreamName: 'a'.repeat(129) }, 'StreamName', '128'],
  [{ StreamName: 7 }, 'StreamName', 'string'],
  [{ StreamARN: 'arn:aws:kinesis:us-east-1:1:stream/x' }, 'StreamARN'],
  [{ StreamARN: 'arn:aws:sqs:us-east-1:123456789012:stream/x' }, 'StreamARN'],
  [{ PartitionKey: undefined }, 'PartitionKey', 'string'],
  [{ PartitionKey: '' }, 'PartitionKey', '256'],
  [{ PartitionKey: 'é'.repeat(257) }, 'PartitionKey', '256'],
  [{ PartitionKey: '😀'.repeat(257) }, 'PartitionKey', '256'],
  [{ ExplicitHashKey: 'abc' }, 'ExplicitHashKey', '2^128'],
  [{ ExplicitHashKey: '-1' }, 'ExplicitHashKey', '2^128'],
  [{ ExplicitHashKey: '01' }, 'ExplicitHashKey', 'leading zeros'],
  [{ ExplicitHashKey: (2n ** 128n).toString() }, 'ExplicitHashKey', '2^128'],
  [{ ExplicitHashKey: 5 }, 'ExplicitHashKey', 'string'],
  [{ SequenceNumberForOrdering: 'x' }, 'SequenceNumberForOrdering', '129'],
  [{ SequenceNumberForOrdering: '9'.repeat(130) }, 'SequenceNumberForOrdering', '129'],
  [{ Data: undefined }, 'Data', 'Uint8Array'],
  [{ Data: null }, 'Data', 'Uint8Array'],
  [{ Data: 5 }, 'Data', 'Uint8Array'],
  [{ Data: { a: 1 } }, 'Data', 'Uint8Array'],
  [{ Data: [1, 2] }, 'Data', 'Uint8Array'],
];

/** `Records` that are refused, and what the message names. */
const LISTS = [
  [undefined, 'Records', 'array'],
  ['x', 'Records', 'array'],
  [[], 'Records', '500'],
  [Array(501).fill(entry), 'Records', '500'],
  [[entry, null], 'Records[1]'],
  [[entry, { ...entry, PartitionKey: '' }], 'Records[1].PartitionKey', '256'],
  [[entry, { ...entry, Data: 7 }], 'Records[1].Data'],
  // The first that is wrong, also where only the core notices.
  [[entry, { ...entry, PartitionKey: '' }, { ...entry, Data: 7 }], 'Records[1].PartitionKey', '256'],
  [[entry, { ...entry, ExplicitHashKey: '-1' }], 'Records[1].ExplicitHashKey'],
  [Array(6).fill({ Data: new Uint8Array(MIB - 1), PartitionKey: 'k' }), 'Records[5]', '5242880'],
];

/** Options that make no client. */
const OPTIONS = [
  [null, 'ERR_INVALID_ARGUMENT', 'options'],
  [{ region: undefined }, 'ERR_INVALID_ARGUMENT', 'region'],
  [{ region: '' }, 'ERR_INVALID_ARGUMENT', 'region'],
  [{ region: 'us_east_1' }, 'ERR_INVALID_ARGUMENT', 'region'],
  [{ credentials: undefined }, 'ERR_CREDENTIALS', 'credentials'],
  [{ credentials: { accessKeyId: 'a' } }, 'ERR_CREDENTIALS', 'secretAccessKey'],
  [{ credentials: { accessKeyId: '', secretAccessKey: 's' } }, 'ERR_CREDENTIALS', 'accessKeyId'],
  [{ credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 5 } }, 'ERR_CREDENTIALS', 'sessionToken'],
  [{ endpoint: 'localhost' }, 'ERR_INVALID_ARGUMENT', 'endpoint'],
  [{ endpoint: 'ftp://localhost' }, 'ERR_INVALID_ARGUMENT', 'endpoint'],
  [{ endpoint: 'http://localhost', useFipsEndpoint: true }, 'ERR_INVALID_ARGUMENT', 'useFipsEndpoint'],
  [{ endpoint: 'http://localhost', useDualstackEndpoint: true }, 'ERR_INVALID_ARGUMENT', 'useDualstackEndpoint'],
  [{ useFipsEndpoint: 'yes' }, 'ERR_INVALID_ARGUMENT', 'useFipsEndpoint'],
  [{ protocol: 'xml' }, 'ERR_INVALID_ARGUMENT', "protocol must be one of 'json', 'cbor'"],
  [{ maxAttempts: 0 }, 'ERR_INVALID_ARGUMENT', 'maxAttempts'],
  [{ maxAttempts: 1.5 }, 'ERR_INVALID_ARGUMENT', 'maxAttempts'],
  [{ requestTimeoutMs: -1 }, 'ERR_INVALID_ARGUMENT', 'requestTimeoutMs'],
  [{ recordBytesMax: 10 * MIB + 1 }, 'ERR_INVALID_ARGUMENT', 'recordBytesMax'],
  [{ region: 'us-east-1\0' }, 'ERR_INVALID_ARGUMENT', 'region must be an AWS region'],
  [{ region: 'us-east-1\n' }, 'ERR_INVALID_ARGUMENT', 'region must be an AWS region'],
  [{ credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 'a\0b' } }, 'ERR_CREDENTIALS', 'sessionToken'],
  [{ recordBytesMax: 0 }, 'ERR_INVALID_ARGUMENT', 'recordBytesMax'],
  [{ requestBytesMax: 10 * MIB + 1 }, 'ERR_INVALID_ARGUMENT', 'requestBytesMax'],
  [{ requestBytesMax: 0 }, 'ERR_INVALID_ARGUMENT', 'requestBytesMax'],
  [{ fetch: 'fetch' }, 'ERR_INVALID_ARGUMENT', 'fetch'],
];

export default function badInput(QUnit) {
  const { module, test } = QUnit;
  module('bad input');

  function check(assert, error, code, named) {
    assert.ok(error instanceof KinesisError, String(error));
    assert.strictEqual(error.code, code, error.message);
    for (const part of named) assert.ok(error.message.includes(part), `"${part}" in: ${error.message}`);
  }

  test('putRecord refuses it before anything is sent', async (assert) => {
    const { client, log } = await clientWith();
    for (const [change, ...named] of RECORDS) {
      check(assert, await errorOf(client.putRecord({ ...good, ...change })), 'ERR_INVALID_ARGUMENT', named);
    }
    for (const input of [undefined, null, 'x', []]) {
      check(assert, await errorOf(client.putRecord(input)), 'ERR_INVALID_ARGUMENT', ['input']);
    }
    assert.deepEqual(await log(), []);
  });

  test('putRecords refuses it before anything is sent', async (assert) => {
    const { client, log } = await clientWith();
    for (const [Records, ...named] of LISTS) {
      check(assert, await errorOf(client.putRecords({ StreamName: 'clicks', Records })), 'ERR_INVALID_ARGUMENT', named);
    }
    assert.deepEqual(await log(), []);
  });

  test('a record one byte over its limit is refused, also where the limit was raised', async (assert) => {
    const { client, log } = await clientWith();
    const raised = await clientWith({}, { recordBytesMax: 10 * MIB, requestBytesMax: 10 * MIB });
    for (const [sender, limit] of [[client, MIB], [raised.client, 10 * MIB]]) {
      const record = { Data: new Uint8Array(limit), PartitionKey: 'k' };
      for (const call of [sender.putRecord({ StreamName: 'clicks', ...record }), sender.putRecords({ StreamName: 'clicks', Records: [record] })]) {
        const error = await errorOf(call);
        check(assert, error, 'ERR_RECORD_TOO_LARGE', ['Data', String(limit), String(limit + 1)]);
        assert.strictEqual(error.partitionKey, 'k');
      }
    }
    assert.deepEqual(await log(), []);
    assert.deepEqual(await raised.log(), []);
  });

  test('what is just within the limits is sent', async (assert) => {
    const StreamName = await newStream();
    const { client, log } = await clientWith();
    const top = (2n ** 128n - 1n).toString();
    for (const change of [{ PartitionKey: '😀'.repeat(256).slice(0, 128) }, { ExplicitHashKey: '0' }, { ExplicitHashKey: top }]) {
      assert.ok((await client.putRecord({ ...good, StreamName, ...change })).SequenceNumber);
    }
    const many = await client.putRecords({ StreamName, Records: Array(500).fill(entry) });
    assert.strictEqual(many.Records.length, 500);
    assert.strictEqual((await log()).length, 4);
  });

  test('keys of 256 characters outside ASCII are sent', async (assert) => {
    // The embedded server counts bytes and refuses some of them; that it was asked shows that nothing was refused here.
    const { client, log } = await clientWith();
    const name = { StreamName: 'there-is-none' };
    for (const PartitionKey of ['é'.repeat(256), '😀'.repeat(256)]) {
      const error = await errorOf(client.putRecord({ ...good, ...name, PartitionKey }));
      assert.strictEqual(error.code, 'ERR_SERVICE');
    }
    assert.strictEqual((await log()).length, 2);
  });

  test('a client is not made of bad options, and says so at once', async (assert) => {
    for (const [change, code, named] of OPTIONS) {
      const error = await errorOf(() => new KinesisClient(change && { ...options, ...change }));
      check(assert, error, code, [named]);
      assert.notOk(error.message.includes('secret-value'));
    }
  });

  test('an ARN of another partition, and an operation that is no name, are refused', async (assert) => {
    const client = new KinesisClient(options);
    const StreamARN = 'arn:aws-cn:kinesis:cn-north-1:123456789012:stream/x';
    check(assert, await errorOf(client.listShards({ StreamARN })), 'ERR_INVALID_ARGUMENT', ['StreamARN', 'partition']);
    check(assert, await errorOf(client.call('List Streams', {})), 'ERR_INVALID_ARGUMENT', ['operation']);
    check(assert, await errorOf(client.call('ListStreams', [])), 'ERR_INVALID_ARGUMENT', ['input']);
  });
}
