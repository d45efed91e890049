// What the long test asks of a shop and of what arrives from it.
import assert from 'node:assert/strict';
import { until } from './shop.mjs';

/** Opens the way's shop in a tab, and waits until its tracker has started. */
export async function visit(browser, way) {
  const tab = await browser.visit(way.shop.url);
  assert.ok(await until(() => tab.run('globalThis.state?.started')), 'the shop has started');
  return tab;
}

/** Waits for events of these names, and checks that all are there, each under one message id. */
export async function arrival(way, wanted) {
  let events = [];
  await until(async () => {
    events = await way.read();
    const there = new Set(events.map(({ event }) => event));
    return wanted.every((name) => there.has(name));
  }, 30_000, 200);
  // What comes twice may come later.
  await sleep(1500);
  events = await way.read();
  check(events, wanted);
  return events;
}

export function check(events, wanted) {
  const idsOf = new Map(wanted.map((name) => [name, new Set()]));
  for (const { event, messageId } of events) idsOf.get(event)?.add(messageId);
  const missing = wanted.filter((name) => idsOf.get(name).size === 0);
  assert.deepEqual(missing, [], `${missing.length} of ${wanted.length} are missing`);
  for (const [name, found] of idsOf) assert.equal(found.size, 1, `${name} has several message ids`);
}

export function twice(events) {
  return events.length - new Set(events.map(({ messageId }) => messageId)).size;
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
