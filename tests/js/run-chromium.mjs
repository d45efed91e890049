import { chromium } from 'playwright-core';

export default function runInChromium(world, options) {
  return runPage({ ...world, runtime: 'chromium' }, options);
}

/** Runs the suite in a page. `prepare` is a function that the page runs before any script of its own. */
export async function runPage(world, options, prepare) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.stack}`));
    if (prepare) await page.addInitScript(prepare);
    await page.goto(world.files);
    await page.waitForFunction(() => 'start' in globalThis);
    const result = await page.evaluate(([values, chosen]) => globalThis.start(values, chosen), [world, options]);
    const failures = result.violations.map((violation) => `FAILED Content-Security-Policy: ${violation}`);
    return { ...result, failed: result.failed + failures.length, lines: [...result.lines, ...failures] };
  } finally {
    await browser.close();
  }
}
