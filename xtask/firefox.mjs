// Finds Firefox, or installs it where that is possible.
import { findBrowser } from './browser.mjs';

/** The path of a Firefox. */
export function findFirefox() {
  return findBrowser({
    name: 'Firefox',
    variable: 'FIREFOX_PATH',
    programs: ['firefox-esr', 'firefox'],
    elsewhere: ['/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe'],
    packages: ['firefox-esr'],
  });
}
