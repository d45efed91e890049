/** Consent that is refused or withdrawn: nothing stays, nothing is sent afterwards. In Chromium (CHROME_PATH). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listen } from './listen.mjs';
import { openChromium } from './tracker/chromium.mjs';
import { until } from './tracker/shop.mjs';
import { arrived, backToCached, names, openShops, visit, withPageCache } from './tracker/shops.mjs';

const QUIET = { autoTrack: false };
const STORED = `indexedDB.databases().then((databases) => JSON.stringify({ databases, local: { ...localStorage }, session: { ...sessionStorage } }))`;
const NOTHING = JSON.stringify({ databases: [], local: {}, session: {} });
const GPC = `Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { configurable: true, get: () => globalThis.gpc ?? true })`;

let shops;
let chromium;
before(async () => {
  shops = await openShops();
  chromium = await openChromium();
});
after(async () => {
  await chromium?.close();
  await shops?.stop();
});

async function holdsNothing(tab) {
  await until(async () => (await tab.run(STORED)) === NOTHING);
  assert.equal(await tab.run(STORED), NOTHING);
}

/** Each way out, with what keeps its events from arriving while it is on. */
const WAYS = {
  Kinesis: async (options, more) => {
    const accessKeyId = `CONSENT${(keys += 1)}`;
    const plan = (faults) => fetch(`${shops.kinesis.endpoint}/_faults/${accessKeyId}`, { method: 'PUT', body: JSON.stringify(faults) });
    const way = await shops.directShop(options, { accessKeyId, ...more });
    return { ...way, lose: () => plan({ random: { requestLost: 1 } }), find: () => plan({}) };
  },
  'a collector': async (options, more) => {
    const way = await shops.collectedShop(options, {}, more);
    const { collector } = way;
    return { ...way, lose: () => (collector.faults = { shift: () => 503, push() {} }), find: () => (collector.faults = []) };
  },
};
let keys = 0;

