/** What the console of a page shows of each event where the tracker is debugged, and that a visitor's page notices nothing. In Chromium (CHROME_PATH). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listen } from './listen.mjs';
import { openChromium } from './tracker/chromium.mjs';
import { until } from './tracker/shop.mjs';
import { arrived, openShops } from './tracker/shops.mjs';

const QUIET = { autoTrack: false };
const ADDRESS = '?kinesis-edge-debug';
const OPTED_OUT = 'the browser sends Global Privacy Control or Do Not Track';
const GPC = `Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })`;

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

/** Opens a page, and collects what the tracker writes into its console. */
async function open(shop, { search = ADDRESS, before = '' } = {}) {
  const page = await chromium.context.newPage();
  const shown = [];
  page.on('console', (message) => {
    const [line] = message.text().split(' {');
    if (!line.startsWith('kinesis-edge: ')) return;
    const entry = { fate: line.slice('kinesis-edge: '.length), level: message.type() };
    shown.push(entry);
    message.args()[1]?.jsonValue().then((value) => (entry.event = value));
  });
  if (before) await page.addInitScript(before);
  await page.goto(shop.url + search);
  assert.ok(await until(() => page.evaluate('globalThis.state?.started')), 'the shop has started');
  const shows = async (pattern) => {
    const found = await until(() => shown.find(({ fate, event }) => pattern.test(fate) && event !== undefined));
    assert.ok(found, `${pattern} is not among ${JSON.stringify(shown)}`);
    return found.event;
  };
  return { page, shown, shows, run: (code) => page.evaluate(code) };
}

for (const [name, options, search] of [['with the parameter in the address', QUIET, ADDRESS], ['with debug', { ...QUIET, debug: true }, '']]) {
  describe(name, () => {
    test('the console shows an event that is sent, and that the collector has it', async () => {
      const { shop, collector, read } = await shops.collectedShop(options);
      const { page, shows, run } = await open(shop, { search });
      await run(`tracker.track('seen', { price: 7 }), tracker.flush().then(() => null)`);
      const sent = await shows(/^queued$/);
      assert.deepEqual([sent.event, sent.properties], ['seen', { price: 7 }]);
      assert.ok((await shows(/^delivered: accepted by the collector /)) === sent.messageId);
      // The event as it would be without, and nothing else.
      const [event] = await arrived(read, 1);
      assert.equal(event.messageId, sent.messageId);
      assert.deepEqual([collector.batches.length, collector.events.length, collector.preflights], [1, 1, 0]);
      await page.close();
    });

    test('the console shows an event that is sent, and that Kinesis has it', async () => {
      const { shop } = await shops.directShop(options);
      const { page, shows, run } = await open(shop, { search });
      await run(`tracker.track('seen'), tracker.flush().then(() => null)`);
      const { messageId } = await shows(/^queued$/);
      assert.equal(await shows(/^delivered /), messageId);
      await page.close();
    });
  });
}

test('the console shows why nothing gets through to Kinesis, though the producer has no logger', async () => {
  const { endpoint, stop } = await listen(() => {});
  await stop();
  const { shop } = await shops.directShop(QUIET, { kinesis: endpoint });
  const { page, shown, run } = await open(shop);
  await run(`tracker.track('waits'), null`);
  const isThere = () => shown.some(({ fate, level }) => level === 'warning' && /^\d+ failures in a row, 1 record waiting; the last: ERR_NETWORK: .*look at the endpoint/.test(fate));
  assert.ok(await until(isThere), JSON.stringify(shown));
  await page.close();
});

