// Prints what the documented inline snippet costs a page until its first paint in Chromium under fourfold CPU throttling: the same page with
// and without it, by turns, and the time of the snippet's own script.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { top } from '../../../xtask/say.mjs';
import { listen } from '../listen.mjs';
import { openChromium } from './chromium.mjs';
import { until } from './shop.mjs';

const LOADS = 60;
const SLOWDOWN = 4;

const [, snippet] = (await readFile(join(top, 'docs', 'clickstream.md'), 'utf8')).match(/```html\n<script>\n([^]*?)<\/script>/);
const timed = `const from = performance.now();\n${snippet}\nglobalThis.snippetMs = performance.now() - from;`;
const body = `<h1>Shop</h1>${'<p>Long.</p>'.repeat(150)}`;
const pages = { '/without': '', '/with': `<script>${snippet}</script>`, '/timed': `<script>${timed}</script>` };
const server = await listen((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const script = pages[pathname];
  if (script === undefined) return response.writeHead(200, { 'content-type': 'text/javascript' }).end('globalThis.isLoaded = true;');
  return response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(`<!doctype html><title>Shop</title><link rel="icon" href="data:,">${script}${body}`);
});
const browser = await openChromium();
const page = await browser.context.newPage();
const session = await browser.context.newCDPSession(page);
await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });

const found = { '/without': [], '/with': [], '/timed': [] };
for (let load = 0; load < LOADS; load += 1) {
  for (const path of Object.keys(pages)) {
    await page.goto(server.endpoint + path);
    const paintedAt = await until(() => page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime`), 10_000, 10);
    found[path].push(path === '/timed' ? await page.evaluate('snippetMs') : paintedAt);
  }
}
const at = (path, share) => found[path].sort((a, b) => a - b)[Math.floor(found[path].length * share)].toFixed(2).padStart(8);
console.log(`first contentful paint, ${LOADS} loads each, CPU slowed down ${SLOWDOWN} times (ms)`);
console.log('                       median     75 %');
for (const [name, path] of [['without the snippet', '/without'], ['with it', '/with'], ['the script alone', '/timed']]) console.log(`${name.padEnd(20)} ${at(path, 0.5)} ${at(path, 0.75)}`);
await browser.close();
await server.stop();
