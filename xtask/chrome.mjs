// Finds Chromium, or installs it where that is possible.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop, run, say } from './say.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const MISSING = 'Chromium is missing: install Chromium or Chrome (on Debian: apt-get install chromium), or set CHROME_PATH to one.';

/** The path of a Chromium. */
export async function findChrome() {
  return known() ?? (await installed());
}

function known() {
  const { CHROME_PATH, PATH = '' } = process.env;
  if (CHROME_PATH) {
    if (existsSync(CHROME_PATH)) return CHROME_PATH;
    throw new Stop(`CHROME_PATH is ${CHROME_PATH}, and there is no such file.`);
  }
  const folders = PATH.split(delimiter);
  const inPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...inPath, ...ELSEWHERE].find((path) => existsSync(path));
}

async function installed() {
  const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!canInstall) throw new Stop(MISSING);
  say('Chromium: installing the Debian package (about a minute)');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { quiet: true, env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { quiet: true, env });
  const found = known();
  if (!found) throw new Stop(MISSING);
  return found;
}
