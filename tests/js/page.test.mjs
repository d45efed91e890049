/**
 * The page, as a visitor has it: Chromium against a running page (PAGE_URL) with a Kinesis behind it.
 * CHROME_PATH is the browser.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { chromium } from 'playwright-core';

const { PAGE_URL, CHROME_PATH } = process.env;
const PATIENCE_MS = 10_000;

describe('the page', () => {
  let browser;
  let page;
  let complaints;

  before(async () => {
    assert.ok(PAGE_URL, 'PAGE_URL says where the page runs');
    browser = await chromium.launch({ executablePath: CHROME_PATH, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  });
  after(() => browser?.close());

  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    complaints = listen(page);
    await page.goto(new URL('records.html', PAGE_URL).href);
    await page.locator('#status[data-state="connected"]').waitFor();
  });

  test('a record that is put lands on the predicted shard and is read back as it was', async () => {
    const partitionKey = `page-test-${Date.now()}`;
    const data = JSON.stringify({ greeting: 'grüß dich 🌊', at: partitionKey });
    await put({ data, partitionKey });

    const shard = await fact('shard');
    assert.match(shard, /^shardId-\d{12}$/);
    assert.match(await fact('predicted'), new RegExp(`^${shard}\\b.*as predicted`));
    assert.ok(Number.parseFloat(await fact('round-trip')) > 0);

    const row = page.locator(`#records tr[data-sequence-number="${await fact('sequence-number')}"]`);
    await row.waitFor();
    assert.equal(await row.locator('.key').innerText(), partitionKey);
    assert.equal(await row.locator('.shard [title]').getAttribute('title'), shard);
    await row.locator('summary').click();
    assert.deepEqual(JSON.parse(await row.locator('pre').innerText()), JSON.parse(data));
    assert.deepEqual(complaints, []);
  });

  test('an explicit hash key overrules the partition key', async () => {
    await put({ data: 'the last place on the ring', partitionKey: 'a', explicitHashKey: String(2n ** 128n - 1n) });
    assert.equal(await page.locator('#preview-hash').innerText(), String(2n ** 128n - 1n));
    assert.match(await fact('predicted'), new RegExp(`^${await fact('shard')}\\b.*as predicted`));
    assert.deepEqual(complaints, []);
  });

  test('a hash key is shown while a partition key is typed', async () => {
    await page.locator('#partition-key').fill('user-123');
    assert.equal(await page.locator('#preview-hash').innerText(), '250018372642977770877286195909578633128');
    assert.match(await page.locator('#preview-shard').innerText(), /^shard \d+$/);
  });

  test('random records all land where predicted, each with a dot on the ring', async () => {
    await page.locator('#put-many').click();
    await page.locator('#result').waitFor();
    assert.match(await fact('predicted'), /^20 of 20\b/);
    assert.ok(await page.locator('#ring .dot').count() >= 20);
    assert.deepEqual(complaints, []);
  });

  test('a bad explicit hash key is reported beside the form, and nothing is shown as put', async () => {
    await fill({ data: 'x', partitionKey: 'a', explicitHashKey: 'not a number' });
    await page.locator('#put-one').click();
    const problem = page.locator('#problem');
    await problem.waitFor();
    assert.match(await problem.innerText(), /ERR_INVALID_ARGUMENT/);
    assert.equal(await page.locator('#result').isVisible(), false);

    await put({ data: 'x', partitionKey: 'a', explicitHashKey: '' });
    assert.equal(await problem.isVisible(), false);
    assert.deepEqual(complaints, []);
  });

  test('a paused viewer shows nothing new until it is resumed', async () => {
    const partitionKey = `page-test-pause-${Date.now()}`;
    await page.locator('#pause').click();
    await page.waitForTimeout(1500); // what was being read when it was paused may still come
    await put({ data: 'x', partitionKey });
    const rows = page.locator('#records tbody tr', { hasText: partitionKey });
    await page.waitForTimeout(1500);
    assert.equal(await rows.count(), 0);
    await page.locator('#pause').click();
    await rows.waitFor();
  });

  test('the filter keeps what it matches', async () => {
    const partitionKey = `page-test-filter-${Date.now()}`;
    await put({ data: 'x', partitionKey });
    await page.locator('#put-many').click();
    const rows = page.locator('#records tbody tr');
    await rows.nth(1).waitFor();
    await page.locator('#filter').fill(partitionKey);
    await page.waitForFunction((key) => {
      const shown = [...document.querySelectorAll('#records tbody tr')];
      return shown.length === 1 && shown[0].textContent.includes(key);
    }, partitionKey);
  });

  test('on a phone the records come 25 at a time, and the page is as long as that', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const rows = page.locator('#records tbody tr');
    for (let puts = 1; puts <= 4; puts++) {
      await page.locator('#put-many').click();
      await page.locator('#put-many:enabled').waitFor();
    }
    await page.waitForFunction(() => Array.from(document.querySelectorAll('.shard-count'), (node) => Number(node.textContent.replaceAll(',', ''))).reduce((sum, records) => sum + records, 0) >= 80);
    assert.equal(await rows.count(), 25);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    assert.ok(height < 5000, `${height} px`);
    await page.locator('#more').click();
    await rows.nth(49).waitFor();
    assert.equal(await rows.count(), 50);
    assert.match(await page.locator('#count').innerText(), / read, the newest 50 /);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.waitForFunction(() => document.querySelector('#more').hidden && document.querySelectorAll('#records tbody tr').length >= 80);
    assert.deepEqual(complaints, []);
  });

  test('nothing is wider than a small phone, whatever is shown', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator('#connection summary').click();
    await put({ data: 'w'.repeat(2000), partitionKey: 'k'.repeat(200) });
    await page.locator('#records tbody tr').first().waitFor();
    await page.locator('#records summary').first().click();
    const { content, viewport } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, viewport: innerWidth }));
    assert.ok(content <= viewport, `${content} px of content in ${viewport}`);
    assert.deepEqual(complaints, []);
  });

  async function put(record) {
    await fill(record);
    await page.locator('#put-one').click();
    await page.locator('#result').waitFor();
  }

  async function fill({ data, partitionKey, explicitHashKey = '' }) {
    await page.locator('#data').fill(data);
    await page.locator('#partition-key').fill(partitionKey);
    await page.locator('#explicit-hash-key').fill(explicitHashKey);
  }

  function fact(field) {
    return page.locator(`#result [data-field="${field}"]`).innerText();
  }
});

/** What a browser says about a page that is not right: errors, what its policy forbids, dialogs. */
function listen(page) {
  const complaints = [];
  page.on('console', (message) => { // a violation of the Content-Security-Policy is reported here too
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return complaints;
}
