// Shops with an embedded Kinesis or a collector behind each, and what the tests of the tracker ask of them.
import assert from 'node:assert/strict';
import { startKinesis } from '../servers.mjs';
import { openCollector, openShop, openStreams, until } from './shop.mjs';

/** One embedded Kinesis for all shops. `stop` ends everything that was opened. */
export async function openShops() {
  const kinesis = await startKinesis();
  const streams = openStreams(kinesis.endpoint);
  const closing = [kinesis];
  return {
    kinesis,
    /** A shop whose events go straight to a stream of its own. */
    async directShop(options = {}, more = {}, policy) {
      const streamName = await streams.create();
      const shop = await openShop({ kinesis: kinesis.endpoint, streamName, options, ...more }, policy);
      closing.unshift(shop);
      return { shop, read: () => streams.read(streamName) };
    },
    /** A shop whose events go to a collector of its own. */
    async collectedShop(options = {}, collectorOptions = {}, more = {}) {
      const collector = await openCollector(collectorOptions);
      const shop = await openShop({ collectorUrl: collector.url, options, ...more });
      closing.unshift(shop, collector);
      return { shop, collector, read: async () => collector.events };
    },
    async stop() {
      for (const one of closing) await one.stop();
    },
  };
}

/** Opens a shop in a tab, and waits until its tracker has started. */
export async function visit(browser, url) {
  const tab = await browser.visit(url);
  assert.ok(await until(() => tab.run('globalThis.state?.started')), 'the shop has started');
  return tab;
}

/** Waits until so many different events are there. */
export async function arrived(read, count) {
  let events = [];
  const areThere = await until(async () => (events = await read()).length >= count && ids(events).size >= count);
  assert.ok(areThere, `${events.length} of ${count} events have arrived: ${names(events)}`);
  return events;
}

/** The page came from the server again, for a reason that is Chromium's own. */
class Evicted extends Error {}

/**
 * Runs `visits`, which call `backToCached`, again where Chromium had dropped the page for a reason of its own, as it does on a busy
 * machine: three times at most. A reason that lies in the page fails at once.
 */
export async function withPageCache(visits) {
  for (let again = 2; ; again -= 1) {
    try {
      return await visits();
    } catch (error) {
      if (!(error instanceof Evicted) || again === 0) throw error;
    }
  }
}

/** Goes back to the page whose `state.mark` is 'first', which must come from the back/forward cache. */
export async function backToCached(tab) {
  await tab.back();
  const how = await until(() => tab.run(`(() => {
    if (!globalThis.state?.started) return;
    if (state.mark === 'first') return state.persisted && 'restored';
    const [{ type, notRestoredReasons }] = performance.getEntriesByType('navigation');
    return type === 'back_forward' && JSON.stringify(notRestoredReasons);
  })()`).catch(() => undefined));
  if (how === 'restored') return;
  const text = `the page did not come from the back/forward cache: ${how}`;
  const reasons = how ? (JSON.parse(how)?.reasons ?? []).map(({ reason }) => reason) : [];
  // So the browser calls every reason that a page cannot change.
  if (reasons.length > 0 && reasons.every((reason) => reason === 'masked')) throw new Evicted(text);
  assert.fail(text);
}

export function ids(events) {
  return new Set(events.map(({ messageId }) => messageId));
}

export function names(events) {
  return events.map(({ type, event }) => event ?? type);
}
