/**
 * The tracker in real browsers, against the embedded Kinesis and a collector: what arrives, what must not, and what survives.
 * CHROME_PATH, FIREFOX_PATH and WEBKIT_DRIVER_PATH are the browsers.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './tracker/chromium.mjs';
import { openFirefox } from './tracker/firefox.mjs';
import { leaveOften, until } from './tracker/shop.mjs';
import { arrived, backToCached, ids, names, openShops, visit, withPageCache } from './tracker/shops.mjs';
import { openWebKit } from './tracker/webkit.mjs';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const QUIET = { autoTrack: false };
const DAY_MS = 86_400_000;
/** What a shop sends its events to. The shops are there when a test runs. */
const openers = { Kinesis: () => directShop, 'a collector': () => collectedShop };

let kinesis;
let directShop;
let collectedShop;
let stop;
let chromium;

before(async () => {
  ({ kinesis, directShop, collectedShop, stop } = await openShops());
  chromium = await openChromium();
});
after(async () => {
  await chromium?.close();
  await stop?.();
});

// ── what arrives ──

for (const open of [openChromium, openFirefox, openWebKit]) {
  describe(open.name.slice(4), () => {
    let browser;
    before(async () => (browser = await open()));
    after(() => browser?.close());

    test('page views, clicks, events and identities arrive with their fields, one line of JSON each, under a strict policy', async () => {
      const { shop, read } = await directShop({ appId: 'shop', autoTrack: { forms: true } }, {}, { connect: `'self' ${kinesis.endpoint}` });
      const tab = await visit(browser, `${shop.url}?utm_source=mail&utm_campaign=spring&gclid=abc`);
      for (const id of ['buy', 'plain', 'secret', 'name', 'mail', 'password']) if (id !== 'mail') await tab.click(`#${id}`);
      await tab.run(`document.querySelector('#name').value = 'typed-later', tracker.setGlobalProperties({ plan: 'pro' }), tracker.track('custom', { list: [1, 'é'] }), tracker.identify('ada', { age: 36 }), tracker.page('Home', { tab: 1 }), null`);
      await tab.run('tracker.flush().then(() => null)');
      // Requests are on their way side by side: without `ordering` any of them may be the first to arrive.
      const events = [...(await arrived(read, 7))].sort((one, other) => (one.messageId < other.messageId ? -1 : 1));

      assert.deepEqual(names(events), ['page', 'buy', 'click', 'form_start', 'custom', 'identify', 'Home']);
      const [page, buy, click, form, custom, identify, home] = events;
      for (const event of events) {
        assert.match(event.messageId, UUID7);
        assert.match(event.anonymousId, UUID7);
        assert.match(event.sessionId, UUID7);
        assert.deepEqual([event.partitionKey, event.sessionId], [page.anonymousId, page.sessionId]);
        assert.ok(Math.abs(Date.now() - Date.parse(event.timestamp)) < 30_000 && event.timestamp.endsWith('Z'));
      }
      const timestamps = events.map(({ timestamp }) => timestamp);
      assert.deepEqual([...timestamps].sort(), timestamps, 'message ids sort by time');
      const { context } = page;
      const search = '?utm_source=mail&utm_campaign=spring&gclid=abc';
      assert.deepEqual(context.page, { url: `${shop.url}${search}`, path: '/shop', title: 'Shop', referrer: '', search });
      assert.deepEqual(context.campaign, { source: 'mail', name: 'spring', gclid: 'abc' });
      assert.deepEqual(custom.context.campaign, context.campaign, 'the campaign is of the session');
      const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
      assert.deepEqual([context.appId, context.library], ['shop', { name: 'kinesis-edge', version }]);
      assert.ok(context.locale && context.timezone && context.userAgent && context.screen.width > 0 && context.screen.innerWidth > 0);
      if (browser.name === 'Chromium') assert.ok(context.userAgentData.brands.length > 0 && context.userAgentData.platform);
      assert.deepEqual(buy.properties, { element: 'button', id: 'buy', text: 'Buy now', itemId: '7', price: '9.50' });
      assert.deepEqual([click.type, click.properties], ['track', { element: 'button', id: 'plain', text: 'Plain' }]);
      assert.deepEqual(form.properties, { id: 'order', name: 'order', action: `${shop.endpoint}/order`, method: 'post' });
      assert.deepEqual([custom.type, custom.properties, custom.userId], ['track', { plan: 'pro', list: [1, 'é'] }, undefined]);
      assert.deepEqual([identify.type, identify.userId, identify.traits], ['identify', 'ada', { age: 36 }]);
      assert.deepEqual([home.type, home.userId, home.properties], ['page', 'ada', { plan: 'pro', name: 'Home', tab: 1 }]);
      assert.doesNotMatch(JSON.stringify(events), /typed|hunter2|4711|for Ada|example\.com|hidden/, 'nothing that was typed, nothing private');
      const { errors, violations, unhandled } = await tab.run('state');
      assert.deepEqual({ errors, violations, unhandled }, { errors: [], violations: [], unhandled: [] });
    });

    test('a collector gets the same lines, without a preflight, and no wasm is loaded', async () => {
      const { shop, collector, read } = await collectedShop();
      const tab = await visit(browser, shop.url);
      await tab.click('#buy');
      await tab.run(`tracker.identify('ada'), tracker.flush().then(() => null)`);
      const events = await arrived(read, 3);
      assert.deepEqual(names(events), ['page', 'buy', 'identify']);
      assert.equal(collector.preflights, 0);
      assert.match(collector.batches[0].type, /^text\/plain/);
      assert.ok(Math.abs(collector.batches[0].sentAt - Date.now()) < 30_000);
      assert.deepEqual(shop.requests.filter((request) => /wasm|producer|core\.js|HEAD/.test(request)), []);
      const { errors, violations } = await tab.run('state');
      assert.deepEqual({ errors, violations }, { errors: [], violations: [] });
    });

    test('what was not delivered arrives at the next visit', async () => {
      const { shop, collector, read } = await collectedShop(QUIET, { faults: Array(50).fill(503) });
      const tab = await visit(browser, shop.url);
      await tab.run(`tracker.track('kept'), new Promise((done) => setTimeout(done, 300)).then(() => null)`);
      await tab.goto(`${shop.endpoint}/empty`);
      collector.faults.length = 0;
      await tab.goto(shop.url);
      assert.deepEqual([...new Set(names(await arrived(read, 1)))], ['kept']);
    });
  });
}

