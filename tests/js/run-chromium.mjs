import { chromium } from 'playwright-core';

export default async function runInChromium(world, options) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.stack}`));
    await page.goto(world.files);
    await page.waitForFunction(() => 'start' in globalThis);
    const result = await page.evaluate(([given, chosen]) => globalThis.start(given, chosen), [{ ...world, runtime: 'chromium' }, options]);
    const failures = result.violations.map((violation) => `FAILED Content-Security-Policy: ${violation}`);
    return { ...result, failed: result.failed + failures.length, lines: [...result.lines, ...failures] };
  } finally {
    await browser.close();
  }
}