for (const [way, open] of Object.entries(WAYS)) {
  describe(`events to ${way}`, () => {
    test('refused on a later page: what earlier pages have stored is erased, and consent that is given after makes another visitor', async () => {
      const { shop, read, lose, find } = await open(QUIET);
      const tab = await visit(chromium, shop.url);
      await tab.run(`tracker.track('sent'), tracker.flush().then(() => null)`);
      await lose();
      await tab.run(`tracker.track('withdrawn')`);
      await until(() => tab.run(STORED.replace('JSON.stringify({ databases,', 'databases.length > 0 && JSON.stringify({')));
      await tab.page.waitForTimeout(300);
      await tab.page.close({ runBeforeUnload: false });
      shop.config.options = { ...QUIET, requireConsent: true };
      const later = await visit(chromium, shop.url);
      assert.notEqual(await later.run(STORED), NOTHING);
      await later.run(`tracker.consent(false), null`);
      await holdsNothing(later);
      await find();
      await later.run(`tracker.track('refused'), tracker.identify('ada'), tracker.consent(true), tracker.track('new'), tracker.flush().then(() => null)`);
      await later.page.waitForTimeout(1500);
      // Two visitors may be in two shards.
      const events = (await read()).sort((one, other) => (one.event < other.event ? -1 : 1));
      assert.deepEqual(names(events), ['new', 'sent']);
      assert.notEqual(events[0].anonymousId, events[1].anonymousId);
      assert.equal(events[0].userId, undefined);
      assert.deepEqual((await later.run('state')).errors, []);
      await later.page.close();
    });

    for (const requireConsent of [true, false]) {
      test(`identify and reset leave the visitor of events that wait ${requireConsent ? 'for consent' : 'for the end of the task'} as it was`, async () => {
        const { shop, read } = await open({ ...QUIET, requireConsent });
        const tab = await visit(chromium, shop.url);
        const calls = ['track(1)', `identify('ada')`, `track('of ada')`, 'reset()', `identify('bob')`, 'reset()', `identify('eve')`, `track('of eve')`].join(', tracker.').replace('track(1)', `track('of nobody')`);
        await tab.run(`tracker.${calls}, tracker.consent(true), tracker.flush().then(() => null)`);
        const events = await arrived(read, 6);
        const [nobody, ada, eve] = ['of nobody', 'of ada', 'of eve'].map((name) => events.find(({ event }) => event === name));
        assert.deepEqual([nobody.userId, ada.userId, eve.userId], [undefined, 'ada', 'eve']);
        assert.deepEqual([nobody.anonymousId === ada.anonymousId, ada.anonymousId === eve.anonymousId], [true, false]);
        const users = events.filter(({ type }) => type === 'identify').map(({ userId }) => userId).sort();
        assert.deepEqual(users, ['ada', 'bob', 'eve']);
        const visitor = await tab.run(`JSON.parse(localStorage.getItem('kinesis-edge.visitor'))`);
        assert.deepEqual([visitor.userId, visitor.anonymousId], ['eve', eve.anonymousId]);
        await tab.page.close();
      });
    }

    test('withdrawn while a request is in flight: its answer stores nothing', async () => {
      const { shop } = await open({ ...QUIET });
      const tab = await visit(chromium, shop.url);
      await tab.run(`globalThis.release = undefined, globalThis.real = fetch, globalThis.fetch = (...args) => real(...args).then((answer) => new Promise((done) => (release = () => done(answer)))), null`);
      await tab.run(`tracker.track('in flight'), tracker.flush(), null`);
      assert.ok(await until(() => tab.run(`Boolean(release)`)));
      await tab.run(`tracker.consent(false), null`);
      await holdsNothing(tab);
      await tab.run(`release(), null`);
      await tab.page.waitForTimeout(1200);
      await holdsNothing(tab);
      await tab.page.close();
    });

    test('withdrawn after a reset: no visitor of this browser is sent', async () => {
      const { shop, read, lose, find } = await open(QUIET);
      await lose();
      const tab = await visit(chromium, shop.url);
      await tab.run(`tracker.track('first visitor'), new Promise((done) => setTimeout(done, 300))`);
      await tab.run(`tracker.reset(), tracker.track('second visitor'), new Promise((done) => setTimeout(done, 300))`);
      await tab.run(`tracker.consent(false), null`);
      await holdsNothing(tab);
      await find();
      await tab.run(`dispatchEvent(new Event('online')), null`);
      await tab.page.waitForTimeout(1500);
      assert.deepEqual(await read(), []);
      await tab.page.close();
    });

    test('Global Privacy Control that is switched on later erases what is stored, on the next page and on the same', async () => {
      const { shop, read } = await open(QUIET);
      const tab = await visit(chromium, shop.url);
      await tab.run(`tracker.track('before'), tracker.flush().then(() => null)`);
      await tab.run(`${GPC}, tracker.track('after'), null`);
      await holdsNothing(tab);
      await tab.page.close();
      const again = await visit(chromium, shop.url);
      await again.run(`tracker.track('again'), tracker.flush().then(() => null)`);
      assert.notEqual(await again.run(STORED), NOTHING);
      await again.page.addInitScript(GPC);
      await again.goto(shop.url);
      await until(() => again.run('globalThis.state?.started'));
      await holdsNothing(again);
      // Two visitors may be in two shards.
      assert.deepEqual(names(await read()).sort(), ['again', 'before']);
      await again.page.close();
    });
  });
}

test('withdrawn in one tab: a tab that waits for consent and stores nothing drops what it has', async () => {
  const { shop, read } = await shops.collectedShop({ ...QUIET, requireConsent: true });
  const [one, two] = [await visit(chromium, shop.url), await visit(chromium, shop.url)];
  await one.run(`tracker.track('waits')`);
  await two.run(`tracker.consent(false), null`);
  await one.page.waitForTimeout(500);
  await one.run(`tracker.track('refused'), tracker.consent(true), tracker.track('granted'), tracker.flush().then(() => null)`);
  assert.deepEqual(names(await arrived(read, 1)), ['granted']);
  await Promise.all([one.page.close(), two.page.close()]);
});

test('withdrawn with one tracker of a page: the others stop too, also from a bundle of their own', async () => {
  const { shop, collector, read } = await shops.collectedShop(QUIET, { faults: Array(1000).fill(503) });
  const tab = await visit(chromium, shop.url);
  await tab.run(`import('/dist/tracker.js?other').then(({ createTracker }) => { globalThis.other = createTracker({ collectorUrl: '${collector.url}?other', dropBots: false, autoTrack: false }) })`);
  await tab.run(`tracker.track('one'), other.track('two'), new Promise((done) => setTimeout(done, 1200))`);
  await tab.run(`other.consent(false), tracker.track('three'), null`);
  await holdsNothing(tab);
  collector.faults = [];
  await tab.page.waitForTimeout(1500);
  assert.deepEqual(await read(), []);
  await tab.page.close();
});