describe('the console shows why an event is dropped', () => {
  const cases = [
    ['consent is refused', {}, `tracker.consent(false), tracker.track('x')`, /^dropped: consent is refused$/],
    ['consent is refused while it waits', { requireConsent: true }, `tracker.track('x'), tracker.consent(false)`, /^dropped: consent is refused$/],
    ['consent is awaited', { requireConsent: true }, `tracker.track('x')`, /^waits for consent$/],
    ['sampling', { sampleRate: 0 }, `tracker.track('x')`, /^dropped: sampleRate$/],
    ['a bot', { dropBots: true }, `tracker.track('x')`, /^dropped: the browser is a bot, or automated \(dropBots\)$/],
    ['beforeSend has returned null', { beforeSend: 'true' }, `tracker.track('drop me')`, /^dropped: beforeSend has returned null$/],
    ['beforeSend has thrown', { beforeSend: 'global' }, `globalThis.beforeSend = () => { throw new Error('mine') }, tracker.track('x')`, /^dropped: beforeSend failed: mine$/],
    ['a view that is repeated', {}, `tracker.page('x'), tracker.page('x')`, /^dropped: it repeats a page view$/],
    ['arguments that are invalid', {}, `tracker.track('')`, /^dropped: it cannot be read$/],
    ['a tracker that is closed', {}, `tracker.close().then(() => tracker.track('x'))`, /^dropped: the tracker is closed$/],
  ];
  for (const [name, options, code, fate] of cases) {
    test(name, async () => {
      const { shop } = await shops.collectedShop({ ...QUIET, ...options });
      const { page, shows, run } = await open(shop);
      await run(`Promise.resolve(${code.includes('then') ? code : `(${code}, null)`}).then(() => null)`);
      assert.match((await shows(fate)).type, /^(track|page)$/);
      await page.close();
    });
  }

  test('a privacy signal, and that nothing is tracked', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET);
    const { page, shown, shows, run } = await open(shop, { before: GPC });
    assert.ok(await until(() => shown.some(({ fate }) => fate === `nothing is tracked: ${OPTED_OUT}`)), JSON.stringify(shown));
    await run(`tracker.track('x'), null`);
    await shows(new RegExp(`^dropped: ${OPTED_OUT}$`));
    assert.deepEqual([collector.batches, await run('({ ...localStorage })')], [[], {}]);
    await page.close();
  });

  test('the collector has refused it, and the others are delivered', async () => {
    const { shop } = await shops.collectedShop(QUIET, { refuses: ({ event }) => event === 'bad' && 'event is bad' });
    const { page, shown, shows, run } = await open(shop);
    await run(`tracker.track('bad'), tracker.track('good'), tracker.flush().then(() => null)`);
    const bad = await shows(/^dropped: the collector refused an event: event is bad/);
    const good = await shows(/^delivered: /);
    assert.notEqual(bad, good);
    assert.equal(shown.filter(({ fate }) => fate.startsWith('delivered')).length, 1);
    await page.close();
  });

  test('consent is withdrawn while the collector is away', async () => {
    const { shop } = await shops.collectedShop(QUIET, { faults: Array(50).fill(503) });
    const { page, shows, run } = await open(shop);
    await run(`tracker.track('x'), null`);
    const { messageId } = await shows(/^queued$/);
    await run(`tracker.consent(false), null`);
    assert.equal(await shows(/^dropped: consent is withdrawn/), messageId);
    await page.close();
  });
});

