/**
 * The shop and what is shown of its events, as a visitor has it: Chromium against a running page (PAGE_URL) with the embedded
 * Kinesis behind it. CHROME_PATH is the browser.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { KinesisClient, deaggregate } from 'kinesis-edge';
import { chromium } from 'playwright-core';

const { PAGE_URL, CHROME_PATH } = process.env;
const PATIENCE_MS = 15_000;
const CLICKS_MAX = 40;

describe('the shop', () => {
  let browser;
  let page;
  let complaints;

  before(async () => {
    assert.ok(PAGE_URL, 'PAGE_URL says where the page runs');
    browser = await chromium.launch({ executablePath: CHROME_PATH, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  });
  after(() => browser?.close());

  beforeEach(async () => {
    await page?.context().close();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    complaints = listen(page);
    await page.goto(PAGE_URL);
    await page.locator('#rush:enabled').waitFor();
    await frame().locator('[data-add="mug"]').waitFor();
    await page.waitForFunction(() => Number(document.querySelector('[data-number="delivered"]').textContent) > 0);
  });

  test('what a visitor does is in the stream and on the ring, and nothing of what was typed into the checkout', async () => {
    const shop = frame();
    await shop.locator('a[href="?product=lantern"]').click();
    await shop.getByRole('button', { name: 'Add to basket' }).click();
    await shop.getByPlaceholder('Search').fill('coffee');
    await shop.getByText('Found for “coffee”').waitFor();
    await shop.locator('.basket-link').click();
    await shop.getByRole('link', { name: 'Checkout' }).click();
    for (const [label, text] of [['Name', 'Ada Secret'], ['E-mail', 'ada@secret.example'], ['Address', 'Secret Lane 1']]) await shop.getByLabel(label).fill(text);
    await shop.getByRole('button', { name: 'Pay €48.00' }).click();
    const order = /T-\d{6}/.exec(await shop.locator('.hero p').innerText())[0];
    const row = page.locator('#events li', { hasText: order });
    await row.locator('[data-state="stored"][data-hue]').waitFor();
    const shard = /shard \d+/.exec(await row.innerText())[0];
    await page.locator('#ring textPath', { hasText: `${shard} · ` }).waitFor();
    await allArrive();

    const stored = await storedEvents();
    const { anonymousId } = stored.find(({ event, properties }) => event === 'order_completed' && properties.order === order);
    const visit = stored.filter((event) => event.anonymousId === anonymousId);
    const names = new Set(visit.map(({ event, type }) => event ?? type));
    for (const name of ['page', 'product_viewed', 'product_added', 'products_searched', 'order_completed', 'identify']) assert.ok(names.has(name), `${name} among ${[...names]}`);
    assert.ok(visit.filter(({ type }) => type === 'page').length >= 4, 'a page view for each view of the shop');
    assert.doesNotMatch(JSON.stringify(visit), /secret/i);
    assert.equal(await number('put'), new Set(visit.map(({ messageId }) => messageId)).size);
    assert.deepEqual(complaints, []);
  });

  test('offline nothing gets out, and online all of it', async () => {
    await allArrive();
    const delivered = await number('delivered');
    await page.locator('[name="offline"]').press('Space');
    for (let clicks = 0; clicks < 5; clicks++) await frame().locator('[data-add="mug"]').click();
    await page.waitForTimeout(800);
    assert.equal(await number('delivered'), delivered);
    assert.ok((await number('waiting')) >= 5);
    await page.locator('[name="offline"]').press('Space');
    await allArrive();
    assert.deepEqual(complaints, []);
  });

  test('with throttling, lost answers and a wrong clock, each switched on and off again, all arrive', async () => {
    for (const [name, isSeen] of Object.entries({
      throttled: async () => (await number('retried')) > 0,
      answers: async () => /duplicate/.test(await text('read-note')),
      clock: async () => /Clock found wrong by -?24 h/.test(await text('note')),
    })) {
      await page.locator(`[name="${name}"]`).check();
      let seen = false;
      for (let clicks = 0; clicks < CLICKS_MAX && !seen; clicks++) {
        await frame().locator('[data-add="mug"]').click();
        await page.waitForTimeout(250);
        seen = await isSeen();
      }
      assert.ok(seen, `${name} is seen on the page`);
      assert.ok(await isWhole('[data-number="read-note"]'), 'what was read back is not cut off');
      await page.locator(`[name="${name}"]`).uncheck();
      await allArrive();
    }
    assert.deepEqual(complaints.filter((complaint) => !isPlayed(complaint)), []);
  });

  test('through the collector and through its queue all arrive too', async () => {
    for (const way of ['direct', 'queue']) {
      await page.locator(`[name="way"][value="${way}"]`).check();
      await frame().locator('[data-add="mug"]').waitFor();
      const put = await number('put');
      await frame().locator('[data-add="mug"]').click();
      await page.waitForFunction((before) => Number(document.querySelector('[data-number="put"]').textContent) >= before + 2, put);
      await allArrive();
    }
    assert.deepEqual(complaints, []);
  });

  test('an event that only waits in the queue is shown there, and on a shard when it was read back', async () => {
    await allArrive();
    await page.locator('[name="way"][value="queue"]').check();
    await frame().locator('[data-add="mug"]').waitFor();
    await page.evaluate(() => {
      window.seen = [];
      const note = () => {
        const [delivered, read] = ['delivered', 'read'].map((name) => document.querySelector(`[data-number="${name}"]`).textContent);
        window.seen.push({ delivered, read, row: document.querySelector('#events li').innerText, state: document.querySelector('#events .state').dataset.state });
      };
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await frame().locator('[data-add="flask"]').click();
    const row = page.locator('#events li', { hasText: 'Product added' }).filter({ hasText: 'Steel flask' });
    await row.locator('[data-state="stored"][data-hue]').waitFor({ timeout: 30_000 });
    assert.match(await row.locator('.state').innerText(), /^shard \d+ · [\d,]+ m?s$/);
    const seen = await page.evaluate(() => window.seen);
    const waited = seen.filter(({ state }) => state === 'accepted');
    assert.ok(waited.length > 0, `in the queue, among ${JSON.stringify(seen.map(({ row: text }) => text))}`);
    for (const { row: text } of waited) assert.match(text, /in the queue$/);
    for (const { delivered, read } of seen) assert.equal(delivered, read, 'nothing counts as delivered that was not read back');
    assert.deepEqual(await page.locator('#ring .orbit text').allTextContents(), ['batched', 'in flight', 'queue']);
    assert.doesNotMatch(await page.locator('.ring-card').innerText(), /signed/i);
    await allArrive();
    assert.deepEqual(complaints, []);
  });

  test('offline the page shows no connection and no latency, and online both again', async () => {
    await frame().locator('[data-add="mug"]').click();
    await page.waitForFunction(() => /^[\d,]+ ms$/.test(document.querySelector('#chart-latency output').textContent));
    await page.locator('[name="offline"]').check();
    await page.locator('#status[data-state="error"]', { hasText: /^Offline$/ }).waitFor();
    await page.waitForFunction(() => document.querySelector('#chart-latency output').textContent === '–');
    await page.locator('[name="offline"]').uncheck();
    await page.locator('#status[data-state="connected"]', { hasText: /^Connected · \d+ shards$/ }).waitFor();
    await allArrive();
    await page.locator('#kill').click();
    await page.locator('#status[data-state="error"]', { hasText: 'Tab killed' }).waitFor();
    const put = await number('put');
    await page.evaluate(() => document.querySelector('#grave button').click()); // also where it has opened again by itself
    await page.locator('#status[data-state="connected"]').waitFor();
    // The new tab has loaded everything when it puts its page view.
    await page.waitForFunction((before) => Number(document.querySelector('[data-number="put"]').textContent) > before, put);
    await page.context().setOffline(true);
    await page.locator('#status[data-state="error"]', { hasText: 'Offline' }).waitFor();
    await page.context().setOffline(false);
    await page.locator('#status[data-state="connected"]').waitFor();
    await allArrive();
    assert.deepEqual(complaints.filter((complaint) => !isPlayed(complaint)), []);
  });

  test('the headline and the axis of a chart have one unit', async () => {
    await page.waitForFunction(() => /ms$/.test(document.querySelector('#chart-latency output').textContent));
    for (const [chart, unit] of Object.entries({ records: '/ s', latency: 'ms', retries: '/ s' })) {
      for (const part of ['output', '.most']) assert.match(await page.locator(`#chart-${chart} ${part}`).innerText(), new RegExp(`^[\\d,]+ ${unit}$`));
    }
  });

  test('a rush hour is shown while it runs, and there is one at a time', async () => {
    const button = page.locator('#rush');
    assert.match(await button.innerText(), /^Rush hour\s+500 events a second$/);
    await button.click();
    assert.match(await button.innerText(), /^Rush hour is on\s+\d s left$/);
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    const lefts = await page.evaluate(() => new Promise((resolve) => {
      const lefts = new Set();
      const note = () => {
        if (document.querySelector('#rush').hasAttribute('data-running')) document.querySelector('#rush').click();
        const left = /(\d+) s left/.exec(document.querySelector('#rush').textContent)?.[1];
        if (left) lefts.add(Number(left));
        else resolve([...lefts]);
      };
      new MutationObserver(note).observe(document.querySelector('#rush span'), { childList: true, characterData: true, subtree: true });
    }));
    assert.ok(lefts.length > 1, 'the time that is left is counted down');
    assert.deepEqual(lefts, lefts.toSorted((a, b) => b - a), 'a click while it runs does not begin it again');
    assert.deepEqual(complaints, []);
  });

  test('a rush hour of a killed tab is over, and the next one begins with the tab', async () => {
    await page.locator('#rush').click();
    // In one call, so that the new tab does not open in between on a busy machine.
    const killed = await page.evaluate(async () => {
      const { channel, tab } = JSON.parse(document.querySelector('#shop iframe').name);
      document.querySelector('#kill').click();
      const isOver = !document.querySelector('#grave').hidden;
      // A message that the killed tab had sent may arrive after its end.
      await new Promise((resolve) => {
        new BroadcastChannel(channel).addEventListener('message', ({ data }) => data.late && resolve(undefined));
        new BroadcastChannel(channel).postMessage({ type: 'rush', secondsLeft: 4, tab, late: true });
      });
      const rush = document.querySelector('#rush').innerText;
      document.querySelector('#grave button').click();
      document.querySelector('#rush').click(); // while the shop is loading
      return { isOver, rush };
    });
    assert.ok(killed.isOver);
    assert.match(killed.rush, /^Rush hour\s/);
    const put = await number('put');
    await page.waitForFunction((before) => Number(document.querySelector('[data-number="put"]').textContent.replaceAll(',', '')) > before + 1000, put);
    assert.deepEqual(complaints, []);
  });

  test('every number has a comma between thousands, in the middle of the ring too', async () => {
    await page.locator('[name="offline"]').check();
    await page.evaluate(() => new BroadcastChannel(JSON.parse(document.querySelector('#shop iframe').name).channel).postMessage({ please: 'rush', perSecond: 1500, seconds: 1 }));
    await page.waitForFunction(() => {
      const waiting = document.querySelector('[data-number="waiting"]').textContent;
      return /^1,\d{3}$/.test(waiting) && document.querySelector('#ring .hub-name').textContent === waiting;
    });
    assert.doesNotMatch(await page.locator('main').innerText(), /\d{4}/);
    await page.locator('[name="offline"]').uncheck();
    await allArrive();
    assert.doesNotMatch(await page.locator('main').innerText(), /\d{4}/);
  });

  test('the list of events shows whole rows only', async () => {
    for (const viewport of [{ width: 1440, height: 900 }, { width: 1440, height: 1070 }, { width: 800, height: 1000 }, { width: 390, height: 844 }]) {
      await page.setViewportSize(viewport);
      for (let clicks = 0; clicks < 7; clicks++) await frame().locator('[data-add="mug"]').click();
      await page.locator('#events li').nth(11).waitFor();
      const cut = await page.evaluate(() => {
        const { top, bottom } = document.querySelector('#events').getBoundingClientRect();
        const rows = Array.from(document.querySelectorAll('#events li'), (row) => row.getBoundingClientRect());
        return { of: rows.length, shown: rows.filter((row) => row.bottom <= bottom + 1).length, cut: rows.filter((row) => [top, bottom].some((edge) => row.top < edge - 1 && row.bottom > edge + 1)).length, newest: rows[0].top - top };
      });
      assert.equal(cut.cut, 0, `${JSON.stringify(cut)} at ${viewport.width} × ${viewport.height}`);
      assert.ok(Math.abs(cut.newest) < 1, `the newest is at the top: ${JSON.stringify(cut)}`);
      assert.ok(cut.shown >= 2 && cut.shown < cut.of, JSON.stringify(cut));
    }
    assert.deepEqual(complaints, []);
  });

  test('on a phone the ring, the counters and every switch are on one screen', async () => {
    const viewport = { width: 390, height: 844 };
    await page.setViewportSize(viewport);
    await page.locator('[name="answers"]').check();
    for (let clicks = 0; clicks < CLICKS_MAX && !/duplicate/.test(await text('read-note')); clicks++) {
      await frame().locator('[data-add="mug"]').click();
      await page.waitForTimeout(250);
    }
    assert.ok(await isWhole('[data-number="read-note"]'), await text('read-note'));
    const { ring, switches, counters } = await page.evaluate(() => {
      const box = (selector) => document.querySelector(selector).getBoundingClientRect();
      return { ring: box('#ring').top, switches: box('#rush').bottom, counters: box('.counters').height };
    });
    const span = switches - ring;
    assert.ok(span > 0 && span + counters <= viewport.height, `${Math.round(span)} px from the ring to the last button, below ${Math.round(counters)} px of counters, in ${viewport.height}`);
    await page.locator('[name="answers"]').uncheck();
    await allArrive();
    assert.deepEqual(complaints.filter((complaint) => !isPlayed(complaint)), []);
  });

  test('a tab that is killed after a rush brings back from its outbox what was waiting', async () => {
    await page.locator('[name="offline"]').check();
    // Shorter than the button's, so that the last event is in IndexedDB: a crash loses events that are only in memory.
    await page.evaluate(() => new BroadcastChannel(JSON.parse(document.querySelector('#shop iframe').name).channel).postMessage({ please: 'rush', perSecond: 500, seconds: 1 }));
    await page.waitForFunction(() => Number(document.querySelector('[data-number="put"]').textContent) > 500);
    await page.waitForTimeout(500);
    const handle = await page.locator('#shop iframe').elementHandle();
    const killed = await handle.contentFrame();
    await page.locator('#kill').click();
    await page.locator('#grave').waitFor();
    assert.ok(killed.isDetached(), 'its script has ended');
    await page.waitForTimeout(300);
    const [put, waiting] = [await number('put'), await number('waiting')];
    assert.ok(waiting >= 500, `${waiting} were waiting`);
    await page.evaluate(() => document.querySelector('#grave button').click());
    await frame().locator('[data-add="mug"]').click();
    await page.locator('[name="offline"]').uncheck();
    await allArrive();
    assert.ok((await number('put')) > put, 'the counters go on');
    assert.match(await text('note'), /events of the killed tab came back from its outbox/);
    assert.deepEqual(complaints, []);
  });

  test('a visitor who comes back brings what the last visit left', async () => {
    await allArrive();
    await page.locator('[name="offline"]').check();
    await frame().locator('[data-add="pack"]').click();
    await page.waitForFunction(() => Number(document.querySelector('[data-number="waiting"]').textContent) >= 2);
    await page.waitForTimeout(300);
    await page.reload();
    await page.locator('#shop iframe').waitFor();
    await page.waitForFunction(() => Number(document.querySelector('[data-number="delivered"]').textContent) >= 3);
    await allArrive();
    assert.ok((await storedEvents()).some(({ event, properties }) => event === 'product_added' && properties.sku === 'pack'));
    assert.deepEqual(complaints, []);
  });

  test('nothing is wider than a small phone, in the page or in the shop', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator('#rush').click();
    await page.waitForTimeout(700);
    const shop = await (await page.locator('#shop iframe').elementHandle()).contentFrame();
    for (const href of ['?product=pack', '?view=basket']) {
      await frame().locator('[data-add="pack"]').first().click();
      await frame().locator(`a[href="${href}"]`).first().click();
      for (const place of [page, shop]) {
        const { content, viewport } = await place.evaluate(() => ({ content: document.documentElement.scrollWidth, viewport: innerWidth }));
        assert.ok(content <= viewport, `${content} px of content in ${viewport}, at ${href}`);
      }
    }
    assert.deepEqual(complaints, []);
  });

  function frame() {
    return page.frameLocator('#shop iframe');
  }

  /** Nothing waits, all that was put is delivered and was read back, nothing is lost. */
  async function allArrive() {
    await page.waitForFunction(() => {
      const [put, delivered, waiting, read] = ['put', 'delivered', 'waiting', 'read'].map((name) => document.querySelector(`[data-number="${name}"]`).textContent);
      return waiting === '0' && put === delivered && put === read && put !== '0';
    }, undefined, { timeout: 30_000 });
    assert.equal(await number('lost'), 0);
  }

  /** Nothing of its text is cut off. */
  function isWhole(selector) {
    return page.locator(selector).evaluate((node) => node.getClientRects().length > 0 && node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight + 1);
  }

  async function number(name) {
    return Number((await text(name)).replaceAll(',', ''));
  }

  function text(name) {
    return page.locator(`[data-number="${name}"]`).textContent();
  }
});

