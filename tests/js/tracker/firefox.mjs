import puppeteer from 'puppeteer-core';

/** Firefox over WebDriver BiDi, as the tests use a browser. */
export async function openFirefox({ profile, preferences = {} } = {}) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX_PATH,
    userDataDir: profile,
    headless: true,
    extraPrefsFirefox: { 'browser.sessionstore.resume_from_crash': false, ...preferences },
  });
  return {
    name: 'Firefox',
    process: browser.process(),
    visit: async (url) => adapt(await browser.newPage(), url),
    close: () => browser.close(),
  };
}

async function adapt(page, url) {
  await page.goto(url);
  return {
    page,
    run: (code) => page.evaluate(code),
    goto: (where) => page.goto(where),
    reload: () => page.reload(),
    back: () => page.goBack(),
    click: (selector) => page.click(selector),
    close: () => page.close({ runBeforeUnload: true }),
  };
}
