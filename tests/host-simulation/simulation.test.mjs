/**
 * Scenarios by hand: what the search has found once, in its shortest form, and what shows that the simulation itself sees what it is to see.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { bundle, faultOf } from './bundle.mjs';
import { planOfSeed, PARTS, runPlan } from './run.mjs';
import { scenario } from './scenario.mjs';

const found = JSON.parse(readFileSync(new URL('found.json', import.meta.url), 'utf8'));

let made;
before(async () => (made = await bundle()));

/** When a delivered record leaves the outbox, in seconds. */
function deliveredAt(transcript, serial) {
  const line = transcript.find((text) => new RegExp(`the outbox loses (.*,)?${serial}\\b`).test(text));
  return line === undefined ? Infinity : Number.parseFloat(line);
}

/** With an outbox in each tab. */
function tabs(options = {}, more = {}) {
  return scenario('outbox', { database: [], hasLocks: true, options: { isStatic: true, outbox: { name: 'box' }, ...options }, ...more });
}

describe('what the search has found', () => {
  // As `--shrink` prints them, where no shorter form by hand shows the fault.
  for (const { name, plan } of found) test(name, () => holds({ plan }));

  test('a flush in a Worker does not wait for the records of the requests that come all the time', () => {
    const plan = scenario('worker', { isCalm: true }).make('p', { isInModuleScope: true, lingerMs: 5 });
    for (let id = 1; id < 800; id += 1)
      plan.at(id * 10).do('serve', { producer: 'p', id, steps: [{ do: 'put', serial: id, key: 'k', form: 'text', length: 5, awaits: 'never' }, { do: 'flush' }] });
    return holds(plan);
  });

  test('records that waited for the module are all counted before the first request is sent', () =>
    holds(scenario('producer').load({ kind: 'garbage' }).make('p', { requestRecordsMax: 1 }).at(390).do('puts', { producer: 'p', first: 1, count: 3 }).at(395).do('stats', { producer: 'p' }).request(1, { kind: 'ok', reenters: 'stats' })));

  test('a producer that is closed while its outbox is opened leaves no lock and no connection', () =>
    holds(tabs().tab(1).do('open')));

  test('a producer that is closed takes over nothing that another tab has left', () =>
    holds(tabs({}, { load: { isAtOnce: false, attempts: [], ms: 1500 } }).tab(1).do('open').at(300).tab(2).do('open').at(700).put('p', 1, { key: 'k1' }).at(720).do('leave')));

  test('a record that could not be removed from the outbox is removed later, and not delivered twice', async () => {
    for (const again of [[{ kind: 'fails' }], [{ kind: 'ok' }, { kind: 'fails' }]]) {
      const database = [...Array.from({ length: 5 }, () => ({ kind: 'ok' })), { kind: 'fails' }, ...again];
      await holds(
        tabs({}, { database })
          .tab(1).do('open').at(3000).put('p', 1, { key: 'k1' }).at(11_000).put('p', 2, { key: 'k2' })
          .at(12_000).tab(2).do('open').at(12_100).put('p', 3, { key: 'k3' }).at(12_200).do('kill')
          .at(25_000).tab(1).do('stats', { producer: 'p' }),
      );
    }
  });

  test('a record that settles while what other tabs have left is read is not delivered twice', () => {
    const ok = { kind: 'ok' };
    const slow = { kind: 'ok', ms: 2000 };
    const database = [ok, ok, { kind: 'isFull' }, slow, ok, ok, ok, ok, ok, slow];
    return holds(
      tabs({}, { database })
        .tab(1).do('open').tab(2).do('open').put('p', 2, { key: 'k2' }).at(500).put('p', 7, { key: 'k7' })
        .at(3000).do('kill').tab(1).put('p', 1, { key: 'k1' }).at(6000).do('stats', { producer: 'p' }),
    );
  });

  test('a disk that is full when a page has just opened takes half of the records of earlier pages, and not all', async () => {
    const losses = [];
    for (let number = 2; number < 20; number += 1) {
      const database = Array.from({ length: number + 1 }, (_, index) => ({ kind: index === number ? 'isFull' : 'ok' }));
      const plan = tabs({ lingerMs: 5 }, { database, rests: false }).tab(1).do('open').at(1500);
      for (let serial = 1; serial <= 4; serial += 1) plan.put('p', serial, { key: `k${serial}` });
      plan.at(1600).do('kill').tab(2).at(1700).do('open').at(1720).put('p', 5, { key: 'k5' });
      for (let request = 0; request < 3; request += 1) plan.request(request, { kind: 'never' });
      const { transcript } = await runPlan(made, plan.plan);
      const early = transcript.filter((line) => Number.parseFloat(line) < 2.6);
      losses.push(early.flatMap((line) => /tab 2 the outbox loses (.*)/.exec(line)?.[1].split(',') ?? []).length);
    }
    assert.ok(losses.includes(2) && Math.max(...losses) === 2, `${losses}`);
  });

  test('records of a tab that has died are sent where another one finds them while it replaces its core', async () => {
    const plan = tabs({ lingerMs: 1000 }).tab(1).do('open').tab(2).at(100).do('open').at(5500).put('p', 2, { key: 'k2' }).at(5600).do('kill');
    plan.tab(1).at(5650).put('p', 1, { key: 'k1' }).at(5700).do('trap', { calls: 0 }).at(40_000).do('stats', { producer: 'p' });
    await holds(plan);
    assert.ok(deliveredAt((await runPlan(made, plan.plan)).transcript, 2) < 20);
  });

  test('a record that is put as the page comes back from the back/forward cache is sent, although another tab has taken over those before it', async () => {
    const plan = tabs({ lingerMs: 5 }).tab(1).do('open').at(1500).put('p', 1, { key: 'k1' }).request(0, { kind: 'never' }).at(1600).do('freeze');
    plan.tab(2).at(1700).do('open').at(20_000).tab(1).do('thaw').put('p', 2, { key: 'k2' }).at(60_000).do('stats', { producer: 'p' });
    const transcript = (await holds(plan)).split('\n');
    assert.ok(deliveredAt(transcript, 1) < 10 && deliveredAt(transcript, 2) < 22, transcript.join('\n'));
  });

  test('records of a tab that has died are sent although they cannot be read at first', async () => {
    for (let number = 2; number < 16; number += 1) {
      const database = Array.from({ length: number + 2 }, (_, index) => ({ kind: index >= number ? 'fails' : 'ok' }));
      const plan = tabs({ lingerMs: 5 }, { database }).tab(1).do('open').at(1500).put('p', 1, { key: 'k1' }).request(0, { kind: 'never' });
      plan.at(1600).do('kill').at(1700).tab(2).do('open').at(60_000).do('stats', { producer: 'p' });
      const { violation, transcript } = await runPlan(made, plan.plan);
      assert.equal(violation, undefined, transcript.join('\n'));
      // Where the first tab could not write it, there is nothing to be sent.
      if (transcript.some((line) => line.includes('tab 1 the outbox has 1'))) assert.ok(deliveredAt(transcript, 1) < 30, `${number} ${transcript.join('\n')}`);
    }
  });

  test('a database that opens, and does not take what has waited for it, is closed', () =>
    holds(tabs({}, { database: [{ kind: 'fails' }, { kind: 'ok' }, { kind: 'fails' }] }).request(0, { kind: 'never' }).request(1, { kind: 'never' }).tab(1).do('open').at(100).put('p', 1, { key: 'k1' })));

  test('a flush ends of a producer that was closed while its page went into the back/forward cache', () =>
    holds(
      tabs({}, { database: [...Array.from({ length: 5 }, () => ({ kind: 'ok' })), { kind: 'ok', ms: 2000 }] })
        .tab(1).do('open').at(3000).put('p', 1, { key: 'k1' }).at(3050).do('closeTab').at(4000).do('freeze').at(6000).do('thaw').at(6500).flush('p'),
    ));

  test('a flush that begins while a core is replaced waits for what comes again from the outbox', () =>
    holds(tabs({ lingerMs: 5 }).tab(1).do('open').at(71).do('trap', { calls: 0 }).at(78).put('p', 1, { key: 'k1' }).at(79).flush('p')));
});