/** What a browser says about a page that is not right: errors, what its policy forbids, dialogs. */
function listen(page) {
  const complaints = [];
  page.on('console', (message) => { // a violation of the Content-Security-Policy is reported here too
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return complaints;
}

/** Chromium reports every request that fails, and some are made to. */
function isPlayed(complaint) {
  return /^Failed to load resource: (net::ERR_|the server responded with a status of 400)/.test(complaint);
}

/** Every event in the stream. */
async function storedEvents() {
  const { region, streamName, endpoint } = await (await fetch(new URL('config.json', PAGE_URL))).json();
  const client = new KinesisClient({ region, endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' } });
  const { Shards } = await client.listShards({ StreamName: streamName });
  const events = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.call('GetShardIterator', { StreamName: streamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    for (let more = true; more; ) {
      const answer = await client.call('GetRecords', { ShardIterator });
      events.push(...answer.Records.flatMap(eventsOf));
      ShardIterator = answer.NextShardIterator;
      more = answer.Records.length > 0;
    }
  }
  return events;
}

function eventsOf({ PartitionKey, Data }) {
  return deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') }).flatMap(({ data }) => {
    try {
      return [JSON.parse(new TextDecoder().decode(data))];
    } catch {
      return []; // other tests put other records
    }
  });
}
