// Prints what a tracked click costs the main thread in Chromium, with its processor and slowed down four times: until the click's own task is
// over with its microtasks (what a visitor can feel at the click), and all that comes of it later, by Chromium's account. Chromium slows a page
// down by stopping it for up to a millisecond at a time: a short task takes as long as one stop, or as two.
import { startKinesis } from '../servers.mjs';
import { openChromium } from './chromium.mjs';
import { openCollector, openShop, openStreams, until } from './shop.mjs';

const CLICKS = 500;
const SLOWDOWNS = [1, 4];
/** In a page that is isolated from other origins the clock has steps of 5 µs; it would have 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const kinesis = await startKinesis();
const streams = openStreams(kinesis.endpoint);
const browser = await openChromium();
const collector = await openCollector();
const shops = [
  ['without a tracker', { options: { autoTrack: { clicks: false, pageViews: false } }, collectorUrl: collector.url }],
  ['to a collector', { collectorUrl: collector.url }],
  ['to Kinesis', { kinesis: kinesis.endpoint, streamName: await streams.create() }],
];
console.log(`tracking a click, ${CLICKS} of them (ms)`);
console.log('             slowed down     click, median   95 %    99 %   all later work, mean');
for (const [name, config] of shops) {
  const shop = await openShop(config, { headers: ISOLATED });
  const tab = await browser.visit(shop.url);
  await until(() => tab.run('globalThis.state?.started'));
  const session = await browser.context.newCDPSession(tab.page);
  await session.send('Performance.enable');
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'TaskDuration').value * 1000;
  for (const rate of SLOWDOWNS) {
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    // The first ones compile it.
    await tab.run(`(${clickOften})(50)`);
    const before = await busy();
    const { times, own } = await tab.run(`(${clickOften})(${CLICKS})`);
    await tab.run(`new Promise((done) => setTimeout(() => done(null), 1500))`);
    const later = ((await busy()) - before - own) / CLICKS;
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.floor(times.length * share)].toFixed(2).padStart(7);
    console.log(`${name.padEnd(20)} ${`${rate} ×`.padStart(3)} ${at(0.5).padStart(16)} ${at(0.95)} ${at(0.99)} ${later.toFixed(2).padStart(12)}`);
  }
  await tab.page.close();
  await shop.stop();
}
await Promise.all([browser.close(), collector.stop(), kinesis.stop()]);

/** In the page: clicks, one each 10 ms, with the time from before each to the end of its microtasks. */
async function clickOften(count) {
  const button = document.querySelector('#buy');
  const times = [];
  let own = 0;
  for (let index = 0; index < count; index += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const from = performance.now();
    button.click();
    // A few turns of microtasks: the outbox is written in the second.
    for (let turn = 0; turn < 10; turn += 1) await undefined;
    times.push(performance.now() - from);
    own += performance.now() - from;
  }
  return { times, own };
}