describe('a client and a producer', () => {
  test('the requests in stats do not fall after a trap', () =>
    holds(
      scenario('producer').make('p', { requestRecordsMax: 1, lingerMs: 0 }).request(0, { kind: 'ok', latencyMs: 1000 }).request(1, { kind: 'ok', latencyMs: 1000 })
        .at(10).put('p', 1).put('p', 2).at(300).do('stats', { producer: 'p' }).at(400).do('trap', { calls: 0 }).at(410).put('p', 3).at(411).do('stats', { producer: 'p' }),
    ));

  test('a module whose file never comes fails what waits for it after half a minute, and the next record asks for it again', async () => {
    const plan = scenario('producer', { load: { isAtOnce: false, attempts: [{ kind: 'never' }], ms: 10 } });
    const transcript = await holds(plan.make('p').at(10).put('p', 1).at(70_000).put('p', 2));
    assert.match(transcript, /3\d\.\d+ s +record 1 fails: ERR_CORE .*no response within 30000 ms/);
    assert.doesNotMatch(transcript, /record 2 fails/);
  });

  test('a wait that is no whole number of milliseconds takes one timer, not many of 0 ms until its time has come', async () => {
    await holds(scenario('producer').make('p', { lingerMs: 50 }).at(10.3).put('p', 1).request(0, { kind: 'refused', code: 'InternalFailure', status: 500 }));
    await holds(scenario('producer').provider({ kind: 'ok', ms: 100 }).make('c', { isClient: true, isStatic: false }).at(10.3).do('call', { client: 'c', operation: 'listShards' }).request(0, { kind: 'refused', code: 'InternalFailure', status: 500 }));
    const options = { way: 'collector', persist: false, requireConsent: false, autoTrack: false };
    await holds(scenario('tracker', { database: [], storage: 'ok', hasLocks: true, options }).tab(1).do('open').at(10.3).do('track', { serial: 1, text: 'a' }));
  });

  test('a producer that is closed while its provider does not answer leaves no timer', () =>
    holds(scenario('producer').provider({ kind: 'never' }).make('p', { isStatic: false, recordTtlMs: 1000 }).at(10).do('put', { producer: 'p', serial: 1, key: 'k' })));

  test('a call that is aborted while the provider is pending leaves no timer', () =>
    holds(
      scenario('producer').provider({ kind: 'never' }).make('c', { isClient: true, isStatic: false })
        .at(10).do('call', { client: 'c', operation: 'listShards', abortMs: 100 }).at(200).make('p', { isStatic: true }).at(210).put('p', 1),
    ));
});

