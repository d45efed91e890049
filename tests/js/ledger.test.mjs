// The books of the demo page: that nothing is lost is worth telling only where a loss would be reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../www/live/ledger.js';

function ledgerOf(...ids) {
  const ledger = new Ledger();
  for (const id of ids) ledger.put(id);
  return ledger;
}

test('put, delivered, waiting and lost add up, however often each is reported', () => {
  const ledger = ledgerOf('a', 'b', 'c', 'a');
  for (const id of ['a', 'a']) ledger.delivered(id);
  for (const id of ['b', 'b']) ledger.lost(id);
  const { put, delivered, waiting, lost } = ledger.counts;
  assert.deepEqual({ put, delivered, waiting, lost }, { put: 3, delivered: 1, waiting: 1, lost: 1 });
});

test('what is acknowledged after it was given up is not lost, and the other way round', () => {
  const ledger = ledgerOf('a', 'b');
  ledger.lost('a');
  ledger.delivered('a');
  ledger.delivered('b');
  ledger.lost('b');
  assert.equal(ledger.counts.lost, 0);
});

test('delivered and not in the stream is reported, and so is what is there twice', () => {
  const ledger = ledgerOf('a', 'b');
  for (const id of ['a', 'b']) ledger.delivered(id);
  assert.equal(ledger.read('a'), true);
  assert.equal(ledger.read('a'), false);
  assert.equal(ledger.read('somebody else’s'), false);
  const { read, found, delivered, twice } = ledger.counts;
  assert.deepEqual({ read, found, delivered, twice }, { read: 1, found: 1, delivered: 2, twice: 1 });
});

test('an event of a killed page that no outbox brings back is lost', () => {
  const ledger = ledgerOf('sent again', 'only read', 'vanished', 'delivered before');
  ledger.delivered('delivered before');
  ledger.orphan();
  assert.deepEqual(ledger.abandoned, { left: 3, missing: 3 });
  ledger.sent('sent again');
  ledger.read('only read');
  assert.deepEqual(ledger.abandoned, { left: 3, missing: 1 });
  ledger.countAbandoned();
  const { delivered, waiting, lost } = ledger.counts;
  assert.deepEqual({ delivered, waiting, lost }, { delivered: 2, waiting: 1, lost: 1 });
});

test('an event of an earlier visit counts as put when its outbox sends it', () => {
  const ledger = ledgerOf();
  ledger.sent('old');
  ledger.delivered('old');
  assert.equal(ledger.counts.put, 1);
  assert.equal(ledger.counts.delivered, 1);
});
