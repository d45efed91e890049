// The names of exceptions that the core knows (src/client/retry.rs), and what the shim's warnings and /health say of them
// (src/shim/core/exception-topic.ts): each list means certain topics, and a name without a topic is "refused".
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topicOf } from '../../dist/browser/core/exception-topic.js';
import { exceptionNames } from '../docs/generate.mjs';

for (const [list, topics] of [
  ['THROTTLING_ERRORS', ['throttled']],
  ['TRANSIENT_ERRORS', ['unavailable']],
  ['OPERATOR_ERRORS', ['credentials', 'permission', 'stream']],
  ['FINAL_ENTRY_CODES', [undefined]],
])
  test(`every name in ${list} of the core has the topic ${topics.join(' or ')}`, () => {
    const wrong = exceptionNames(list).filter((name) => !topics.includes(topicOf(name)));
    assert.deepEqual(wrong, []);
  });

test('names that the core reads beside its lists have a topic', () => {
  for (const [name, topic] of [
    ['ExpiredTokenException', 'credentials'],
    ['RequestTimeTooSkewed', 'credentials'],
    ['KMSDisabledException', 'encryption'],
  ])
    assert.equal(topicOf(name), topic, name);
});