test('withdrawn by beforeSend: the event is not sent', async () => {
  const { shop, read } = await shops.collectedShop({ ...QUIET, beforeSend: 'withdraw' });
  const tab = await visit(chromium, shop.url);
  await tab.run(`tracker.track('looked at'), tracker.flush().then(() => null)`);
  await holdsNothing(tab);
  await tab.page.waitForTimeout(1200);
  assert.deepEqual(await read(), []);
  await tab.page.close();
});

test('withdrawn while another page is in the back/forward cache: that one sends nothing when it is back', () => withPageCache(async () => {
  // Chromium drops a page from the cache when a database that it has open is deleted.
  const { shop, read } = await shops.collectedShop({ persist: false, autoTrack: { engagement: false } });
  const tab = await visit(chromium, shop.url);
  await tab.run(`state.mark = 'first', tracker.track('before'), tracker.flush().then(() => null)`);
  await tab.goto(`${shop.url}/next`);
  await until(() => tab.run('globalThis.state?.started'));
  await tab.run(`tracker.flush().then(() => tracker.consent(false)), null`);
  await holdsNothing(tab);
  await backToCached(tab);
  await tab.run(`tracker.track('after'), tracker.flush().then(() => null)`);
  assert.deepEqual(names(await read()), ['page', 'before', 'page']);
  await holdsNothing(tab);
  await tab.page.close();
}));

describe('a guest of Cognito', () => {
  let cognito;
  before(async () => (cognito = await openCognito()));
  after(() => cognito?.stop());

  const stores = (tab) => tab.run(`Object.keys(localStorage).some((key) => key.startsWith('kinesis-edge.cognito.'))`);

  test('its identity and its keys are erased, also where an earlier page has stored them; the next one is another guest', async () => {
    const { shop } = await shops.directShop(QUIET, { cognito: cognito.endpoint });
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.track('sent'), tracker.flush().then(() => null)`);
    assert.equal(await stores(tab), true);
    await tab.run(`tracker.consent(false), null`);
    await holdsNothing(tab);
    await tab.run(`tracker.consent(true), tracker.track('again'), tracker.flush().then(() => null)`);
    await tab.page.close();
    shop.config.options = { ...QUIET, requireConsent: true };
    const next = await visit(chromium, shop.url);
    await next.run(`tracker.consent(true), tracker.track('next'), tracker.flush().then(() => null)`);
    assert.equal(await stores(next), true);
    await next.page.close();
    const later = await visit(chromium, shop.url);
    assert.equal(await stores(later), true);
    await later.run(`tracker.consent(false), null`);
    await holdsNothing(later);
    assert.deepEqual((await later.run('state')).errors, []);
    await later.page.close();
  });

  for (const operation of ['GetId', 'GetCredentialsForIdentity']) {
    test(`a ${operation} that is under way in two tabs when consent is withdrawn in one stores nothing`, async () => {
      const { shop } = await shops.directShop(QUIET, { cognito: cognito.endpoint });
      cognito.held = operation;
      const tabs = [await visit(chromium, shop.url), await visit(chromium, shop.url)];
      for (const [index, tab] of tabs.entries()) {
        await tab.run(`tracker.track('waits'), tracker.flush(), null`);
        assert.ok(await until(() => cognito.waiting.length > index), `${operation} was asked`);
      }
      await tabs[0].run(`tracker.consent(false), null`);
      for (const tab of tabs) await holdsNothing(tab);
      cognito.release();
      await tabs[0].page.waitForTimeout(1200);
      for (const tab of tabs) await holdsNothing(tab);
      for (const tab of tabs) await tab.page.close();
    });
  }
});

/** Speaks Cognito's recorded shapes, with another guest each time. `held` is the operation whose responses wait for `release`. */
async function openCognito() {
  let guests = 0;
  const cognito = { held: undefined, waiting: [] };
  const server = await listen(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*');
    if (request.method === 'OPTIONS') return response.end();
    const operation = request.headers['x-amz-target'].split('.')[1];
    if (operation === cognito.held) await new Promise((resolve) => cognito.waiting.push(resolve));
    const IdentityId = `us-east-1:guest-${(guests += 1)}`;
    const Credentials = { AccessKeyId: `GUEST${guests}`, SecretKey: 's', SessionToken: 't', Expiration: Math.round(Date.now() / 1000) + 3600 };
    return response.end(JSON.stringify(operation === 'GetId' ? { IdentityId } : { IdentityId, Credentials }));
  });
  cognito.release = () => {
    cognito.held = undefined;
    for (const resolve of cognito.waiting.splice(0)) resolve();
  };
  return Object.assign(cognito, server);
}
