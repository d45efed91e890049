import type { UserAgent } from './types.js';

/** Parses a User-Agent header, of which the first 512 characters count. */
export function parseUserAgent(header: string): UserAgent {
  const text = header.slice(0, LENGTH_MAX);
  const browser = BROWSERS.find(([, pattern]) => pattern.test(text));
  const version = browser && Number(browser[1].exec(text)?.[1]);
  const os = SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0];
  return {
    ...(browser && { browser: browser[0] }),
    ...(version !== undefined && Number.isFinite(version) && { version }),
    ...(os && { os }),
    mobile: /Mobi|Android/.test(text),
    bot: BOT.test(text) || PROGRAM.test(text),
  };
}

/** The order matters: most browsers also name those further down. */
const BROWSERS: [name: string, pattern: RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d{1,5})/],
  ['Opera', /\bOPR\/(\d{1,5})/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d{1,5})/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d{1,5})/],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\/(\d{1,5})/],
  ['Safari', /\bVersion\/(\d{1,5})\S* (?:Mobile\/\S+ )?Safari\//],
];
const SYSTEMS: [name: string, pattern: RegExp][] = [
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];
/** CUBOT makes phones. */
const BOT = /(?<!\bcu)bots?\b|crawl|spider|slurp|headless|lighthouse|facebookexternalhit|preview|monitor/i;
const PROGRAM = /^(?:curl|wget|python|go-http|java|node|okhttp|axios)\b/i;
const LENGTH_MAX = 512;