describe('in Chromium', () => {
  test('links tell outbound and download, and nothing of mail addresses', async () => {
    const { shop, read } = await collectedShop({ autoTrack: { pageViews: false } });
    const tab = await visit(chromium, shop.url);
    await tab.run(`document.addEventListener('click', (event) => event.preventDefault())`);
    for (const id of ['out', 'file', 'mail']) await tab.click(`#${id}`);
    await tab.run('tracker.flush()');
    const clicks = (await arrived(read, 3)).map(({ properties: { id, text, element, ...rest } }) => rest);
    assert.deepEqual(clicks, [
      { href: 'http://localhost:9/elsewhere', outbound: true, download: false },
      { href: `${shop.endpoint}/files/report.pdf`, outbound: false, download: true },
      { href: 'mailto:' },
    ]);
    await tab.close();
  });

  test('a click is reported as it was: not with what the page makes of it at once', async () => {
    const { shop, read } = await collectedShop({ autoTrack: { pageViews: false, engagement: false } });
    const tab = await visit(chromium, shop.url);
    await tab.run(`document.querySelector('#plain').addEventListener('click', ({ target }) => {
      target.textContent = 'Done';
      document.title = 'Thanks';
      history.pushState({}, '', '/shop/thanks?paid');
      tracker.setGlobalProperties({ paid: true });
      tracker.track('paid');
    })`);
    await tab.click('#plain');
    await tab.run('tracker.flush()');
    const [click, paid] = await arrived(read, 2);
    assert.deepEqual(click.properties, { element: 'button', id: 'plain', text: 'Plain' });
    assert.deepEqual(click.context.page, { url: shop.url, path: '/shop', title: 'Shop', referrer: '', search: '' });
    assert.deepEqual([paid.event, paid.properties], ['paid', { paid: true }]);
    assert.deepEqual(paid.context.page, { url: `${shop.endpoint}/shop/thanks?paid`, path: '/shop/thanks', title: 'Thanks', referrer: shop.url, search: '?paid' });
    await tab.close();
  });

  test('the time in which a page is hidden is no engagement, and the time before its load event is', async () => {
    const { shop, read } = await collectedShop({ autoTrack: { pageViews: false } });
    const tab = await visit(chromium, shop.url);
    await tab.page.waitForTimeout(1200);
    // As the first one of a page does, after its load event.
    await tab.run(`dispatchEvent(new PageTransitionEvent('pageshow')), null`);
    await tab.run(`Object.defineProperty(document, 'hidden', { get: () => globalThis.isHidden ?? false, configurable: true }), null`);
    await tab.run(`isHidden = true, document.dispatchEvent(new Event('visibilitychange')), null`);
    await tab.page.waitForTimeout(1500);
    await tab.run(`dispatchEvent(new PageTransitionEvent('pagehide')), null`);
    await tab.run(`tracker.flush().then(() => null)`);
    const times = (await read()).filter(({ event }) => event === 'engagement').map(({ properties }) => properties.engagedMs);
    assert.equal(times.length, 1, `${times}`);
    assert.ok(times[0] >= 1200, `${times}`);
    await tab.close();
  });

  test('a page that comes back from the back/forward cache takes the visitor that another page has stored since', async () => {
    const { shop, read } = await collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.track('before'), tracker.flush().then(() => null)`);
    await tab.run(`dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })), null`);
    // Within its own window a page gets no event of a change, as a cached one gets none of other pages.
    await tab.run(`localStorage.setItem('kinesis-edge.visitor', JSON.stringify({ ...JSON.parse(localStorage.getItem('kinesis-edge.visitor')), userId: 'ada' })), null`);
    await tab.run(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })), tracker.track('after'), tracker.flush().then(() => null)`);
    const users = Object.fromEntries((await read()).filter(({ type }) => type === 'track').map(({ event, userId }) => [event, userId ?? null]));
    assert.deepEqual(users, { before: null, after: 'ada' });
    await tab.close();
  });

  test('views of a single page, scroll depth, engagement, errors, a form and web vitals are reported', async () => {
    const { shop, read } = await collectedShop({ autoTrack: { forms: true, errors: true, webVitals: true } });
    const tab = await visit(chromium, shop.url);
    await tab.run(`document.querySelector('form').addEventListener('submit', (event) => event.preventDefault())`);
    await tab.click('#send');
    await tab.run(`setTimeout(() => { throw new TypeError('broken') }), Promise.reject(new Error('refused')), null`);
    await tab.page.waitForTimeout(1100);
    await tab.run(`scrollTo(0, document.documentElement.scrollHeight)`);
    await until(async () => (await tab.run('scrollY')) > 0);
    await tab.page.waitForTimeout(100);
    await tab.run(`history.pushState({}, '', '/shop/second'), document.title = 'Second', null`);
    await tab.page.waitForTimeout(50);
    await tab.run(`history.replaceState({}, '', '/shop/second#part'), tracker.flush()`);
    const events = await read();
    const of = (name) => events.filter(({ type, event }) => (event ?? type) === name);
    assert.deepEqual(of('page').map(({ context: { page } }) => [page.path, page.title, page.referrer]), [['/shop', 'Shop', ''], ['/shop/second', 'Second', shop.url]]);
    assert.deepEqual(of('scroll').map(({ properties }) => properties.depth), [100]);
    assert.ok(of('engagement')[0].properties.engagedMs >= 1000);
    // Its time is that of the page before the address has changed.
    assert.equal(of('engagement')[0].context.page.path, new URL(shop.url).pathname);
    assert.deepEqual(of('error').map(({ properties: { name, message } }) => [name, message]).sort(), [['Error', 'refused'], ['TypeError', 'broken']]);
    assert.equal(of('form_submit').length, 1);
    assert.ok(of('web_vital').some(({ properties: { metric, value } }) => metric === 'TTFB' && value > 0));
    await tab.close();
  });

  test('beforeSend changes events and drops them; sampling and bad arguments', async () => {
    const { shop, read } = await collectedShop({ ...QUIET, beforeSend: true });
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.track('drop me'), tracker.track('keep me'), tracker.flush()`);
    assert.deepEqual((await arrived(read, 1)).map(({ event, properties }) => [event, properties]), [['keep me', { seen: true }]]);
    await tab.run(`['track', 'identify', 'page'].forEach((name) => [['', {}], [7], ['x', 'y'], ['x', { big: 1n }]].forEach((args) => tracker[name](...args)))`);
    const { errors } = await tab.run('state');
    assert.equal(errors.filter((text) => /^ERR_INVALID_ARGUMENT: (event|userId|name|properties|traits) must be/.test(text)).length, 12, errors.join('\n'));
    const refused = await tab.run(`import('/dist/tracker.js').then(({ createTracker }) => [undefined, {}, { collectorUrl: 'ftp://x' }, { collectorUrl: '/c', producer: { put() {} } }, { collectorUrl: '/c', sampleRate: 1.01 }, { collectorUrl: '/c', autoTrack: { swipes: true } }, { collectorUrl: '/c', sessionTimeoutMinutes: 0 }, { collectorUrl: '/c', persist: 'yes' }].map((options) => { try { createTracker(options); return 'taken' } catch ({ code, message }) { return code + ' ' + message } }))`);
    assert.ok(refused.every((text) => text.startsWith('ERR_INVALID_ARGUMENT ')), refused.join('\n'));
    await tab.close();

    const sampled = await collectedShop({ ...QUIET, sampleRate: 0 });
    const none = await visit(chromium, sampled.shop.url);
    await none.run(`tracker.track('x'), tracker.flush()`);
    assert.deepEqual(await sampled.read(), []);
    await none.close();
  });

  test('the documented snippet loads the module after the first paint, takes calls from before with their time and page, and shows a bad one', async () => {
    const { shop, read } = await collectedShop(QUIET);
    // Not `goto`, which waits for the image.
    const page = await chromium.context.newPage();
    const shown = [];
    page.on('console', (message) => message.type() === 'error' && shown.push(message.text()));
    // The tracker comes when the page has another address and title.
    let isHeld = true;
    await page.route('**/clicks.js', async (route) => (await until(() => !isHeld, 30_000), route.continue()));
    await page.goto(`${shop.endpoint}/snippet`, { waitUntil: 'commit' });
    await until(() => page.evaluate('Boolean(globalThis.clicks)'));
    const at = await page.evaluate(`clicks.push(['track', 'early'], null, ['nothing', 1], ['constructor'], ['track', ''], ['identify', 'ada'], ['track', 'also early', { n: 1 }]), Date.now()`);
    await page.evaluate(`clicks[clicks.length] = 7, new Promise((done) => setTimeout(done, 300)).then(() => { history.pushState({}, '', '/next'); document.title = 'Next'; clicks.push(['page', 'Home']) })`);
    isHeld = false;
    assert.ok(await until(() => page.evaluate('globalThis.state?.started')));
    const [painted, fetched] = await page.evaluate(`[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/clicks.js')).startTime]`);
    assert.ok(fetched >= painted, `painted at ${painted} ms, the module was asked for at ${fetched} ms`);
    await until(() => page.evaluate('clicks.length === 0'));
    await page.evaluate(`document.title = 'Later', clicks.push(['track', 'late']), tracker.flush()`);
    const events = await arrived(read, 5);
    assert.deepEqual(names(events), ['early', 'identify', 'also early', 'Home', 'late']);
    const [early, identify, alsoEarly, home, late] = events;
    for (const event of [early, identify, alsoEarly]) {
      assert.deepEqual([event.context.page.url, event.context.page.title], [`${shop.endpoint}/snippet`, 'Shop']);
      assert.ok(Math.abs(Date.parse(event.timestamp) - at) < 250, `${event.timestamp} is not ${new Date(at).toISOString()}`);
    }
    assert.deepEqual([home, late].map(({ context }) => [context.page.path, context.page.title]), [['/next', 'Next'], ['/next', 'Later']]);
    assert.deepEqual([alsoEarly.userId, alsoEarly.properties], ['ada', { n: 1 }]);
    assert.equal(shown.filter((text) => text.startsWith('kinesis-edge: a queued call was not made')).length, 4, shown.join('\n'));
    const { violations, errors } = await page.evaluate('state');
    assert.deepEqual(violations, []);
    assert.deepEqual(errors.length, 1, 'the event without a name');
    await page.close();
  });

  test('a moment that is none is refused, and a title that is none is the page’s', async () => {
    const { shop, read } = await collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`[{}, { at: NaN, url: 'http://x/' }, { at: 1, url: '/relative' }, 7].forEach((moment) => tracker.track('bad', {}, moment)), tracker.track('good', {}, { at: 1, url: 'http://x/y', title: document.body }), tracker.flush()`);
    const [good, ...more] = await arrived(read, 1);
    assert.deepEqual([more.length, good.context.page.url, good.context.page.path, good.context.page.title], [0, 'http://x/y', '/y', 'Shop']);
    const opened = await tab.run('performance.timeOrigin');
    assert.ok(Math.abs(Date.parse(good.timestamp) - opened) < 1000);
    const { errors } = await tab.run('state');
    assert.equal(errors.length, 4);
    assert.ok(errors.every((text) => /^ERR_INVALID_ARGUMENT: moment\.(at|url) must be /.test(text)), errors.join('\n'));
    await tab.close();
  });

  test('the documented snippet tracks a visitor who leaves before the images of the page are there', async () => {
    const { shop, read } = await collectedShop({ autoTrack: { engagement: false } });
    const page = await chromium.context.newPage();
    await page.goto(`${shop.endpoint}/snippet`, { waitUntil: 'commit' });
    assert.ok(await until(() => page.evaluate('globalThis.state?.started')), 'the tracker does not wait for the image');
    assert.equal(await page.evaluate(`performance.getEntriesByType('navigation')[0].loadEventStart`), 0);
    await page.goto(`${shop.endpoint}/empty`);
    assert.deepEqual(names(await arrived(read, 1)), ['page']);
    await page.close();
  });

  test('a session ends after a while without events, a visitor with reset', async () => {
    const { shop, read } = await collectedShop({ ...QUIET, sessionTimeoutMinutes: 0.01 });
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.identify('ada'), tracker.setGlobalProperties({ plan: 'pro' }), null`);
    await tab.page.waitForTimeout(700);
    await tab.run(`tracker.track('later'), tracker.reset(), tracker.track('new'), tracker.flush()`);
    const [first, later, fresh] = await arrived(read, 3);
    assert.deepEqual([later.anonymousId === first.anonymousId, later.sessionId === first.sessionId, later.userId], [true, false, 'ada']);
    assert.deepEqual([fresh.anonymousId === first.anonymousId, fresh.sessionId === later.sessionId, fresh.userId, fresh.properties.plan], [false, false, undefined, undefined]);
    await tab.close();
  });
});

// ── what must not ──

describe('privacy', () => {
  const stored = `indexedDB.databases().then((databases) => JSON.stringify({ databases, local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie }))`;
  const NOTHING = JSON.stringify({ databases: [], local: {}, session: {}, cookie: '' });

  for (const way of ['Kinesis', 'a collector']) {
    test(`without consent nothing is stored or sent to ${way}; with it what waited goes out; taken back it is all erased`, async () => {
      const { shop, read, collector } = await openers[way]()({ requireConsent: true });
      const tab = await visit(chromium, shop.url);
      const outside = [];
      tab.page.on('request', (request) => outside.push(`${request.method()} ${request.url()}`));
      await tab.click('#buy');
      await tab.run(`tracker.identify('ada'), tracker.flush().then(() => null)`);
      await tab.page.waitForTimeout(300);
      assert.deepEqual([await tab.run(stored), outside, await read()], [NOTHING, [], []]);

      await tab.run('tracker.consent(true)');
      await tab.run('tracker.flush()');
      assert.deepEqual(names(await arrived(read, 3)), ['page', 'buy', 'identify']);
      assert.notEqual(await tab.run(stored), NOTHING);

      if (collector) collector.faults.push(503);
      await tab.run(`tracker.track('too late'), tracker.consent(false), tracker.track('unheard'), null`);
      assert.equal(await until(async () => (await tab.run(stored)) === NOTHING), true, await tab.run(stored));
      await tab.page.waitForTimeout(300);
      assert.ok(!names(await read()).some((name) => ['too late', 'unheard'].includes(name)));
      assert.deepEqual((await tab.run('state')).errors, []);
      await tab.close();
    });
  }

  for (const [signal, script, agent] of [
    ['Global Privacy Control', `Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })`],
    ['Do Not Track', `Object.defineProperty(Navigator.prototype, 'doNotTrack', { value: '1' })`],
    ['an automated browser', '', true],
  ]) {
    test(`with ${signal} nothing is stored or sent`, async () => {
      for (const open of [directShop, collectedShop]) {
        const { shop, read } = await open({ dropBots: Boolean(agent) });
        const page = await chromium.context.newPage();
        if (script) await page.addInitScript(script);
        await page.goto(shop.url);
        await until(() => page.evaluate('globalThis.state?.started'));
        const outside = [];
        page.on('request', (request) => outside.push(request.url()));
        await page.click('#buy');
        await page.evaluate(`tracker.consent(true), tracker.identify('ada'), tracker.reset(), tracker.flush().then(() => null)`);
        await page.waitForTimeout(200);
        assert.deepEqual([await page.evaluate(stored), outside, await read()], [NOTHING, [], []]);
        await page.close();
      }
    });
  }

  test('consent that is taken back in one tab is taken back in all', async () => {
    const { shop, read } = await collectedShop(QUIET);
    const [one, two] = [await visit(chromium, shop.url), await visit(chromium, shop.url)];
    await one.run(`tracker.track('one'), tracker.flush()`);
    await two.run(`tracker.consent(false)`);
    await one.page.waitForTimeout(200);
    await one.run(`tracker.track('unheard'), tracker.flush().then(() => null)`);
    assert.deepEqual(names(await read()), ['one']);
    assert.equal(await until(async () => (await one.run(stored)) === NOTHING), true);
    await Promise.all([one.close(), two.close()]);
  });
});

// ── clocks ──

describe('a wrong clock', () => {
  const isRight = ({ timestamp }) => Math.abs(Date.parse(timestamp) - Date.now()) < 4000;

  for (const days of [-1, 1]) {
    for (const way of ['Kinesis', 'a collector']) {
      test(`${days > 0 ? 'ahead' : 'behind'} by a day: what goes to ${way} is right to within two seconds, also when it jumps`, async () => {
        const { shop, read } = await openers[way]()(QUIET, way === 'Kinesis' ? { clockMs: days * DAY_MS } : {}, way === 'Kinesis' ? undefined : { clockMs: days * DAY_MS });
        const tab = await visit(chromium, shop.url);
        const at = Date.now();
        await tab.run(`tracker.track('first'), tracker.flush()`);
        const [first] = await arrived(read, 1);
        assert.ok(Math.abs(Date.parse(first.timestamp) - at) < 2000, `${first.timestamp} is not ${new Date(at).toISOString()}`);
        await tab.run(`setClock(${days * 3} * ${DAY_MS})`);
        const then = Date.now();
        await tab.run(`tracker.track('second'), tracker.flush()`);
        const [, second] = await arrived(read, 2);
        assert.ok(Math.abs(Date.parse(second.timestamp) - then) < 2000, `${second.timestamp} is not ${new Date(then).toISOString()}`);
        assert.ok(isRight(second));
        await tab.close();
      });
    }
  }

  test('ten days off: what a page has stored with the right time keeps it when the next page, which does not know the time, sends it', async () => {
    for (const days of [-10, 10]) {
      const { shop, collector, read } = await collectedShop(QUIET, {}, { clockMs: days * DAY_MS });
      const tab = await visit(chromium, shop.url);
      await tab.run(`tracker.track('known'), tracker.flush()`);
      collector.faults.push(...Array(50).fill(503));
      const at = Date.now();
      await tab.run(`tracker.track('kept'), new Promise((done) => setTimeout(done, 500))`);
      await tab.page.close({ runBeforeUnload: false });
      collector.faults.length = 0;
      const next = await visit(chromium, shop.url);
      await arrived(read, 2);
      await next.run(`tracker.track('beside'), tracker.flush()`);
      const events = await arrived(read, 3);
      for (const name of ['kept', 'beside']) {
        const { timestamp } = events.find(({ event }) => event === name);
        const off = Date.parse(timestamp) - at;
        assert.ok(off > -2000 && off < 60_000, `${name}: ${off} ms`);
      }
      await next.close();
    }
  });

  test('a server that does not tell the time holds events up for a second, and the leaving page for none', async () => {
    const { shop, read } = await directShop(QUIET, {}, { delayMs: 5000 });
    const tab = await visit(chromium, shop.url);
    const trackedAt = await tab.run(`tracker.track('held'), Date.now()`);
    assert.equal((await arrived(read, 1)).length, 1);
    // A busy machine only makes it more.
    assert.ok(Date.now() - trackedAt >= 1000, `it was held for ${Date.now() - trackedAt} ms`);
    const other = await directShop(QUIET, {}, { delayMs: 5000 });
    const leaving = await visit(chromium, other.shop.url);
    await leaving.run(`tracker.track('leaving')`);
    await leaving.close();
    const back = await visit(chromium, other.shop.url);
    assert.deepEqual([...new Set(names(await arrived(other.read, 1)))], ['leaving']);
    await Promise.all([tab.close(), back.close()]);
  });
});

// ── what goes wrong on the way ──

describe('a collector that fails', () => {
  test('faults, lost answers and throttling are tried again; what was taken twice has the same message id', async () => {
    const { shop, collector, read } = await collectedShop(QUIET, { faults: [503, 'cut', 429, 500, 'lost'] });
    const tab = await visit(chromium, shop.url);
    await tab.run(`for (let i = 0; i < 20; i += 1) tracker.track('event ' + i)`);
    await tab.run('tracker.flush()');
    const events = await read();
    assert.equal(ids(events).size, 20);
    assert.equal(events.length, 40, 'one batch was taken, and its answer lost');
    assert.equal(collector.batches.length, 6);
    assert.deepEqual((await tab.run('state')).errors, []);
    await tab.close();
  });

  test('a body that is too large is split; an event alone that is too large is given up, and reported', async () => {
    const { shop, collector, read } = await collectedShop(QUIET, { bodyBytesMax: 8000 });
    const tab = await visit(chromium, shop.url);
    await tab.run(`for (let i = 0; i < 40; i += 1) tracker.track('event ' + i, { text: i === 20 ? 'x'.repeat(9000) : 'y' })`);
    await tab.run('tracker.flush()');
    const events = await read();
    assert.deepEqual([events.length, ids(events).size], [39, 39]);
    assert.ok(collector.batches.every(({ bytes }) => bytes < 64 * 1024));
    assert.deepEqual((await tab.run('state')).errors, ['ERR_SERVICE: the collector answered with HTTP 413; look at bodyBytesMax of the collector']);
    await tab.close();
  });

  test('requests stay as large as the collector takes them: few are refused', async () => {
    const bodyBytesMax = 20_000;
    const { shop, collector, read } = await collectedShop(QUIET, { bodyBytesMax });
    const tab = await visit(chromium, shop.url);
    for (let round = 0; round < 3; round += 1) await tab.run(`for (let i = 0; i < 80; i += 1) tracker.track('event', { text: 'y'.repeat(100) }); tracker.flush()`);
    assert.equal(ids(await read()).size, 240);
    const refused = collector.batches.filter(({ bytes }) => bytes > bodyBytesMax).length;
    assert.ok(refused * 3 < collector.batches.length, `${refused} of ${collector.batches.length} requests were refused`);
    await tab.close();
  });

  test('an event that it refuses is reported and not sent again; so is a batch', async () => {
    const { shop, collector, read } = await collectedShop(QUIET, { refuses: ({ event }) => event === 'bad' && 'not in the schema' });
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.track('good'), tracker.track('bad'), tracker.track('fine'), tracker.flush()`);
    assert.deepEqual(names(await read()), ['good', 'fine']);
    collector.faults.push(403);
    await tab.run(`tracker.track('forbidden'), tracker.flush()`);
    const { errors } = await tab.run('state');
    assert.deepEqual(errors, ['ERR_SERVICE: the collector refused an event: not in the schema', 'ERR_SERVICE: the collector answered with HTTP 403; look at allowedOrigins and writeKey of the collector']);
    assert.equal(collector.batches.length, 2);
    await tab.close();
  });

  test('offline nothing is tried; online all goes out', async () => {
    const { shop, collector, read } = await collectedShop(QUIET);
    const other = await openChromium();
    const tab = await visit(other, shop.url);
    await other.context.setOffline(true);
    await tab.run(`tracker.track('offline')`);
    await tab.page.waitForTimeout(1500);
    assert.equal(collector.batches.length, 0);
    await other.context.setOffline(false);
    assert.deepEqual(names(await arrived(read, 1)), ['offline']);
    await other.close();
  });
});

