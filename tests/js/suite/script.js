// The script that the simulation's Kinesis is held to, run against the embedded one: the two agree.
import { clientWith, file, newStream } from './tools.js';

export default function script(QUnit) {
  const { module, test } = QUnit;
  module('the Kinesis of the simulation');

  test('the embedded one answers its script in the same way', async (assert) => {
    const { stream, shards, steps } = await file('tests/simulation/script.json');
    const StreamName = await newStream(shards);
    const { client } = await clientWith({}, { maxAttempts: 1 });
    assert.ok(steps.length > 15);
    for (const { name, operation, input, times = 1, expect } of steps) {
      const params = written(input);
      if (params.StreamName === stream) params.StreamName = StreamName;
      const calls = Array.from({ length: times }, () => client.call(operation, params));
      if (expect.status !== 200) {
        const outcome = await calls[0].then(() => [200], (error) => [error.status, error.name]);
        assert.deepEqual(outcome, [expect.status, expect.errorName], name);
        continue;
      }
      const answers = await Promise.all(calls);
      const failed = answers.reduce((sum, answer) => sum + (answer.FailedRecordCount ?? 0), 0);
      if (expect.failed !== undefined) assert.strictEqual(failed, expect.failed, name);
      if (expect.failedMin !== undefined) assert.ok(failed >= expect.failedMin, `${name}: ${failed} failed`);
      if (expect.shardIds) assert.deepEqual((answers[0].Records ?? answers[0].Shards).map(({ ShardId }) => ShardId), expect.shardIds, name);
    }
  });
}

/** Long values are written short: a text repeated, a value copied. */
function written(value) {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  if ('repeat' in value) return value.repeat.repeat(value.times);
  if ('copies' in value) return Array(value.times).fill(written(value.copies));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, written(member)]));
}
