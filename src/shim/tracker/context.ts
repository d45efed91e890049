/** The page that an event is of, as much as must be known at once. @param {string} referrer */
export function pageOf(referrer) {
  // Not `location.href`, which takes four times as long.
  return { url: document.URL, title: document.title, referrer };
}

/** What is known of the browser around it, and does not change within a moment. */
export function browserOf() {
  // To make a formatter takes longer than all the rest.
  timezone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    locale: navigator.language,
    timezone,
    screen: { width: screen.width, height: screen.height, innerWidth, innerHeight, density: devicePixelRatio },
    userAgent: navigator.userAgent,
    userAgentData: hints(),
    library: LIBRARY,
  };
}

/** @type {string | undefined} */
let timezone;

/**
 * What brought the visitor here, as far as the page's address tells.
 * @returns {Record<string, string> | undefined}
 */
export function campaignOf(search = location.search) {
  const given = new URLSearchParams(search);
  /** @type {Record<string, string>} */
  const campaign = {};
  for (const name of PARAMETERS) {
    const value = given.get(name);
    if (value) campaign[name === 'utm_campaign' ? 'name' : name.replace('utm_', '')] = value.slice(0, VALUE_MAX);
  }
  return Object.keys(campaign).length > 0 ? campaign : undefined;
}

/** The client hints that a browser tells everybody: https://wicg.github.io/ua-client-hints/ */
function hints() {
  const { brands, mobile, platform } = /** @type {any} */ (navigator).userAgentData ?? {};
  return brands && { brands, mobile, platform };
}

const LIBRARY = { name: 'kinesis-edge', version: '0.1.0' };
const VALUE_MAX = 500;
const PARAMETERS = [
  ...['source', 'medium', 'campaign', 'term', 'content', 'id'].map((name) => `utm_${name}`),
  ...['gclid', 'gbraid', 'wbraid', 'dclid', 'fbclid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id'],
];
