/**
 * npm run browsers: what browsers do to pages, a hundred times each. Prints what it counts, and ends with exit code 1 where an event is lost
 * or has two message ids. CHROME_PATH and FIREFOX_PATH are the browsers. An argument picks parts by a word of their names.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKinesis } from '../servers.mjs';
import { arrival, check, sleep, twice, visit } from './arrivals.mjs';
import { openChromium } from './chromium.mjs';
import { openFirefox } from './firefox.mjs';
import { dyingDatabase, earlyLeavers, refusedLater, slowPreflight, tenDaysOff } from './hard-parts.mjs';
import { openChromiumProcess } from './puppeteer.mjs';
import { leaveOften, openCollector, openShop, openStreams, until } from './shop.mjs';

const TIMES = Number(process.env.TIMES ?? 100);
const EVENTS = 1000;
/** Longest time of a part: what hangs keeps nobody waiting. A busy machine takes minutes for what takes seconds otherwise. */
const PART_MS = 1_800_000;
const DEATH_MS = 5000;
const LOST = { random: { requestLost: 1 } };

const kinesis = await startKinesis();
const streams = openStreams(kinesis.endpoint);
const parts = [
  ['last moment: Chromium, Kinesis', () => lastMoments(openChromium, direct, TIMES)],
  ['last moment: Firefox, Kinesis', () => lastMoments(openFirefox, direct, TIMES)],
  ['last moment: Chromium, collector', () => lastMoments(openChromium, collected, Math.ceil(TIMES / 4))],
  ['last moment: Firefox, collector', () => lastMoments(openFirefox, collected, Math.ceil(TIMES / 4))],
  ['killed: Chromium, Kinesis', () => killed(openChromiumProcess, direct)],
  ['killed: Firefox, Kinesis', () => killed(openFirefox, direct)],
  ['killed: Chromium, collector', () => killed(openChromiumProcess, collected)],
  ['offline: Chromium, Kinesis', () => offline(openChromium, direct)],
  ['offline: Firefox, Kinesis', () => offline(openFirefox, direct)],
  ['offline: Chromium, collector', () => offline(openChromium, collected)],
  ['five tabs: Chromium, Kinesis', () => fiveTabs(openChromiumProcess, direct)],
  ['five tabs: Firefox, Kinesis', () => fiveTabs(openFirefox, direct)],
  ['five tabs: Chromium, collector', () => fiveTabs(openChromiumProcess, collected)],
  ['preflight of 300 ms: Chromium, Kinesis', () => slowPreflight(openChromium, direct, TIMES, kinesis)],
  ['preflight of 300 ms: Firefox, Kinesis', () => slowPreflight(openFirefox, direct, Math.ceil(TIMES / 4), kinesis)],
  ['consent refused on a later page: Chromium, Kinesis', () => refusedLater(openChromium, direct, Math.ceil(TIMES / 10))],
  ['consent refused on a later page: Chromium, collector', () => refusedLater(openChromium, collected, Math.ceil(TIMES / 10))],
  ['early leavers with the inline snippet: Chromium, Kinesis', () => earlyLeavers(openChromium, direct, TIMES)],
  ['early leavers with the inline snippet: Chromium, collector', () => earlyLeavers(openChromium, collected, TIMES)],
  ['a clock ten days off: Chromium, Kinesis', () => tenDaysOff(openChromium, direct, Math.ceil(TIMES / 10))],
  ['a clock ten days off: Chromium, collector', () => tenDaysOff(openChromium, collected, Math.ceil(TIMES / 10))],
  ['a database that dies: Chromium, Kinesis', () => dyingDatabase(openChromium, direct, Math.ceil(TIMES / 20))],
  ['a database that dies: Chromium, collector', () => dyingDatabase(openChromium, collected, Math.ceil(TIMES / 20))],
];

