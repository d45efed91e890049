/**
 * How each example is used by the test, and what then has to arrive in its stream.
 *
 * - `arrives`: patterns of records, each of which has to arrive, as `kinesis-edge dev` prints key and data.
 * - `args`: further arguments of its one command, so that servers listen on a free port.
 * - `use`: what a user does with what it serves; without it the command ends by itself, with 0.
 * - `says`: what it has to print beside records.
 * - `isQuick`: it needs no package but those that the project itself has installed.
 * - `variants`: the same with some of it changed. `withoutServer` leaves the package kinesis-local to be the stream, as users have it.
 * - `host`: a program that npm may not have for this platform.
 */
const WRANGLER = ['--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0'];
const SERVER = ['--port', '0'];
const NEXT = ['--hostname', '127.0.0.1', '--port', '0'];
const VITE = ['--host', '127.0.0.1', '--port', '0'];

export const USES = [
  { name: 'node', isQuick: true, arrives: [1, 2, 3].map((order) => new RegExp(`customer-${order % 2}  {"event":"order","order":${order}}`)), says: [/3 delivered, 0 failed/], variants: { 'kinesis-local': { withoutServer: true, says: [/: kinesis-local listens on/, /3 delivered, 0 failed/] } } },
  { name: 'lambda-producer', isQuick: true, arrives: [/192\.0\.2\.1  {"path":"\/cart",/, /192\.0\.2\.1  {"path":"\/checkout",/], says: [/\/checkout { statusCode: 202/] },
  {
    name: 'lambda-consumer',
    isQuick: true,
    arrives: [/customer-1  \[1\/3\]  .*"order":1}/, /customer-1  \[3\/3\]  .*"order":3}/],
    says: [/1 Kinesis record\n[^]*handled order 1 of[^]*comes again: Error: the database does not answer[^]*handled order 2 of[^]*handled order 3 of[^]*all orders are handled/],
    saysNot: [/handled order 1[^]*handled order 1/],
  },
  { name: 'html', isQuick: true, args: SERVER, use: buy, arrives: [/{"event":"bought","path":"\/"}/] },
  { name: 'cognito-guest', isQuick: true, args: SERVER, use: buy, arrives: [/{"event":"bought as a guest"}/] },
  { name: 'worker', isQuick: true, args: WRANGLER, use: ({ address }) => answered(fetch(`${address}/cart`), 200), arrives: [/{"event":"request","path":"\/cart"/] },
  { name: 'durable-object', isQuick: true, args: WRANGLER, use: talk, arrives: [/kitchen  {"room":"kitchen","number":1,"text":"first"}/, /kitchen  {"room":"kitchen","number":2,"text":"second"}/] },
  { name: 'hono', isQuick: true, args: WRANGLER, use: ({ address }) => answered(post(`${address}/orders`, { customer: 'c-1', total: 12.5 }), 202), arrives: [/c-1  {"customer":"c-1","total":12\.5}/] },
  { name: 'collector-queue', isQuick: true, args: WRANGLER, use: collect, arrives: [/visitor-1  .*"event":"bought"/] },
  { name: 'vite', args: VITE, use: buy, arrives: [/{"event":"bought","path":"\/"}/] },
  { name: 'react', args: VITE, use: addToCart, arrives: [/"type":"page"/, /"event":"added to cart".*"items":1/], once: /"type":"page"/ },
  { name: 'nextjs', args: NEXT, use: clickAndPost, arrives: [/"type":"page"/, /"event":"bought"/, /{"event":"from the edge"}/], variants: { webpack: { args: [...NEXT, '--webpack'], use: click, arrives: [/"type":"page"/, /"event":"bought"/] } } },
  { name: 'deno', host: 'deno', arrives: [/roof  {"sensor":"roof","celsius":21\.5}/], says: [/stored in shardId/] },
  { name: 'bun', host: 'bun', arrives: [/roof  {"sensor":"roof","celsius":21\.5}/], says: [/stored in shardId/] },
];

/** Clicks the button, and waits until the page says where the record is. */
async function buy({ address, openPage }) {
  await openPage(address, async (page) => {
    await page.getByRole('button').click();
    await page.getByText(/^stored in shardId-/).waitFor();
  });
}

/** The page stays open until its events have arrived. */
async function addToCart({ address, openPage, arrived }) {
  await openPage(address, async (page) => {
    // The button is there before the tracker: a click counts once the count has changed and the event is on its way.
    await page.getByRole('button').click();
    await page.getByText('1 in the cart').waitFor();
    await arrived();
  });
}

async function clickAndPost({ address, openPage, arrived }) {
  await answered(post(`${address}/edge`, { event: 'from the edge' }), 202);
  await click({ address, openPage, arrived });
}

async function click({ address, openPage, arrived }) {
  await openPage(address, async (page) => {
    // The page view has come: the page is hydrated, and tracks clicks. The development server adds a button of its own.
    await page.waitForResponse((response) => response.url().includes('/collect') && response.status() === 202);
    await page.getByRole('button', { name: 'Buy' }).click();
    await arrived();
  });
}

async function talk({ address }) {
  for (const text of ['first', 'second']) await answered(fetch(`${address}/kitchen`, { method: 'POST', body: text }), 200);
}

async function collect({ address }) {
  const event = { type: 'track', event: 'bought', anonymousId: 'visitor-1' };
  await answered(post(`${address}/collect`, event, { origin: 'https://www.example.com' }), 202);
}

function post(url, value, headers = {}) {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) });
}

async function answered(asked, status) {
  const response = await asked;
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}, not ${status}: ${await response.text()}`);
}
