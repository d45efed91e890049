// The cases in Chromium, from a minified bundle.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import { listen } from '../../js/listen.mjs';
import { top } from '../../../xtask/say.mjs';
import { isLinux, processorTimeOf } from '../processor-time.mjs';
import { bundle } from './bundle.mjs';
import { openUntracedPage } from './untraced-page.mjs';

export async function runInChromium({ cases, timing }) {
  const { browser, page, processorTime, stop } = await openPage();
  try {
    if (processorTime) await page.exposeFunction('processorTime', processorTime);
    const results = {};
    for (const name of cases) results[name] = await page.evaluate(([of, how]) => globalThis.run(of, how), [name, timing]);
    return { version: `Chromium ${browser.version()}`, results };
  } finally {
    await stop();
  }
}

/** The page with the cases in a browser of its own; `processorTime` is that of the page's own process, where that is known. */
export function openPage() {
  return open(async (browser, url) => {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.stack}`));
    await page.goto(url);
    await page.waitForFunction(() => 'run' in globalThis);
    return page;
  });
}

/** The same for work with real requests: a page that can only `evaluate`. */
export function openPageForRequests() {
  return open(openUntracedPage);
}

async function open(openIn) {
  const files = await serve({ '/page.js': await bundle('runtimes/page.js', 'browser') });
  const browser = await launch();
  const stop = async () => {
    await browser.close();
    await files.stop();
  };
  try {
    const page = await openIn(browser, `${files.endpoint}/?page.js`);
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    return { browser, page, processorTime: isLinux ? async () => processorTimeOf(renderers) : undefined, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROME_PATH,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Serves scripts, the module beside them, and a page: `/?name` runs the script of that name, `/` none. */
export async function serve(scripts) {
  const folder = join(top, 'dist', 'browser', 'core');
  return listen(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    const [type, body] = pathname.endsWith('.wasm')
      ? ['application/wasm', await readFile(join(folder, basename(pathname)))]
      : pathname === '/'
        ? ['text/html', `<!doctype html><link rel="icon" href="data:,">${search && `<script type="module" src="/${search.slice(1)}"></script>`}`]
        : ['text/javascript', scripts[pathname]];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(body);
  });
}
