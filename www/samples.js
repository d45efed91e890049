/** Records to play with: what a shop's page might send. */

const EVENTS = [
  { event: 'page_view', path: '/pricing' },
  { event: 'page_view', path: '/docs/getting-started' },
  { event: 'search', query: 'waterproof boots', results: 42 },
  { event: 'add_to_cart', sku: 'BOOT-42-BLK', price: 129.5 },
  { event: 'checkout', items: 3, total: 214.9, currency: 'EUR' },
  { event: 'sign_up', plan: 'team', referrer: 'newsletter' },
];
const USERS = 1000;

export function sampleData() {
  return JSON.stringify({ event: 'page_view', path: '/pricing', locale: navigator.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone }, null, 2);
}

/** @param {number} length */
export function randomRecords(length) {
  return Array.from({ length }, () => {
    const user = `user-${random(USERS)}`;
    return { PartitionKey: user, Data: JSON.stringify({ ...EVENTS[random(EVENTS.length)], user, at: new Date().toISOString() }) };
  });
}

function random(below) {
  return Math.floor(Math.random() * below);
}
