/** Rush hour: a crowd of made-up visitors, each with an id of its own and so with a place of its own on the ring. */
import { PRODUCTS } from './catalogue.js';

const VISITORS = 64;
const TICK_MS = 40;
const DOES = ['product_viewed', 'product_viewed', 'product_viewed', 'product_added', 'products_searched', 'order_completed'];

export class Crowd {
  #tracker;
  #visitors = Array.from({ length: VISITORS }, () => ({ anonymousId: crypto.randomUUID(), sessionId: crypto.randomUUID() }));
  #timer;

  /** @param {import('./tracking.js').Tracker} tracker */
  constructor(tracker) {
    this.#tracker = tracker;
  }

  /** @param {number} perSecond @param {number} seconds @param {(secondsLeft: number) => void} onProgress called once a second, and with 0 at the end */
  rush(perSecond, seconds, onProgress) {
    clearInterval(this.#timer);
    const started = performance.now();
    let done = 0;
    let reported;
    this.#timer = setInterval(() => {
      const elapsed = Math.min(seconds, (performance.now() - started) / 1000);
      for (; done < Math.floor(perSecond * elapsed); done++) this.#act();
      if (elapsed === seconds) clearInterval(this.#timer);
      const secondsLeft = Math.ceil(seconds - elapsed);
      if (secondsLeft !== reported) onProgress(secondsLeft);
      reported = secondsLeft;
    }, TICK_MS);
  }

  #act() {
    const { id, name, price } = any(PRODUCTS);
    this.#tracker.track(any(DOES), { sku: id, name, price, visitor: Math.floor(Math.random() * VISITORS) });
  }

  /** Gives an event of the crowd to the visitor who did it. Whether it was one. @param {any} event */
  claim(event) {
    const { visitor, ...properties } = event.properties ?? {};
    if (visitor === undefined) return false;
    Object.assign(event, this.#visitors[visitor], { properties, userId: undefined });
    return true;
  }
}

/** @template T @param {T[]} list @returns {T} */
function any(list) {
  return list[Math.floor(Math.random() * list.length)];
}