// ── the outbox ──

describe('the outbox', () => {
  const make = (options) => `import('/dist/browser.js').then(async ({ indexedDBOutbox }) => {
    globalThis.news = [];
    globalThis.outbox = indexedDBOutbox(${options});
    outbox.watch((one) => news.push(one.kind === 'error' ? one.error.code + ' ' + one.error.message : one.kind));
    globalThis.record = (id, size = 3, putAt = Date.now()) => ({ id, partitionKey: 'k', data: new Uint8Array(size).fill(7), putAt });
    globalThis.idsOf = async () => (await outbox.all()).map(({ id }) => id).join();
  })`;
  let shop;
  before(async () => ({ shop } = await collectedShop(QUIET)));

  test('gives back what it was given, in order, without what was removed', async () => {
    const tab = await visit(chromium, shop.url);
    await tab.run(make(`{ name: 'order' }`));
    await tab.run(`outbox.add([record('a'), { ...record('b'), explicitHashKey: '7' }]).then(() => outbox.add([record('c')])).then(() => outbox.remove(['a', 'unknown']))`);
    const all = await tab.run(`outbox.all().then((all) => all.map(({ data, putAt, ...rest }) => ({ ...rest, data: [...data] })))`);
    assert.deepEqual(all, [{ id: 'b', partitionKey: 'k', explicitHashKey: '7', data: [7, 7, 7] }, { id: 'c', partitionKey: 'k', data: [7, 7, 7] }]);
    await tab.run('outbox.clear()');
    assert.equal(await tab.run('idsOf()'), '');
    await tab.close();
  });

  test('an open tab keeps its own events; each event of a killed tab is taken over by one tab, within seconds', async () => {
    const tabs = [];
    for (let index = 0; index < 4; index += 1) {
      const tab = await visit(chromium, shop.url);
      await tab.run(make(`{ name: 'tabs' }`));
      await tab.run(`outbox.add([record('of-${index}')]).then(() => idsOf())`);
      tabs.push(tab);
    }
    assert.deepEqual(await Promise.all(tabs.map((tab) => tab.run('idsOf()'))), ['of-0', 'of-1', 'of-2', 'of-3']);
    const [first, second, ...others] = tabs;
    for (const tab of others) await tab.page.close({ runBeforeUnload: false });
    await until(async () => (await Promise.all([first, second].map((tab) => tab.run('news.length')))).some(Boolean));
    const owned = (await Promise.all([first, second].map((tab) => tab.run('idsOf()')))).flatMap((text) => text.split(','));
    assert.deepEqual(owned.sort(), ['of-0', 'of-1', 'of-2', 'of-3']);
    await Promise.all([first.close(), second.close()]);
  });

  test('the oldest go first where it is full, and what is too old: both are reported', async () => {
    const tab = await visit(chromium, shop.url);
    await tab.run(make(`{ name: 'full', bytesMax: 1000, ageMaxMs: 60000 }`));
    // 99 bytes and a key of one: ten fit.
    await tab.run(`(async () => { for (let i = 0; i < 10; i += 1) await outbox.add([record('r' + i, 99, Date.now() - 1000 + i)]) })()`);
    assert.deepEqual([(await tab.run('idsOf()')).split(',').length, await tab.run('news')], [10, []]);
    await tab.run(`outbox.add([record('r10', 99)])`);
    assert.equal(await tab.run('idsOf()'), 'r1,r2,r3,r4,r5,r6,r7,r8,r9,r10');
    await tab.run(`outbox.add([record('old', 99, Date.now() - 60001)])`);
    assert.equal((await tab.run('idsOf()')).includes('old'), false);
    // What can never fit makes no other record go.
    await tab.run(`outbox.add([record('huge', 2000)])`);
    assert.equal(await tab.run('idsOf()'), 'r1,r2,r3,r4,r5,r6,r7,r8,r9,r10');
    assert.deepEqual(await tab.run('news'), [
      'ERR_OUTBOX the outbox dropped records (1): past bytesMax (1000)',
      'ERR_OUTBOX the outbox dropped records (1): older than ageMaxMs (60000)',
      'ERR_OUTBOX the outbox dropped records (1): past bytesMax (1000)',
    ]);
    await tab.close();
  });

  test('a database that is forbidden or blocked, or a full disk, leaves memory, reported once', async () => {
    const tab = await visit(chromium, shop.url);
    const reported = async () => tab.run('news.join()');
    await tab.run(`globalThis.real = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB'), Object.defineProperty(globalThis, 'indexedDB', { value: { open() { throw new DOMException('no', 'SecurityError') } }, configurable: true }), null`);
    await tab.run(make(`{ name: 'forbidden' }`));
    await tab.run(`outbox.add([record('a')]).then(() => outbox.add([record('b')])).then(() => outbox.remove(['a']))`);
    assert.deepEqual([await tab.run('idsOf()'), (await reported()).match(/ERR_OUTBOX the outbox could not be opened/g).length], ['b', 1]);

    await tab.run(`Object.defineProperty(globalThis, 'indexedDB', real), globalThis.holder = new Promise((done) => { const request = indexedDB.open('blocked', 1); request.onsuccess = () => done(request.result) }), holder.then(() => null)`);
    await tab.run(`indexedDB.deleteDatabase('blocked'), null`);
    await tab.run(make(`{ name: 'blocked' }`));
    await tab.run(`outbox.add([record('a')])`);
    assert.equal(await tab.run('idsOf()'), 'a');
    assert.match(await reported(), /^ERR_OUTBOX the outbox could not be opened.*blocked for 3000 ms$/);
    await tab.close();

    const full = await visit(chromium, shop.url);
    await full.run(`globalThis.put = IDBObjectStore.prototype.put, IDBObjectStore.prototype.put = function () { this.transaction.abort(); throw new DOMException('full', 'QuotaExceededError') }, null`);
    await full.run(make(`{ name: 'disk' }`));
    await full.run(`outbox.add([record('a')]).then(() => outbox.add([record('b')]))`);
    assert.deepEqual([await full.run('idsOf()'), await full.run('news')], ['a,b', ['ERR_OUTBOX the outbox could not be written: full']]);
    await full.run(`IDBObjectStore.prototype.put = put, outbox.add([record('c')])`);
    assert.equal(await full.run('idsOf()'), 'c,a,b');
    await full.close();
  });

  /** How many records the databases of the page have. */
  const EVENTS_STORED = `indexedDB.databases().then((found) => Promise.all(found.map(({ name }) => new Promise((done) => {
    indexedDB.open(name).onsuccess = ({ target: { result: database } }) => {
      const count = database.transaction(database.objectStoreNames[0]).objectStore(database.objectStoreNames[0]).count();
      count.onsuccess = () => (database.close(), done(count.result));
    };
  })))).then((counts) => counts.reduce((sum, count) => sum + count, 0))`;
  for (const [way, toKinesis] of [['Kinesis', true], ['a collector', false]]) {
    test(`${way}: a page that went to the back/forward cache leaves to another what that one has taken, and goes on`, () => withPageCache(async () => {
      const { shop: own, read, collector } = await (toKinesis ? directShop(QUIET, { producerOptions: { lingerMs: 100_000 } }) : collectedShop(QUIET));
      const tab = await visit(chromium, own.url);
      await tab.run(`state.mark = 'first', null`);
      if (collector) collector.faults = Array(1000).fill(503);
      await tab.run(`tracker.track('before')`);
      // Another page can take only what is written.
      assert.ok(await until(async () => (await tab.run(EVENTS_STORED)) === 1), 'the event is in the outbox');
      await tab.goto(`${own.url}/next`);
      if (collector) collector.faults = [];
      await until(() => tab.run('globalThis.state?.started'));
      const once = await arrived(read, 1);
      assert.deepEqual([...new Set(names(once))], ['before']);
      await until(async () => (await tab.run(`globalThis.producer ? producer.stats.recordsBuffered : 0`)) === 0);
      await tab.run('tracker.flush().then(() => null)');
      const sent = (await read()).length;
      await backToCached(tab);
      await tab.run(`tracker.track('after'), tracker.flush()`);
      const events = await read();
      assert.deepEqual(names(events.slice(sent)), ['after']);
      assert.deepEqual((await tab.run('state')).errors, []);
      await tab.close();
    }));
  }
});

