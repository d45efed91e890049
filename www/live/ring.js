/** The hash ring under the dots of the events: shards, orbits of the stages, and how much is stored on each shard. */
import { hashKey, shardFor } from '../kinesis-edge/browser.js';
import { element, svg } from '../element.js';
import { number, turn } from '../format.js';
import { RADIUS, marks, shardArc } from '../ring-frame.js';
import { hue, isOpen, shardName } from '../shard.js';
import { COLLECTED_STAGE, EventDots, ORBITS, STAGE } from './event-dots.js';

const KEYS_MAX = 5000;
const BUSY = 15;
/** From here on a number does not fit into the middle of the ring. */
const COUNT_SHORT = 100_000;
/** The names of the orbits between the queue in the middle and the shards, by the way out. */
const STAGES = {
  straight: ['batched', 'signed', 'in flight'],
  direct: ['batched', 'in flight', 'collector'],
  queue: ['batched', 'in flight', 'queue'],
};

export class LiveRing {
  #root;
  #arcs = svg('g');
  #hub = svg('text', { class: 'hub-name', y: 4 }, '0');
  #eventDots;
  #way = 'straight';
  #shards = [];
  /** @type {Map<string, { turns: number, shade: string, shardId?: string }>} by partition key */
  #places = new Map();
  /** @type {Map<string, number>} events by shard */
  #read = new Map();

  /** @param {HTMLElement} box */
  constructor(box) {
    const orbits = STAGES.straight.map((name, index) => svg('g', { class: 'orbit' }, svg('circle', { r: ORBITS[index + 1] }), svg('text', { y: -ORBITS[index + 1] + 2.5 }, name)));
    this.#root = svg('svg', { class: 'ring', viewBox: '-190 -190 380 380', role: 'img', 'aria-label': 'Hash ring of the stream’s shards, with events on their way' },
      svg('circle', { class: 'track', r: RADIUS.arc }), ...orbits, marks(), this.#arcs, this.#hub, svg('text', { class: 'hub-note', y: 18 }, 'waiting'));
    const canvas = element('canvas', { 'aria-hidden': 'true' });
    box.append(this.#root, canvas);
    this.#eventDots = new EventDots(canvas);
  }

  /** @param {import('../kinesis-edge/browser.js').Shard[]} shards */
  show(shards) {
    this.#shards = shards.filter(isOpen);
    this.#places.clear();
    this.#arcs.replaceChildren(...this.#shards.flatMap((shard) => shardArc(shard)));
    this.label();
  }

  /** @param {'straight' | 'direct' | 'queue'} way */
  showWay(way) {
    this.#way = way;
    this.#root.querySelectorAll('.orbit text').forEach((text, index) => { text.textContent = STAGES[way][index]; });
  }

  /** @param {number} count */
  waiting(count) {
    const text = count < COUNT_SHORT ? number(count) : `${number(count / 1000)}k`;
    if (this.#hub.textContent !== text) this.#hub.textContent = text;
    // The names of the orbits cannot be read where there are many shards.
    this.#root.toggleAttribute('data-busy', count > BUSY);
  }

  /** @param {{ id: string, key: string, own?: unknown }} event */
  put({ id, key, own }) {
    this.#eventDots.put(id, { ...this.place(key), own: Boolean(own) });
  }

  /** @param {{ id: string, key: string }[]} events */
  send(events) {
    for (const event of events) this.put(event);
    this.#eventDots.send(events.map(({ id }) => id), this.#way === 'straight' ? STAGE.inFlight : COLLECTED_STAGE.inFlight);
  }

  /** @param {string[]} ids */
  fail(ids) {
    this.#eventDots.fail(ids);
  }

  /** @param {string[]} ids */
  accept(ids) {
    this.#eventDots.accept(ids);
  }

  /** @param {string[]} ids */
  land(ids) {
    this.#eventDots.land(ids);
  }

  /** One was read from a shard. @param {string} shardId */
  count(shardId) {
    this.#read.set(shardId, (this.#read.get(shardId) ?? 0) + 1);
  }

  scatter() {
    this.#eventDots.scatter();
  }

  /** Where a partition key lies. @param {string} key */
  place(key) {
    if (!this.#places.has(key)) {
      if (this.#places.size >= KEYS_MAX) this.#places.clear();
      const shardId = shardFor(this.#shards, { partitionKey: key })?.ShardId;
      this.#places.set(key, { turns: turn(hashKey(key)), shade: shardId ? `hue-${hue(shardId)}` : 'ink-faint', shardId });
    }
    return this.#places.get(key);
  }

  /** The number beside each shard's name. */
  label() {
    const names = this.#arcs.querySelectorAll('textPath');
    for (const name of names) {
      const shardId = name.getAttribute('href').slice('#along-'.length);
      const count = this.#read.get(shardId);
      const text = count ? `${shardName(shardId)} · ${number(count)}` : shardName(shardId);
      if (name.textContent !== text) name.textContent = text;
    }
  }
}
