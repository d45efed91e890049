/**
 * The hash key space as a ring: an arc per open shard, a dot per record, and a needle at the key being typed.
 * Dots that fall together pile up towards the centre, so a hot key is seen as a spoke.
 */
import { svg } from './element.js';
import { count, shortHash, turn } from './format.js';
import { RADIUS as FRAME, marks, point, shardArc } from './ring-frame.js';
import { hue, shardName } from './shard.js';

const DOTS_MAX = 300;
const RADIUS = { ...FRAME, dots: 136, dotStep: 7.5, hub: 66 };
const BIN_TURNS = 1 / 150;
const ROWS = 9;

export class Ring {
  #arcs = svg('g');
  #needle = svg('g', { class: 'needle' }, svg('line', { y1: -RADIUS.hub, y2: -RADIUS.arc + 6 }), svg('circle', { r: 8, cy: -RADIUS.arc }));
  #dotLayer = svg('g');
  #hub = { over: svg('text', { class: 'hub-over', y: -18 }), name: svg('text', { class: 'hub-name', y: 10 }), under: svg('text', { class: 'hub-under', y: 32 }) };
  #description;
  /** @type {Map<string, { node: SVGElement, slot: string, guessed: boolean, arrival: Date }>} */
  #dots = new Map();
  /** @type {Set<string>} bin and row of every dot */
  #slots = new Set();
  #needleTurns = 0;
  #aim;
  #shards = [];

  /** @param {SVGSVGElement} root */
  constructor(root) {
    this.#description = root.querySelector('desc');
    root.append(svg('circle', { class: 'track', r: RADIUS.arc }), marks(), this.#arcs, this.#dotLayer, this.#needle, ...Object.values(this.#hub));
    this.aim();
  }

  /** @param {import('./kinesis-edge/browser.js').Shard[]} shards the open ones */
  show(shards) {
    this.#shards = shards;
    this.#arcs.replaceChildren(...shards.flatMap((shard) => shardArc(shard)));
    this.#describe();
  }

  clear() {
    this.#dots.clear();
    this.#slots.clear();
    this.#dotLayer.replaceChildren();
    this.#describe();
  }

  /** Points at where a record with this hash key would land; without one the hub counts. @param {{ hashKey: string, shardId?: string }} [aim] */
  aim(aim) {
    this.#aim = aim;
    this.#needle.toggleAttribute('data-hidden', !aim);
    if (aim) this.#turnNeedle(aim);
    this.#describe();
  }

  /**
   * Places records, each once, and keeps the newest. One whose hash key is not known (it was put with an explicit
   * one, which Kinesis does not return) is drawn hollow in the middle of its shard.
   * @param {{ id: string, hashKey: string, guessed: boolean, shardId: string, arrival: Date, title: string, isNew: boolean }[]} records
   */
  add(records) {
    const newest = records.toSorted((a, b) => a.arrival.getTime() - b.arrival.getTime()).slice(-DOTS_MAX);
    for (const record of newest) this.#add(record);
    while (this.#dots.size > DOTS_MAX) this.#drop(this.#oldest());
    this.#describe();
  }

  #add({ id, hashKey, guessed, shardId, arrival, title, isNew }) {
    const drawn = this.#dots.get(id);
    if (drawn && (guessed || !drawn.guessed)) return;
    if (drawn) this.#drop(id);
    const { slot, x, y } = this.#place(turn(hashKey));
    const node = svg('g', { class: 'dot', 'data-hue': hue(shardId), transform: `translate(${x} ${y})` }, svg('circle', { r: 3.2 }, svg('title', {}, title)));
    node.toggleAttribute('data-guessed', guessed);
    this.#dots.set(id, { node, slot, guessed, arrival });
    this.#slots.add(slot);
    this.#dotLayer.append(node);
    if (isNew) announce(node, x, y);
  }

  #oldest() {
    return Array.from(this.#dots).reduce((oldest, dot) => (dot[1].arrival < oldest[1].arrival ? dot : oldest))[0];
  }

  #drop(id) {
    const { node, slot } = this.#dots.get(id);
    this.#dots.delete(id);
    this.#slots.delete(slot);
    node.remove();
  }

  /** The outermost free row at this place; where all are taken, the innermost. */
  #place(turns) {
    const bin = Math.floor(turns / BIN_TURNS);
    let row = 0;
    while (row < ROWS - 1 && this.#slots.has(`${bin}/${row}`)) row++;
    const [x, y] = point(turns, RADIUS.dots - row * RADIUS.dotStep);
    return { slot: `${bin}/${row}`, x, y };
  }

  /** The short way round, also across 0. */
  #turnNeedle({ hashKey, shardId = '' }) {
    const ahead = turn(hashKey) - this.#needleTurns;
    this.#needleTurns += ahead - Math.round(ahead);
    this.#needle.style.transform = `rotate(${this.#needleTurns}turn)`;
    if (shardId) this.#needle.dataset.hue = hue(shardId);
    else delete this.#needle.dataset.hue;
  }

  #describe() {
    const { over, name, under } = this.#hub;
    const aim = this.#aim;
    over.textContent = aim ? (aim.shardId ? 'lands on' : 'not connected') : 'on the ring';
    name.textContent = aim ? (aim.shardId ? shardName(aim.shardId) : '–') : count(this.#dots.size, 'record');
    under.textContent = aim ? shortHash(aim.hashKey) : '';
    const lands = aim?.shardId ? ` The partition key in the form lands on ${shardName(aim.shardId)}.` : '';
    this.#description.textContent = `${count(this.#shards.length, 'open shard')}, ${count(this.#dots.size, 'record')} placed by hash key.${lands}`;
  }
}

/** A new record flies out from the hub and rings once. */
function announce(node, x, y) {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const easing = 'cubic-bezier(.2, .8, .2, 1)';
  node.firstChild.animate([{ transform: `translate(${-x}px, ${-y}px)`, opacity: 0 }, { opacity: 1, offset: 0.3 }, { transform: 'none' }], { duration: 600, easing });
  const halo = svg('circle', { class: 'halo', r: 3.2 });
  node.append(halo);
  const pulse = halo.animate([{ transform: 'scale(1)', opacity: 0.9 }, { transform: 'scale(6)', opacity: 0 }], { duration: 1400, delay: 450, easing, fill: 'both' });
  pulse.finished.then(() => halo.remove(), () => {});
}
