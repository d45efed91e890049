/**
 * From a page to the stream by way of the project's own Worker: the tracker in Chromium and Firefox, the collector in workerd, directly
 * and through its queue, and the embedded Kinesis behind it. CHROME_PATH and FIREFOX_PATH are the browsers.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { STREAM, serve } from '../../xtask/serve.mjs';
import { openChromium } from './tracker/chromium.mjs';
import { openFirefox } from './tracker/firefox.mjs';
import { openShop, openStreams, until } from './tracker/shop.mjs';

const HOUR_MS = 3_600_000;
const WAYS = ['/collect', '/collect-queued'];
const BROWSERS = [openChromium, openFirefox];

/** A shop for each test: an origin of its own, which is not the collector's. */
const shops = new Map();
let served;
let streams;

before(async () => {
  for (const open of BROWSERS) {
    for (const way of WAYS) shops.set(`${open.name} ${way}`, await openShop({ options: {}, clockMs: HOUR_MS }));
  }
  served = await serve({ allowedOrigins: [...shops.values()].map(({ endpoint }) => endpoint) });
  streams = openStreams(served.kinesis);
});
after(async () => {
  await served?.stop();
  for (const shop of shops.values()) await shop.stop();
});

for (const open of BROWSERS) {
  describe(open.name.slice(4), () => {
    let browser;
    before(async () => (browser = await open()));
    after(() => browser?.close());

    for (const way of WAYS) {
      test(`what a visitor does is in the stream by way of ${way}, the last moment too, at the right time`, async () => {
        const shop = shops.get(`${open.name} ${way}`);
        shop.config.collectorUrl = new URL(way, served.page).href;
        const from = Date.now();
        const tab = await browser.visit(shop.url);
        assert.ok(await until(() => tab.run('globalThis.state?.started')), 'the shop has started');
        await tab.click('#buy');
        await tab.run(`tracker.track('custom', { list: [1, 'é'] }), tracker.identify('ada', { age: 36 }), addEventListener('pagehide', () => tracker.track('last moment')), null`);
        await tab.run('tracker.flush().then(() => null)');
        await tab.goto(`${shop.endpoint}/empty`);

        const wanted = ['page', 'buy', 'custom', 'identify', 'last moment'];
        let events = [];
        await until(async () => {
          events = (await streams.read(STREAM)).filter(({ context }) => context.page?.url.startsWith(shop.endpoint));
          return wanted.every((name) => names(events).includes(name));
        }, 15_000);
        assert.deepEqual(names(events).filter((name) => wanted.includes(name)), wanted, 'each once, in the order of the visitor');
        const to = Date.now();
        for (const event of events) {
          assert.equal(event.partitionKey, event.anonymousId);
          // The page's clock is an hour ahead: what the collector adds and what the tracker says agree all the same.
          for (const time of [event.timestamp, event.receivedAt]) assert.ok(Date.parse(time) >= from - 2000 && Date.parse(time) <= to + 2000, time);
          assert.equal(event.context.userAgent.browser, browser.name === 'Chromium' ? 'Chrome' : browser.name);
          assert.ok(event.context.locale && event.context.library.name === 'kinesis-edge');
        }
        const identify = events.find(({ type }) => type === 'identify');
        assert.deepEqual([identify.userId, identify.traits], ['ada', { age: 36 }]);
      });
    }
  });
}

function names(events) {
  return events.map(({ type, event }) => event ?? type);
}
