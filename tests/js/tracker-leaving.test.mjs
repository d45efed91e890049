/**
 * How a page is left while its requests wait: for a preflight, behind a larger event, for a clock. In real browsers; CHROME_PATH and
 * FIREFOX_PATH are theirs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './tracker/chromium.mjs';
import { openFirefox } from './tracker/firefox.mjs';
import { until } from './tracker/shop.mjs';
import { arrived, ids, names, openShops, visit } from './tracker/shops.mjs';
import { serveWithCors } from './proxy.mjs';

const PREFLIGHT_MS = 300;
const TIMES = 12;
const QUIET = { autoTrack: false };

let shops;
let slow;
before(async () => {
  shops = await openShops();
  slow = await serveWithCors(shops.kinesis.endpoint, { preflightMs: PREFLIGHT_MS });
});
after(async () => {
  await slow?.stop();
  await shops?.stop();
});

for (const open of [openChromium, openFirefox]) {
  describe(open.name.slice(4), () => {
    let browser;
    before(async () => (browser = await open()));
    after(() => browser?.close());

    test(`a page view whose request waits for its preflight when the page is left arrives without an outbox, ${TIMES} times out of ${TIMES}`, async () => {
      const { shop, read } = await shops.directShop({ persist: false, autoTrack: { engagement: false } }, { kinesis: slow.endpoint });
      for (let index = 0; index < TIMES; index += 1) {
        slow.preflights = 0;
        const tab = await visit(browser, shop.url);
        assert.ok(await until(() => slow.preflights > 0, 10_000, 5), 'the request waits for its preflight');
        await tab.goto(`${shop.endpoint}/empty`);
        await tab.page.close();
      }
      const events = await arrived(read, TIMES);
      assert.deepEqual([ids(events).size, events.length], [TIMES, TIMES]);
    });
  });
}

describe('in Chromium', () => {
  let chromium;
  before(async () => (chromium = await openChromium()));
  after(() => chromium?.close());

  test('a page that is left makes no formatter, which takes a fifth of the time that Chromium grants a closed tab', async () => {
    const { shop, read } = await shops.directShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`new Promise((done) => setTimeout(() => setTimeout(done)))`);
    await tab.run(`globalThis.made = 0, Intl.DateTimeFormat = new Proxy(Intl.DateTimeFormat, { apply(...args) { localStorage.setItem('made', made += 1); return Reflect.apply(...args) } }), addEventListener('pagehide', () => tracker.track('last')), null`);
    await tab.goto(`${shop.endpoint}/empty`);
    assert.equal(await tab.run(`localStorage.getItem('made')`), null);
    const [event] = await arrived(read, 1);
    assert.ok(event.context.timezone);
    await tab.page.close();
  });

  test('in a hidden page events do not ask a collector that fails more often than its backoff says', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET, { faults: Array(1000).fill(503) });
    const tab = await visit(chromium, shop.url);
    await tab.run(`Math.random = () => 0.999, Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => true }), tracker.track('first'), document.dispatchEvent(new Event('visibilitychange')), null`);
    assert.ok(await until(() => collector.batches.length > 0));
    await tab.run(`new Promise((done) => { let count = 0; const timer = setInterval(() => { tracker.track('hidden'); if ((count += 1) === 15) clearInterval(timer), done(null) }, 100) })`);
    // After 1 s, 2 s and 4 s more; each event would make one of its own.
    const [first, ...later] = collector.batches.map(({ at }) => at);
    const most = Math.log2((Date.now() - first) / 1000 + 1) + 2;
    assert.ok(later.length <= most, `${later.map((at) => at - first)} ms after the first`);
    await tab.page.close();
  });

  test('what other scripts of the page send with keepalive delays an event, and does not stop it', async () => {
    const { shop, read } = await shops.directShop({ ...QUIET, persist: false });
    const tab = await visit(chromium, shop.url);
    // All of the 64 KiB that a page has are in use.
    await tab.run(`fetch('${slow.endpoint}/full', { method: 'POST', keepalive: true, headers: { 'x-amz-target': 'x' }, body: 'x'.repeat(65536) }).catch(() => {}), tracker.track('beside'), null`);
    assert.deepEqual(names(await arrived(read, 1)), ['beside']);
    await tab.page.close();
  });
});
