/**
 * What a User-Agent header tells, roughly: enough to group by, not to recognise anybody.
 * @param {string} header
 * @returns {{ browser?: string, version?: number, os?: string, mobile: boolean, bot: boolean }}
 */
export function parseUserAgent(header) {
  const text = header.slice(0, LENGTH_MAX);
  const browser = BROWSERS.find(([, pattern]) => pattern.test(text));
  const version = browser && Number(browser[1].exec(text)?.[1]);
  const os = SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0];
  return {
    ...(browser && { browser: browser[0] }),
    ...(version !== undefined && Number.isFinite(version) && { version }),
    ...(os && { os }),
    mobile: /Mobi|Android/.test(text),
    bot: BOT.test(text),
  };
}

/** In this order: most name those further down as well. @type {[string, RegExp][]} */
const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d{1,5})/],
  ['Opera', /\bOPR\/(\d{1,5})/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d{1,5})/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d{1,5})/],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\/(\d{1,5})/],
  ['Safari', /\bVersion\/(\d{1,5})\S* (?:Mobile\/\S+ )?Safari\//],
];
/** @type {[string, RegExp][]} */
const SYSTEMS = [
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];
const BOT = /bot\b|bots\b|crawl|spider|slurp|headless|lighthouse|facebookexternalhit|preview|monitor|^(?:curl|wget|python|go-http|java|node|okhttp|axios)\b/i;
const LENGTH_MAX = 512;
