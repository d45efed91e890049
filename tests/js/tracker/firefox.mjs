import { openWithPuppeteer } from './puppeteer.mjs';

/** Firefox over WebDriver BiDi, as the tests use a browser. */
export function openFirefox(options) {
  return openWithPuppeteer('Firefox', { browser: 'firefox', executablePath: process.env.FIREFOX_PATH, extraPrefsFirefox: { 'browser.sessionstore.resume_from_crash': false, 'dom.allow_scripts_to_close_windows': true } }, options);
}
