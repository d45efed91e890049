// What each environment that a block of code names does with it. Each resolves when a record of the block has arrived.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Miniflare, fetch } from 'miniflare';
import { chromium } from 'playwright-core';
import { top } from '../../xtask/say.mjs';
import { ORIGIN, bundle, event } from '../js/collector/setup.mjs';
import { toKinesis } from './route.mjs';

const run = promisify(execFile);
const KEYS = { AWS_REGION: 'us-east-1', STREAM_NAME: 'clicks', AWS_ACCESS_KEY_ID: 'DOCS', AWS_SECRET_ACCESS_KEY: 's' };
const PRELOAD = join(import.meta.dirname, 'to-kinesis.mjs');
const COLLECTOR_ORIGIN = 'https://events.example.com';

export const ENVIRONMENTS = {
  node: ({ path }, world) => node([path], world),
  lambda: ({ path }, world) => node(['--input-type=module', '--eval', `const { handler } = await import(${JSON.stringify(path)});
const { delivered } = await handler({ id: 1 });
if (delivered !== 1) throw new Error('not delivered: ' + delivered);`], world),
  endpoint: ({ path }, world) => posted(path, '{ request }', world),
  'route handler': ({ path }, world) => posted(path, 'request', world),
  worker: ({ path }, world) => withWorker(path, world, async (worker) => {
    const response = await worker.dispatchFetch('https://worker.example.com/path');
    assert.ok(response.ok, `the Worker answered ${response.status}`);
  }),
  collector: ({ path }, world) => withWorker(path, world, async (worker) => {
    const init = { method: 'POST', headers: { origin: ORIGIN, 'content-type': 'text/plain' }, body: JSON.stringify(event()) };
    const response = await worker.dispatchFetch(`${COLLECTOR_ORIGIN}/collect`, init);
    assert.equal(response.status, 202);
    assert.equal((await response.json()).accepted, 1);
  }),
  page,
  shell,
};

/** A program may print, and must not warn. */
async function node(args, { endpoint, arrived }) {
  const { stderr } = await run(process.execPath, ['--import', PRELOAD, ...args], { env: { ...process.env, ...KEYS, KINESIS_ENDPOINT: endpoint } });
  assert.equal(stderr, '');
  await arrived();
}

/** A route of a framework's server, called as the framework calls it. */
function posted(path, argument, world) {
  return node(['--input-type=module', '--eval', `const { POST } = await import(${JSON.stringify(path)});
const request = new Request('https://www.example.com/orders', { method: 'POST', body: '{"order":1}' });
const { status } = await POST(${argument});
if (status !== 202) throw new Error('the status is ' + status);`], world);
}

/** In a folder with the files that the commands name, where `npx kinesis-edge` is the command of dist/. */
async function shell({ code }, { endpoint, arrived }) {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-edge-docs-'));
  try {
    const lines = '{"userId":"a","n":1}\n{"userId":"b","n":2}\n';
    await writeFile(join(folder, 'events.jsonl'), lines);
    await writeFile(join(folder, 'archive.jsonl.gz'), gzipSync(lines));
    await writeFile(join(folder, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(top, 'dist', 'cli.js')}" "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, ...KEYS, AWS_ENDPOINT_URL_KINESIS: endpoint, PATH: `${folder}:${process.env.PATH}` };
    await run('sh', ['-e', '-c', code], { cwd: folder, env });
    await arrived();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the Worker has handed to `waitUntil` ends with it, so it lives until the records have arrived. */
async function withWorker(path, { endpoint, arrived }, use) {
  const worker = new Miniflare({
    compatibilityDate: '2026-04-01',
    host: '127.0.0.1',
    bindings: KEYS,
    modules: await bundle(path),
    outboundService: async (request) => fetch(toKinesis(request.url, endpoint), { method: request.method, headers: request.headers, body: await request.arrayBuffer() }),
  });
  try {
    await use(worker);
    await arrived();
  } finally {
    await worker.dispose();
  }
}

/** Bundled for browsers, in a page of a site, with the collector of docs/collector.md on its domain. */
async function page({ path }, world) {
  const { outputFiles } = await build({ entryPoints: [path], bundle: true, write: false, format: 'esm', logLevel: 'error' });
  await withWorker(world.collector.path, world, async (worker) => {
    const browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: ['--disable-blink-features=AutomationControlled'], chromiumSandbox: false });
    try {
      // A headless browser names itself as one: the tracker would drop its events.
      const context = await browser.newContext({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36' });
      await context.route(`${ORIGIN}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Shop</title><h1>Shop</h1>' }));
      await context.route(`${COLLECTOR_ORIGIN}/**`, (route) => collect(route, worker));
      const tab = await context.newPage();
      await tab.goto(`${ORIGIN}/`);
      const answered = tab.waitForResponse((response) => response.url().startsWith(COLLECTOR_ORIGIN));
      await tab.addScriptTag({ type: 'module', content: outputFiles[0].text });
      assert.equal((await answered).status(), 202);
    } finally {
      await browser.close();
    }
  });
}

async function collect(route, worker) {
  const request = route.request();
  const response = await worker.dispatchFetch(request.url(), { method: request.method(), headers: await request.allHeaders(), body: request.postDataBuffer() });
  await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) });
}