describe('a device that sleeps for 8 hours, during which the clock of its page stands still', () => {
  for (const way of ['collector', 'producer']) {
    for (const isOffline of [false, true]) {
      test(`each event keeps its time, before and after: ${way}, ${isOffline ? 'offline when it wakes' : 'online'}`, () => {
        const plan = scenario('tracker', { knowsTime: true, database: [], storage: 'ok', hasLocks: true, options: { way, persist: true, requireConsent: false, autoTrack: false } }).tab(1).do('open');
        plan.at(3000).do('track', { serial: 1, text: 'a' }).at(4000);
        if (isOffline) plan.do('connection', { isOnline: false, isTold: true });
        // What waits for the tracker when the device falls asleep, too.
        plan.at(4001).do('track', { serial: 2, text: 'b' }).do('sleep', { ms: 8 * HOUR_MS });
        plan.at(4001 + 8 * HOUR_MS + 10).do('track', { serial: 3, text: 'c' }).at(4001 + 8 * HOUR_MS + 2500).do('track', { serial: 4, text: 'd' });
        if (isOffline) plan.at(8 * HOUR_MS + 10_000).do('connection', { isOnline: true, isTold: true });
        return holds(plan);
      });
    }
  }
});

describe('a host that says for ever that it is offline', () => {
  test('is not believed for more than some seconds', async () => {
    const { plan } = scenario('producer').make('p', { lingerMs: 5 }).at(100).do('navigator', { isOnline: false }).at(200).put('p', 1).at(5000).put('p', 2).at(9000).flush('p');
    const { violation, transcript } = await runPlan(made, plan);
    assert.equal(violation, undefined, transcript.join('\n'));
    for (const [serial, seconds] of [[1, 1.5], [2, 5.5]]) assert.ok(Number.parseFloat(transcript.find((line) => line.includes(`record ${serial} is delivered`))) < seconds, transcript.join('\n'));
  });

  test('is not believed longer because it has lost several requests at once', async () => {
    const plan = scenario('producer').make('p', { requestRecordsMax: 1, requestsInFlightMax: 4, lingerMs: 0 }).at(150).do('navigator', { isOnline: false });
    for (const number of [0, 1, 2, 3]) plan.at(100).put('p', number + 1).request(number, { kind: 'lost', latencyMs: 200 });
    plan.plan.actions.sort((one, other) => one.at - other.at);
    const { violation, transcript } = await runPlan(made, plan.plan);
    assert.equal(violation, undefined, transcript.join('\n'));
    assert.ok(Number.parseFloat(transcript.find((line) => line.includes('record 1 is delivered'))) < 1.5, transcript.join('\n'));
  });
});

