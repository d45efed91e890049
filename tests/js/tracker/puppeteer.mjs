import { once } from 'node:events';
import puppeteer from 'puppeteer-core';

/** A browser that puppeteer drives, and whose process can be killed. With a profile what it stores survives its end. */
export async function openWithPuppeteer(name, launch, { profile } = {}) {
  const browser = await puppeteer.launch({ ...launch, userDataDir: profile, headless: true });
  const child = browser.process();
  return {
    name,
    visit: async (url) => adapt(await browser.newPage(), url),
    close: () => browser.close(),
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await browser.disconnect();
    },
  };
}

/** Chromium with puppeteer: for what takes its process. */
export function openChromiumProcess(options) {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return openWithPuppeteer('Chromium', { browser: 'chrome', executablePath: process.env.CHROME_PATH, args }, options);
}

async function adapt(page, url) {
  await page.goto(url);
  return {
    page,
    run: (code) => page.evaluate(code),
    goto: (where) => page.goto(where),
    reload: () => page.reload(),
    click: (selector) => page.click(selector),
    // As the page itself closes, with all its handlers: a tab that is closed from outside may be ended before they have run.
    close: async () => {
      const closed = new Promise((resolve) => page.once('close', resolve));
      await page.evaluate('void setTimeout(() => close())');
      await closed;
    },
  };
}