describe('a page that is debugged by its address', () => {
  test('has no exception of its arguments, but a line', async () => {
    const { shop } = await shops.collectedShop(QUIET);
    const { page, shown, run } = await open(shop);
    assert.deepEqual(await run(`[() => tracker.track(''), () => tracker.identify(7)].map((call) => { try { call(); return 'silent' } catch { return 'thrown' } })`), ['silent', 'silent']);
    assert.ok(await until(() => shown.some(({ fate, level }) => level === 'error' && /^ERR_INVALID_ARGUMENT: event must be/.test(fate))), JSON.stringify(shown));
    assert.deepEqual((await run('state')).unhandled, []);
    await page.close();
  });

  test('goes on where its console throws', async () => {
    const { shop, read } = await shops.collectedShop(QUIET);
    const { page, run } = await open(shop, { before: `console.info = () => { throw new Error('no console') }` });
    assert.equal(await run(`(() => { try { tracker.track('fine'); return 'silent' } catch { return 'thrown' } })()`), 'silent');
    await run('tracker.flush().then(() => null)');
    assert.equal((await arrived(read, 1))[0].event, 'fine');
    await page.close();
  });

  test('stores nothing of that, so that the next page shows nothing, and nor does a page without', async () => {
    const { shop, read } = await shops.collectedShop(QUIET);
    const debugged = await open(shop);
    await debugged.run(`tracker.track('first'), tracker.flush().then(() => null)`);
    await debugged.shows(/^delivered/);
    const stored = await debugged.run(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }])`);
    assert.doesNotMatch(stored, /debug/);
    await debugged.page.close();
    const silent = await open(shop, { search: '?kinesis-edge-debugger=1&x=kinesis-edge-debug' });
    await silent.run(`tracker.track('second'), tracker.track(''), tracker.flush().then(() => null)`);
    await arrived(read, 2);
    assert.deepEqual(silent.shown, []);
    await silent.page.close();
  });
});

describe('a logger gets one line that says why nothing is tracked, without debug', () => {
  const WAITS = 'events wait for consent(true): until then nothing is stored or sent';
  const cases = [
    ['Global Privacy Control', {}, GPC, `nothing is tracked: ${OPTED_OUT}`],
    ['Do Not Track', {}, `Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })`, `nothing is tracked: ${OPTED_OUT}`],
    ['a bot', { dropBots: true }, '', 'nothing is tracked: the browser is a bot, or automated (dropBots)'],
    ['consent that is awaited', { requireConsent: true }, '', WAITS],
  ];
  for (const [name, options, before, line] of cases) {
    test(name, async () => {
      const { shop } = await shops.collectedShop({ ...QUIET, ...options }, {}, { logs: true });
      const { page, shown, run } = await open(shop, { search: '', before });
      await run(`tracker.track('x'), tracker.track('y'), tracker.page(), null`);
      assert.ok(await until(() => shown.length > 0), 'there is a line');
      await run(`tracker.close().then(() => null)`);
      assert.deepEqual(shown.map(({ fate, level }) => [level, fate]), [['info', line]]);
      await page.close();
    });
  }

  test('a signal that comes later', async () => {
    const { shop } = await shops.collectedShop(QUIET, {}, { logs: true });
    const { page, shown, run } = await open(shop, { search: '' });
    await run(`(() => { ${GPC} })(), tracker.track('x'), tracker.track('y'), tracker.flush().then(() => null)`);
    assert.ok(await until(() => shown.length > 0), 'there is a line');
    assert.deepEqual(shown.map(({ fate, level }) => [level, fate]), [['info', `nothing is tracked: ${OPTED_OUT}`]]);
    await page.close();
  });

  test('a logger of its own and the console of a page that is debugged', async () => {
    const { shop } = await shops.collectedShop({ ...QUIET, dropBots: true });
    const { page, shown, run } = await open(shop);
    const lines = await run(`import('/dist/tracker.js').then(({ createTracker }) => { const lines = []; createTracker({ collectorUrl: '/c', logger: { info: (line) => lines.push(line) } }); return lines })`);
    assert.deepEqual(lines, ['kinesis-edge: nothing is tracked: the browser is a bot, or automated (dropBots)']);
    // The page's own tracker, and this one.
    assert.ok(await until(() => shown.length === 2), JSON.stringify(shown));
    await page.close();
  });

  test('none where everything is as it should be', async () => {
    const { shop, read } = await shops.collectedShop(QUIET, {}, { logs: true });
    const { page, shown, run } = await open(shop, { search: '' });
    await run(`tracker.track('x'), tracker.flush().then(() => null)`);
    await arrived(read, 1);
    assert.deepEqual(shown, []);
    await page.close();
  });
});
