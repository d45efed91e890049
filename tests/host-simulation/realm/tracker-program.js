// A page with a tracker, straight to Kinesis or to a collector. It runs in the realm: each call here is one turn of its event loop.
import { Producer } from 'shim/producer/producer.ts';
import { createTracker } from 'shim/tracker/create-tracker.ts';
import { describeError } from './errors.js';

export class TrackerProgram {
  #host;
  #tracker;
  #producer;

  constructor(host) {
    this.#host = host;
  }

  /** @param otherId of a record that the page puts before it makes the tracker */
  open({ way, credentials, beforeSend, otherId, ...options }) {
    const onError = (error) => this.#host.onError('t', describeError(error));
    if (way === 'producer') this.#producer = new Producer({ region: 'us-east-1', streamName: 'stream', credentials, lingerMs: 50 });
    if (otherId !== undefined) this.putOther({ id: otherId });
    const target = way === 'producer' ? { producer: this.#producer } : { collectorUrl: 'https://collector.example/collect' };
    this.#tracker = createTracker({ ...target, ...options, onError, ...(beforeSend && { beforeSend: (event) => this.#beforeSend(beforeSend, event) }) });
  }

  track({ serial, text }) {
    this.#tracker.track('event', { serial, text });
  }

  /** The page has a use of its own for the producer. */
  putOther({ id }) {
    this.#producer?.put(`other ${id}\n`, { partitionKey: `other ${id}` }).then(() => {}, (error) => this.#host.otherFailed(id, describeError(error)));
  }

  /** Arguments that no tracker can make an event of. */
  trackOddly({ at }) {
    this.#tracker.track('odd', {}, { at, url: 'https://shop.example/odd' });
  }

  identify({ user }) {
    this.#tracker.identify(user);
  }

  consent({ isGiven }) {
    this.#tracker.consent(isGiven);
  }

  reset() {
    this.#tracker.reset();
  }

  flush({ id }) {
    this.#tracker.flush().then(() => this.#host.done(id), (error) => this.#host.flushFailed(id, describeError(error)));
  }

  close({ id }) {
    const closed = async () => {
      await this.#tracker.close();
      await this.#producer?.close();
    };
    closed().then(() => this.#host.done(id), (error) => this.#host.flushFailed(id, describeError(error)));
  }

  reenter() {}

  #beforeSend(what, event) {
    if (event.properties.serial % 3 !== 0) return event;
    if (what === 'throws') throw new Error('beforeSend throws on purpose');
    if (what === 'tracks' && event.properties.text !== 'again') this.#host.again((serial) => this.#tracker.track('event', { serial, text: 'again' }));
    return what === 'drops' ? null : event;
  }
}