let failures = 0;
for (const [name, part] of parts.filter(([name]) => name.includes(process.argv[2] ?? ''))) {
  const from = performance.now();
  try {
    const said = await Promise.race([part(), deadline(PART_MS)]);
    console.log(`ok      ${name}: ${said} (${((performance.now() - from) / 1000).toFixed(0)} s)`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}: ${error.stack}`);
  }
}
await kinesis.stop();
// A handle that is still open must not keep the process running.
process.exit(failures > 0 ? 1 : 0);

// ── the two ways out, each with a switch that loses every request ──

async function direct(more = {}) {
  const streamName = await streams.create(4);
  const accessKeyId = `KEY${streamName.replaceAll('-', '').toUpperCase()}`;
  const shop = await openShop({ kinesis: kinesis.endpoint, streamName, accessKeyId, options: { autoTrack: false }, ...more });
  const plan = (faults) => fetch(`${kinesis.endpoint}/_faults/${accessKeyId}`, { method: 'PUT', body: JSON.stringify(faults) });
  await plan({});
  return { shop, read: () => streams.read(streamName), lose: () => plan(LOST), find: () => plan({}), stop: shop.stop, failures: 'producer.stats.requestsFailed' };
}

async function collected(more = {}) {
  const collector = await openCollector();
  const shop = await openShop({ collectorUrl: collector.url, options: { autoTrack: false }, ...more });
  const all = { shift: () => 'cut', push() {} };
  return {
    shop,
    read: async () => collector.events,
    lose: async () => (collector.faults = all),
    find: async () => (collector.faults = []),
    stop: () => Promise.all([shop.stop(), collector.stop()]),
    failures: 'state.failures',
  };
}

// ── the parts ──

/** An event is put while the page goes: by a link, by its closing, by a reload. */
async function lastMoments(open, openWay, times) {
  const way = await openWay();
  const browser = await open();
  try {
    const goes = [(tab) => tab.goto(`${way.shop.endpoint}/empty`), (tab) => tab.close(), (tab) => tab.reload()];
    const put = [];
    const cut = [];
    for (const [kind, leave] of goes.entries()) {
      const left = await leaveOften({ visit: () => visit(browser, way), leave, shop: way.shop, isClosed: kind === 1, times, name: `last ${kind}` });
      assert.equal(left.put.length, times, `${left.cut.length} scripts were ended before they had put anything`);
      put.push(...left.put);
      cut.push(...left.cut);
    }
    await sleep(1000);
    const there = new Set((await way.read()).map(({ event }) => event));
    const atOnce = put.filter((name) => there.has(name)).length;
    await visit(browser, way);
    const events = await arrival(way, put);
    return `all of ${put.length} arrived (${cut.length} more were cut off: the browser had ended the script), ${atOnce} without a further visit; ${twice(events)} twice, with the same message id`;
  } finally {
    await browser.close();
    await way.stop();
  }
}

/** SIGKILL in the middle of a thousand events, none of which gets through before; the same profile again. */
async function killed(open, openWay) {
  const way = await openWay();
  const profile = await mkdtemp(join(tmpdir(), 'kinesis-edge-profile-'));
  try {
    await way.lose();
    const first = await open({ profile });
    const tab = await visit(first, way);
    const written = new Set();
    const windows = [];
    tab.page.on('console', (message) => {
      const text = message.text();
      if (!text.startsWith('written ')) return;
      for (const [name, ms] of JSON.parse(text.slice(8))) {
        written.add(name);
        windows.push(ms);
      }
    });
    await tab.run(`(${watchWrites})()`);
    await tab.run(`globalThis.count = 0, globalThis.next = () => { globalThis.puts['kill ' + count] = performance.now(); tracker.track('kill ' + count++); if (count < ${EVENTS}) setTimeout(next, 1) }, next(), null`);
    await until(async () => written.size > EVENTS / 2, 60_000, 5);
    await first.kill();
    const confirmed = [...written];
    assert.ok(confirmed.length < EVENTS, `killed in the middle, at ${confirmed.length}`);
    await way.find();
    const second = await open({ profile });
    const events = await afterVisit(second, way, confirmed).finally(() => second.close());
    windows.sort((a, b) => a - b);
    const at = (share) => windows[Math.min(windows.length - 1, Math.floor(windows.length * share))].toFixed(1);
    return `${confirmed.length} were known to be written when it was killed, all of them arrived (and ${new Set(events.map(({ event }) => event)).size - confirmed.length} more); from track to written: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms; ${twice(events)} twice`;
  } finally {
    await way.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In the page: reports every event in the outbox whose transaction is complete, and how long that took. */
function watchWrites() {
  globalThis.puts = {};
  const open = new WeakMap();
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (value, key) {
    const { transaction } = this;
    const name = new TextDecoder().decode(value.data).match(/kill \d+/)?.[0];
    if (!open.has(transaction)) {
      open.set(transaction, []);
      transaction.addEventListener('complete', () => {
        const now = performance.now();
        console.log(`written ${JSON.stringify(open.get(transaction).map((one) => [one, now - globalThis.puts[one]]))}`);
      });
    }
    if (name) open.get(transaction).push(name);
    return put.call(this, value, key);
  };
}

/** Fifty tries that get nowhere, then one that does. What would take the backoff a quarter of an hour the browser's word of being online cuts short. */
async function offline(open, openWay) {
  const way = await openWay();
  const browser = await open();
  try {
    await way.lose();
    const tab = await visit(browser, way);
    await tab.run(`state.failures = 0, globalThis.realFetch = fetch, globalThis.fetch = (...args) => realFetch(...args).catch((error) => { state.failures += 1; throw error }), null`);
    await tab.run(`[...Array(100).keys()].forEach((index) => tracker.track('offline ' + index))`);
    let failed = 0;
    await until(async () => {
      await tab.run(`dispatchEvent(new Event('online')), null`);
      return (failed = await tab.run(way.failures)) >= 50;
    }, 60_000, 20);
    assert.ok(failed >= 50, `${failed} tries`);
    assert.deepEqual(await way.read(), []);
    await way.find();
    await tab.run(`dispatchEvent(new Event('online')), tracker.flush().then(() => null)`);
    const wanted = Array.from({ length: 100 }, (_, index) => `offline ${index}`);
    const events = await way.read();
    check(events, wanted);
    assert.deepEqual((await tab.run('state')).errors, []);
    return `${failed} tries got nowhere, then all of ${wanted.length} arrived, none given up; ${twice(events)} twice`;
  } finally {
    await browser.close();
    await way.stop();
  }
}

/** Five tabs with events that do not get through; three of them are killed. */
async function fiveTabs(open, openWay) {
  const way = await openWay();
  const browser = await open();
  try {
    await way.lose();
    const wanted = [];
    const tabs = [];
    for (let index = 0; index < 5; index += 1) {
      const tab = await visit(browser, way);
      await tab.run(`[...Array(20).keys()].forEach((one) => tracker.track('tab ${index} ' + one))`);
      for (let one = 0; one < 20; one += 1) wanted.push(`tab ${index} ${one}`);
      tabs.push(tab);
    }
    await sleep(500);
    for (const tab of tabs.slice(0, 3)) await kill(tab.page);
    await way.find();
    for (const tab of tabs.slice(3)) await tab.run(`dispatchEvent(new Event('online')), null`);
    const events = await arrival(way, wanted);
    assert.equal(twice(events), 0, 'no answer was lost, so nothing comes twice');
    return `all of ${wanted.length} arrived, none twice`;
  } finally {
    await browser.close();
    await way.stop();
  }
}

/**
 * Kills the renderer in Chromium; Firefox closes the tab without asking it. Until then a tab may send once more, and its answer is
 * lost.
 */
async function kill(page) {
  const session = await page.createCDPSession().catch(() => undefined);
  if (!session) return page.close({ runBeforeUnload: false });
  const dead = new Promise((resolve) => page.once('error', resolve));
  session.send('Page.crash').catch(() => {});
  await Promise.race([dead, deadline(DEATH_MS)]);
}

// ── what arrived ──

async function afterVisit(browser, way, wanted) {
  const tab = await visit(browser, way);
  try {
    return await arrival(way, wanted);
  } finally {
    await tab.page.close();
  }
}

async function deadline(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  throw new Error(`not done within ${ms} ms`);
}
