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
    async collectedShop(options = {}, given = {}, more = {}) {
      const collector = await openCollector(given);
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

export function ids(events) {
  return new Set(events.map(({ messageId }) => messageId));
}

export function names(events) {
  return events.map(({ type, event }) => event ?? type);
}
