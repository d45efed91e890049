// What an environment is tried against: the embedded Kinesis, and a browser.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { findChrome } from '../../xtask/chrome.mjs';
import { NEEDS_SHELL, top } from '../../xtask/say.mjs';
import { startKinesis } from '../js/servers.mjs';

const STREAM = 'package';

/** Packs the package as npm would publish it, and unpacks it: that is what npm installs, since it has no dependencies and no scripts. */
export async function packAndUnpack() {
  const folder = join(top, 'target', 'package', 'packed');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = promisify(execFile);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'], { cwd: top, shell: NEEDS_SHELL });
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')));
  await run('tar', ['-xzf', tarball, '-C', folder]);
  return { tarball, unpacked: join(folder, 'package') };
}

export async function startServers() {
  const kinesis = await startKinesis();
  const { KinesisClient } = await import('kinesis-edge');
  const client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' } });
  await client.call('CreateStream', { StreamName: STREAM, ShardCount: 1 });
  let browser;
  const openPage = async (address, text) => {
    browser ??= chromium.launch({ executablePath: await findChrome(), args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
    const page = await (await browser).newPage();
    try {
      await putFromPage(page, `${address}?${new URLSearchParams({ endpoint: kinesis.endpoint, text })}`);
    } finally {
      await page.close();
    }
  };
  const stop = async () => {
    await (await browser)?.close();
    await kinesis.stop();
  };
  return { endpoint: kinesis.endpoint, openPage, stored: (text) => stored(client, text), stop };
}

async function putFromPage(page, url) {
  const consoleLines = [];
  page.on('console', (message) => consoleLines.push(message.text()));
  page.on('pageerror', (error) => consoleLines.push(String(error)));
  page.on('response', (response) => consoleLines.push(`${response.status()} ${response.url()}`));
  await page.goto(url);
  // A bundler's server may load the page again once it has found what it imports.
  await page.waitForFunction(() => /^(put|failed)/.test(document.title), undefined, { timeout: PAGE_MS_MAX }).catch((error) => consoleLines.push(String(error)));
  const title = await page.title();
  if (title !== 'put') throw new Error(`the page is titled "${title}"\n${consoleLines.join('\n').slice(-4000)}`);
}

/** Which of the records that begin with a text are in the stream, sorted. */
async function stored(client, text) {
  const { Shards } = await client.listShards({ StreamName: STREAM });
  const { ShardIterator } = await client.call('GetShardIterator', { StreamName: STREAM, ShardId: Shards[0].ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { Records } = await client.call('GetRecords', { ShardIterator });
  return Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()).filter((data) => data.startsWith(`${text}: `)).sort();
}

const PAGE_MS_MAX = 60_000;
