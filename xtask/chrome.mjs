// Finds Chromium, or installs it where that is possible.
import { findBrowser } from './browser.mjs';

/** The path of a Chromium. */
export function findChrome() {
  return findBrowser({
    name: 'Chromium',
    variable: 'CHROME_PATH',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
    elsewhere: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
    packages: ['chromium'],
  });
}