// ── the last moment ──

describe('leaving', { concurrency: 3 }, () => {
  const LEAVES = {
    'navigates away': (tab, { endpoint }) => tab.goto(`${endpoint}/empty`),
    'is reloaded': (tab) => tab.reload(),
    'is closed': (tab) => tab.close(),
  };
  let firefox;
  before(async () => (firefox = await openFirefox()));
  after(() => firefox?.close());

  for (const [how, leave] of Object.entries(LEAVES)) {
    for (const [way, times, inFirefox] of [['Kinesis', 20], ['a collector', 5], ['a collector', 20, true]]) {
      // It ends a script that still runs when its tab is closed, and only then.
      if (inFirefox && how !== 'is closed') continue;
      const name = inFirefox ? 'Firefox' : 'Chromium';
      test(`${name}: an event of the last moment, when the page ${how}, is at ${way} ${times} times out of ${times}`, async () => {
        const browser = inFirefox ? firefox : chromium;
        const { shop, read } = await openers[way]()(QUIET);
        const { put, cut } = await leaveOften({ visit: () => visit(browser, shop.url), leave: (tab) => leave(tab, shop), shop, isClosed: how === 'is closed', times, name: 'last' });
        assert.equal(put.length, times, `${cut.length} scripts were ended before they had put anything`);
        const atOnce = await arrived(read, times);
        const back = await visit(browser, shop.url);
        await back.run('tracker.flush().then(() => null)');
        // What is left is sent a second after it is opened.
        const found = await until(async () => {
          const there = names(await read());
          return put.every((one) => there.includes(one)) && there;
        });
        const events = await read();
        assert.deepEqual(put.filter((one) => !names(events).includes(one)), [], 'every event that was put is there');
        assert.deepEqual(names(events).filter((one) => ![...put, ...cut].includes(one)), []);
        assert.equal(ids(events).size, new Set(names(events)).size, 'what came twice has the same message id');
        assert.ok(found);
        // Firefox also ends the listener that says so: most of those events were put.
        const lost = cut.filter((one) => !names(events).includes(one));
        assert.ok(!inFirefox || lost.length <= 2, `${lost.length} events of scripts that were ended did not arrive`);
        console.log(`# ${name}: ${how}, ${way}: ${ids(atOnce).size} of ${put.length} without a further visit, ${events.length - ids(events).size} twice; ${cut.length} more were cut off`);
        await back.page.close();
      });
    }
  }
});
