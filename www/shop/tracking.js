/** The shop's tracker. What a site needs is in `straight` and in `collected`; the rest lets the page around look on. */
import './crash.js';
import { createTracker } from '../kinesis-edge/tracker.js';
import { Crowd } from './crowd.js';
import { Watch } from './watch.js';

/** @typedef {import('../kinesis-edge/tracker.js').Tracker} Tracker */

/** What the page around gives the shop in the name of its frame; nothing where the shop is on its own. */
const { channel, accessKeyId, tab, way = 'straight', isOffline = false } = JSON.parse(globalThis.name || '{}');

/** @returns {Promise<Tracker>} */
export async function start() {
  const settings = await (await fetch('../config.json')).json();
  /** @type {Crowd | undefined} */
  let crowd;
  const { promise: crowdStarted, resolve: startCrowd } = Promise.withResolvers();
  const watch = new Watch(channel, tab, {
    // What is asked for while the tracker starts is done when it has started.
    rush: ({ perSecond, seconds }) => crowdStarted.then(() => crowd.rush(perSecond, seconds, (secondsLeft) => watch.rush(secondsLeft))),
    offline: ({ isOffline }) => watch.setOffline(isOffline),
  });
  watch.setOffline(isOffline);
  const options = {
    appId: 'tern-supply',
    // Nothing leaves the visitor's own machine or stream here, so this demo answers to signals and to automated browsers too.
    respectPrivacySignals: false,
    dropBots: false,
    onError: watch.error,
    beforeSend: (event) => watch.event(event, !crowd?.claim(event)),
  };
  const tracker = way === 'straight' ? await straight(settings, options, watch) : collected(settings, options, watch);
  crowd = new Crowd(tracker);
  startCrowd();
  return tracker;
}

/** From this page to Kinesis, signed here. */
async function straight({ region, streamName, endpoint, credentials }, options, watch) {
  const { Producer, deaggregate, ready } = await import('../kinesis-edge/browser.js');
  await ready;
  const WatchedProducer = watch.producer(Producer, deaggregate);
  const producer = new WatchedProducer({
    region,
    streamName,
    endpoint: endpoint ?? undefined,
    credentials: { ...credentials, accessKeyId: accessKeyId ?? credentials.accessKeyId },
    fetch: watch.fetch,
  });
  watch.stats(() => producer.stats);
  return createTracker({ ...options, producer });
}

/** To a collector on the page's own domain, without keys and without WebAssembly. */
function collected({ collectors }, options, watch) {
  globalThis.fetch = watch.fetch;
  watch.acceptedBy = way === 'queue' ? 'queue' : 'collector';
  return createTracker({ ...options, collectorUrl: collectors.find(({ mode }) => mode === way).path });
}
