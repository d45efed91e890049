// npm run picture: starts everything, plays a scene in the shop, and writes the README's pictures, light and dark.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { findChrome } from './chrome.mjs';
import { command, say, top } from './say.mjs';

const VIEWPORT = { width: 1440, height: 1070 };
const SCALE = 1.5;
/** Of WebP: text stays crisp, and a picture stays well below 300 KB. */
const QUALITY = 0.88;

await command(async () => {
  await build();
  const { buildKinesis, serve } = await import('./serve.mjs');
  await buildKinesis();
  const served = await serve();
  try {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({ executablePath: await findChrome(), args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
    for (const colorScheme of ['light', 'dark']) await picture(browser, served.page, colorScheme);
    await browser.close();
  } finally {
    await served.stop();
  }
});

async function picture(browser, address, colorScheme) {
  const context = await browser.newContext({ viewport: VIEWPORT, deviceScaleFactor: SCALE, colorScheme });
  const page = await context.newPage();
  await page.goto(address);
  await play(page);
  const png = await page.screenshot();
  await context.close();
  const file = join(top, 'www', `picture-${colorScheme}.webp`);
  const picture = await webp(browser, png);
  writeFileSync(file, picture);
  say(`${file}: ${Math.round(picture.length / 1000)} KB`);
}

/** Some clicks, a rush hour, and a second one with a throttled stream. */
async function play(page) {
  const shop = page.frameLocator('#shop iframe');
  await page.locator('#rush:enabled').waitFor();
  for (const product of ['mug', 'moka', 'notebook']) {
    await shop.locator(`[data-add="${product}"]`).click();
    await page.waitForTimeout(900);
  }
  await page.locator('#rush').click();
  await page.waitForTimeout(9000);
  for (const product of ['lantern', 'pack']) {
    await shop.locator(`[data-add="${product}"]`).click();
    await page.waitForTimeout(700);
  }
  await page.locator('[name="throttled"]').check();
  await page.locator('#rush').click();
  await page.waitForTimeout(2500);
  await shop.locator('[data-add="lantern"]').click();
  await page.mouse.move(0, 0);
  await page.waitForTimeout(700);
}

/** Chromium encodes what it has drawn. */
async function webp(browser, png) {
  const page = await browser.newPage();
  const base64 = await page.evaluate(async ({ png, quality }) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality })).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }, { png: png.toString('base64'), quality: QUALITY });
  await page.close();
  return Buffer.from(base64, 'base64');
}