describe('a request of a Worker that has ended', () => {
  const later = (plan) => plan.at(300).do('serve', { producer: 'p', id: 2, steps: [put(2), { do: 'flush' }] });
  const put = (serial, more) => ({ do: 'put', serial, key: 'k', form: 'text', length: 3, awaits: 'never', ...more });
  for (const [how, leave] of [
    ['by an error that is thrown after put', (plan) => plan.do('serve', { producer: 'p', id: 1, steps: [put(1), { do: 'throw' }] })],
    ['by an error that is thrown after flush', (plan) => plan.do('serve', { producer: 'p', id: 1, steps: [put(1), { do: 'flush', awaits: 'never' }, { do: 'throw' }] })],
    ['as its client leaves', (plan) => plan.do('serve', { producer: 'p', id: 1, steps: [put(1, { awaits: 'now' })] }).at(100).do('cancel', { id: 1 })],
  ]) {
    for (const options of [{}, { requestRecordsMax: 1, requestsInFlightMax: 1 }, { ordering: 'key' }, { isStatic: false }]) {
      test(`${how} holds back the next one for little more than a second, with ${JSON.stringify(options)}`, async () => {
        const plan = scenario('worker', { isCalm: false }).make('p', { lingerMs: 5, ...options });
        // What the first request asks for, or sends, takes longer than all that may wait for it.
        if (options.isStatic === false) plan.provider({ ms: 60_000, kind: 'keys' });
        else if (!how.endsWith('put')) plan.request(0, { kind: 'ok', latencyMs: 60_000 });
        const { violation, transcript } = await runPlan(made, later(leave(plan)).plan);
        assert.equal(violation, undefined, transcript.join('\n'));
        const ended = transcript.find((line) => line.includes('request 2 ends'));
        assert.ok(Number.parseFloat(ended) < 0.3 + 1.7, transcript.join('\n'));
      });
    }
  }
});

