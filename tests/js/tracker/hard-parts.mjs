// Parts of the long test in which the page, its device or its visitor makes it hard: a slow preflight, consent that is refused, visitors who
// leave early, a wrong clock, a database that dies.
import assert from 'node:assert/strict';
import { serveWithCors } from '../proxy.mjs';
import { arrival, sleep, twice, visit } from './arrivals.mjs';
import { until } from './shop.mjs';

const PREFLIGHT_MS = 300;
const DAYS = 10;
const DAY_MS = 86_400_000;
const RIGHT_MS = 2000;
const STORED = `indexedDB.databases().then((databases) => JSON.stringify({ databases, local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie }))`;
const NOTHING = JSON.stringify({ databases: [], local: {}, session: {}, cookie: '' });

/** Pages without an outbox are left while their only request waits for its preflight. */
export async function slowPreflight(open, openWay, times, kinesis) {
  const slow = await serveWithCors(kinesis.endpoint, { preflightMs: PREFLIGHT_MS });
  const way = await openWay({ kinesis: slow.endpoint, options: { autoTrack: false, persist: false } });
  const browser = await open();
  try {
    const wanted = [];
    for (let index = 0; index < times; index += 1) {
      slow.preflights = 0;
      const tab = await visit(browser, way);
      await tab.run(`tracker.track('preflight ${index}'), null`);
      assert.ok(await until(() => slow.preflights > 0, 10_000, 5), 'the request waits for its preflight');
      await tab.goto(`${way.shop.endpoint}/empty`);
      await tab.page.close();
      wanted.push(`preflight ${index}`);
    }
    const events = await arrival(way, wanted);
    return `all of ${times} arrived, ${twice(events)} twice`;
  } finally {
    await browser.close();
    await Promise.all([way.stop(), slow.stop()]);
  }
}

/** A page stores events that do not get through; consent is refused on the next one. Nothing is left, and nothing is sent. */
export async function refusedLater(open, openWay, times) {
  const browser = await open();
  try {
    for (let index = 0; index < times; index += 1) {
      const way = await openWay();
      await way.lose();
      const tab = await visit(browser, way);
      await tab.run(`tracker.identify('ada'), tracker.track('withdrawn'), null`);
      assert.ok(await until(async () => JSON.parse(await tab.run(STORED)).databases.length > 0), 'the outbox is there');
      await tab.page.close();
      way.shop.config.options = { ...way.shop.config.options, requireConsent: true };
      const later = await visit(browser, way);
      assert.notEqual(await later.run(STORED), NOTHING);
      await later.run(`tracker.consent(false), null`);
      assert.ok(await until(async () => (await later.run(STORED)) === NOTHING), `still stored: ${await later.run(STORED)}`);
      await way.find();
      await later.run(`dispatchEvent(new Event('online')), tracker.track('refused'), tracker.flush().then(() => null)`);
      await sleep(1500);
      assert.deepEqual(await way.read(), []);
      assert.equal(await later.run(STORED), NOTHING);
      await later.page.close();
      await way.stop();
    }
    return `${times} times nothing was stored or sent after the refusal`;
  } finally {
    await browser.close();
  }
}

/** Visitors of a page with the inline snippet leave while its image is awaited, as soon as the tracker is there. */
export async function earlyLeavers(open, openWay, times) {
  const way = await openWay({ options: { autoTrack: { engagement: false } } });
  const browser = await open();
  try {
    const wanted = [];
    for (let index = 0; index < times; index += 1) {
      const page = await browser.context.newPage();
      // Not until its load, which never comes.
      await page.goto(`${way.shop.endpoint}/snippet?visit=${index}`, { waitUntil: 'commit' });
      assert.ok(await until(() => page.evaluate('Boolean(globalThis.clicks)').catch(() => false), 10_000, 5), 'the snippet has run');
      await page.evaluate(`clicks.push(['track', 'early ${index}']), null`);
      assert.ok(await until(() => page.evaluate('clicks.length === 0').catch(() => false), 20_000, 5), 'the tracker has come');
      await page.goto(`${way.shop.endpoint}/empty`);
      await page.close();
      wanted.push(`early ${index}`);
    }
    const events = await arrival(way, wanted);
    const views = new Set(events.filter(({ type }) => type === 'page').map(({ context }) => context.page.search));
    assert.equal(views.size, times, `${views.size} of ${times} page views`);
    return `all of ${times} visitors have their page view and their event, ${twice(events)} twice`;
  } finally {
    await browser.close();
    await way.stop();
  }
}

/** A device ten days ahead or behind: events of a page that gets nothing through are right when the next page sends them. */
export async function tenDaysOff(open, openWay, times) {
  const browser = await open();
  try {
    let worst = 0;
    for (let index = 0; index < times; index += 1) {
      const way = await openWay({ clockMs: (index % 2 ? 1 : -1) * DAYS * DAY_MS });
      const first = await visit(browser, way);
      await first.run(`tracker.track('known'), tracker.flush().then(() => null)`);
      await way.lose();
      const at = Date.now();
      await first.run(`tracker.track('kept'), null`);
      await sleep(500);
      await first.page.close();
      await way.find();
      const next = await visit(browser, way);
      const events = await arrival(way, ['known', 'kept']);
      assert.deepEqual((await next.run('state')).errors, []);
      await next.page.close();
      const off = Math.abs(Date.parse(events.find(({ event }) => event === 'kept').timestamp) - at);
      assert.ok(off < RIGHT_MS, `its time is ${off} ms off`);
      worst = Math.max(worst, off);
      await way.stop();
    }
    return `${times} devices, none lost; at most ${worst} ms off`;
  } finally {
    await browser.close();
  }
}

/** Each connection to the database dies after a few transactions, as on iOS. What is stored all the same is sent by the next page. */
export async function dyingDatabase(open, openWay, times) {
  const way = await openWay();
  const browser = await open();
  try {
    await way.lose();
    const wanted = [];
    for (let index = 0; index < times; index += 1) {
      const tab = await visit(browser, way);
      await tab.run(`(${killConnections})()`);
      for (let one = 0; one < 20; one += 1) {
        await tab.run(`tracker.track('dies ${index} ${one}'), null`);
        await sleep(10);
        wanted.push(`dies ${index} ${one}`);
      }
      await sleep(500);
      assert.ok((await tab.run('globalThis.deaths')) > 0, 'a connection has died');
      await tab.page.close();
    }
    await way.find();
    await visit(browser, way);
    const events = await arrival(way, wanted);
    return `all of ${wanted.length} arrived, ${twice(events)} twice`;
  } finally {
    await browser.close();
    await way.stop();
  }
}

/** In the page: a connection takes five transactions, and then throws. */
function killConnections() {
  const { transaction } = IDBDatabase.prototype;
  const left = new WeakMap();
  globalThis.deaths = 0;
  IDBDatabase.prototype.transaction = function (...args) {
    const count = left.get(this) ?? 5;
    left.set(this, count - 1);
    if (count > 0) return transaction.apply(this, args);
    globalThis.deaths += 1;
    throw new DOMException('the connection is closing', 'InvalidStateError');
  };
}
