import { chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/** Chromium, as the tests use a browser: `visit` opens a tab. With a profile what it stores survives its end. */
export async function openChromium({ profile, args = [] } = {}) {
  const options = { executablePath: process.env.CHROME_PATH, args: [...ARGS, ...args], ignoreDefaultArgs: ['--disable-back-forward-cache'] };
  const browser = profile ? undefined : await chromium.launch(options);
  const context = profile ? await chromium.launchPersistentContext(profile, options) : await browser.newContext();
  return {
    name: 'Chromium',
    context,
    visit: async (url) => adapt(await context.newPage(), url),
    close: async () => (browser ?? context).close(),
  };
}

async function adapt(page, url) {
  await page.goto(url);
  return {
    page,
    run: (code) => page.evaluate(code),
    goto: (where) => page.goto(where),
    reload: () => page.reload(),
    // Not `goBack`, which waits for a load that a page from the back/forward cache does not have.
    back: () => page.evaluate('void history.back()'),
    click: (selector) => page.click(selector),
    // With all its listeners. Playwright does not wait for them.
    close: async () => {
      const closed = page.waitForEvent('close');
      await page.close({ runBeforeUnload: true });
      await closed;
    },
  };
}