describe('consent', () => {
  test('is withdrawn for the events of a visitor that another tab has reset', () =>
    holds(
      scenario('tracker', { database: [], storage: 'ok', hasLocks: true, options: { way: 'producer', persist: true, autoTrack: false } })
        .tab(2).do('open').tab(1).do('open')
        .at(200).tab(2).do('track', { serial: 1, text: 'a' })
        .at(284).tab(1).do('track', { serial: 2, text: 'a' })
        .at(310).tab(2).do('reset')
        .at(332).tab(1).do('consent', { isGiven: false }),
    ));
});

describe('consent that is withdrawn while what another tab has left is read', () => {
  for (const at of [6250, 6400, 6500]) {
    test(`is obeyed ${at} ms after the start`, () =>
      holds(
        scenario('tracker', { database: Array.from({ length: 60 }, () => ({ kind: 'ok', ms: 300 })), storage: 'ok', hasLocks: true, options: { way: 'collector', requireConsent: false, persist: true, autoTrack: false } })
          .tab(1).do('open').tab(2).do('open').at(2000).do('track', { serial: 1, text: 'a' }).at(2900).do('kill')
          .at(3000).tab(1).do('track', { serial: 2, text: 'a' }).at(at).do('consent', { isGiven: false }).at(15_000).do('flush'),
      ));
  }
});

describe('consent that is given again', () => {
  test('is not withdrawn by a tab that gets the event of the withdrawal before it late', () =>
    holds(
      scenario('tracker', { database: [], storage: 'slow', hasLocks: true, options: { way: 'producer', requireConsent: false, persist: true, autoTrack: false } })
        .tab(2).do('open').tab(1).do('open')
        .at(3400).tab(2).do('consent', { isGiven: false }).at(3650).do('consent', { isGiven: true })
        .at(3780).do('track', { serial: 3, text: 'a' }).at(4440).do('track', { serial: 4, text: 'a' }),
    ));
});

describe('consent while a tracker closes', () => {
  test('is withdrawn by another tab, and what is tracked then is not sent', () =>
    holds(
      scenario('tracker', { database: [], storage: 'ok', hasLocks: true, requests: [{ kind: 'ok', latencyMs: 3600 }], options: { way: 'collector', requireConsent: false, persist: true, autoTrack: false } })
        .tab(2).do('open').tab(1).do('open')
        .at(200).tab(1).do('hide')
        .at(300).tab(1).do('track', { serial: 1, text: 'a' })
        .at(400).tab(1).do('closeTab')
        .at(500).tab(1).do('show')
        .at(600).tab(2).do('consent', { isGiven: false })
        .at(900).tab(1).do('track', { serial: 2, text: 'a' }),
    ));
});

describe('the simulation itself', () => {
  test('sees a record that is acknowledged and not stored', async () => {
    const change = { file: 'producer/settlement.ts', from: 'record?.resolve({ shardId, sequenceNumber, attempts });', to: "record?.resolve({ shardId, sequenceNumber: '1', attempts });" };
    const plan = scenario('producer').make('p').put('p', 1).flush('p').plan;
    const { violation } = await runPlan(await bundle(change), plan);
    assert.match(violation, /was acknowledged for .*, where it is not stored/);
  });

  test('finds the place of each deliberate break in the shim as it is, and what it makes compiles', async () => {
    const breaks = JSON.parse(readFileSync(new URL('broken.json', import.meta.url), 'utf8'));
    assert.ok(breaks.length > 60, `${breaks.length} breaks`);
    assert.deepEqual((await Promise.all(breaks.map(faultOf))).filter(Boolean), []);
  });

  test('repeats a seed to the letter, whatever was run before', async () => {
    for (const part of Object.keys(PARTS)) {
      const plans = [3, 4, 3].map((seed) => planOfSeed(part, seed));
      const digests = [];
      for (const plan of plans) digests.push((await runPlan(made, plan)).digest);
      assert.equal(digests[0], digests[2], part);
    }
  });
});

async function holds({ plan }) {
  const { violation, transcript } = await runPlan(made, plan);
  assert.equal(violation, undefined, transcript.join('\n'));
  return transcript.join('\n');
}

const HOUR_MS = 3_600_000;
