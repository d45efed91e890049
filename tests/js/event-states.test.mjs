// The books of the demo page: that nothing is lost is worth telling only where a loss would be reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStates } from '../../www/live/event-states.js';

function statesOf(...ids) {
  const eventStates = new EventStates();
  for (const id of ids) eventStates.put(id);
  return eventStates;
}

test('put, delivered, waiting and lost add up, however often each is reported', () => {
  const eventStates = statesOf('a', 'b', 'c', 'a');
  for (const id of ['a', 'a']) eventStates.delivered(id);
  for (const id of ['b', 'b']) eventStates.lost(id);
  const { put, delivered, waiting, lost } = eventStates.counts;
  assert.deepEqual({ put, delivered, waiting, lost }, { put: 3, delivered: 1, waiting: 1, lost: 1 });
});

test('what is acknowledged after it was given up is not lost, and the other way round', () => {
  const eventStates = statesOf('a', 'b');
  eventStates.lost('a');
  eventStates.delivered('a');
  eventStates.delivered('b');
  eventStates.lost('b');
  assert.equal(eventStates.counts.lost, 0);
});

test('delivered and not in the stream is reported, and so is what is there twice', () => {
  const eventStates = statesOf('a', 'b');
  for (const id of ['a', 'b']) eventStates.delivered(id);
  assert.equal(eventStates.read('a'), true);
  assert.equal(eventStates.read('a'), false);
  assert.equal(eventStates.read('somebody else’s'), false);
  const { read, found, delivered, twice } = eventStates.counts;
  assert.deepEqual({ read, found, delivered, twice }, { read: 1, found: 1, delivered: 2, twice: 1 });
});

test('what a collector accepted waits until it is read, is no loss of a killed page, and is not lost by a later refusal', () => {
  const eventStates = statesOf('in the queue', 'read later', 'read before the answer', 'in the tab');
  eventStates.read('read before the answer');
  for (const id of ['in the queue', 'read later', 'read before the answer']) eventStates.accepted(id);
  const atFirst = eventStates.counts;
  assert.deepEqual([atFirst.delivered, atFirst.accepted, atFirst.waiting], [1, 2, 3]);
  eventStates.read('read later');
  eventStates.orphan();
  assert.deepEqual(eventStates.abandoned, { left: 1, missing: 1 });
  eventStates.countAbandoned();
  eventStates.lost('in the queue');
  const { delivered, accepted, waiting, lost } = eventStates.counts;
  assert.deepEqual({ delivered, accepted, waiting, lost }, { delivered: 2, accepted: 1, waiting: 1, lost: 1 });
});

test('an event of a killed page that no outbox brings back is lost', () => {
  const eventStates = statesOf('sent again', 'only read', 'vanished', 'delivered before');
  eventStates.delivered('delivered before');
  eventStates.orphan();
  assert.deepEqual(eventStates.abandoned, { left: 3, missing: 3 });
  eventStates.sent('sent again');
  eventStates.read('only read');
  assert.deepEqual(eventStates.abandoned, { left: 3, missing: 1 });
  eventStates.countAbandoned();
  const { delivered, waiting, lost } = eventStates.counts;
  assert.deepEqual({ delivered, waiting, lost }, { delivered: 2, waiting: 1, lost: 1 });
});

test('what was read before its page was killed is reported as delivered by it', () => {
  const eventStates = statesOf('read', 'waiting');
  eventStates.read('read');
  assert.deepEqual(eventStates.orphan(), ['read']);
  assert.equal(eventStates.isDelivered('read'), true);
  assert.deepEqual(eventStates.abandoned, { left: 1, missing: 1 });
});

test('an event of an earlier visit counts as put when its outbox sends it', () => {
  const eventStates = statesOf();
  eventStates.sent('old');
  eventStates.delivered('old');
  assert.equal(eventStates.counts.put, 1);
  assert.equal(eventStates.counts.delivered, 1);
});
