/**
 * The hash key space as a ring: an arc per open shard, a dot per record, and a needle at the key being typed.
 * Dots that fall together pile up towards the centre, so a hot key is seen as a spoke.
 */
import { svg } from './element.js';
import { count, shortHash, turn } from './format.js';
import { hue, shardName } from './shard.js';

const DOTS_MAX = 300;
const RADIUS = { arc: 150, label: 162, mark: 178, dots: 136, dotStep: 7.5, hub: 66 };
const ARC_GAP_TURNS = 0.004;
const LABEL_TURNS_MIN = 0.05;
const BIN_TURNS = 1 / 150;
const LANES = 9;

export class Ring {
  #arcs = svg('g');
  #needle = svg('g', { class: 'needle' }, svg('line', { y1: -RADIUS.hub, y2: -RADIUS.arc + 6 }), svg('circle', { r: 8, cy: -RADIUS.arc }));
  #dotLayer = svg('g');
  #hub = { over: svg('text', { class: 'hub-over', y: -18 }), name: svg('text', { class: 'hub-name', y: 10 }), under: svg('text', { class: 'hub-under', y: 32 }) };
  #description;
  /** @type {Map<string, { node: SVGElement, slot: string, guessed: boolean, arrival: Date }>} */
  #dots = new Map();
  /** @type {Set<string>} bin and lane of every dot */
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
    this.#arcs.replaceChildren(...shards.flatMap(arc));
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
   * Places records, each once, and keeps the newest. One whose hash key nobody knows (it was put with an explicit one,
   * which Kinesis does not give back) is drawn hollow in the middle of its shard.
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

  /** The outermost free lane at this place; where all are taken, the innermost. */
  #place(turns) {
    const bin = Math.floor(turns / BIN_TURNS);
    let lane = 0;
    while (lane < LANES - 1 && this.#slots.has(`${bin}/${lane}`)) lane++;
    const [x, y] = point(turns, RADIUS.dots - lane * RADIUS.dotStep);
    return { slot: `${bin}/${lane}`, x, y };
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

/** An arc from the shard's first hash key to its last, and its name along the outside. */
function arc({ ShardId, HashKeyRange }) {
  const from = turn(HashKeyRange.StartingHashKey);
  const to = turn(BigInt(HashKeyRange.EndingHashKey) + 1n);
  const gap = Math.min(ARC_GAP_TURNS, (to - from) / 3) / 2;
  const path = svg('path', { class: 'arc', 'data-hue': hue(ShardId), d: along(RADIUS.arc, from + gap, to - gap) }, svg('title', {}, ShardId));
  return to - from < LABEL_TURNS_MIN ? [path] : [path, ...label(ShardId, (from + to) / 2)];
}

/** Text follows a path from left to right, so in the lower half the path runs backwards, and further out by a letter's height. */
function label(shardId, turns) {
  const lower = turns > 0.25 && turns < 0.75;
  const reach = 0.12;
  const id = `along-${shardId}`;
  const radius = RADIUS.label + (lower ? 9 : 0);
  const d = lower ? along(radius, turns + reach, turns - reach) : along(radius, turns - reach, turns + reach);
  const text = svg('textPath', { href: `#${id}`, startOffset: '50%' }, shardName(shardId));
  return [svg('path', { id, d, fill: 'none' }), svg('text', { class: 'arc-label', 'data-hue': hue(shardId) }, text)];
}

/** Quarters of the key space. */
function marks() {
  const quarters = ['0', '¼', '½', '¾'];
  return svg('g', { class: 'marks' }, ...quarters.flatMap((text, quarter) => {
    const [x1, y1] = point(quarter / 4, RADIUS.arc + 8);
    const [x2, y2] = point(quarter / 4, RADIUS.arc + 15);
    const [x, y] = point(quarter / 4, RADIUS.mark);
    return [svg('line', { x1, y1, x2, y2 }), svg('text', { x, y, dy: '0.35em' }, text)];
  }));
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

function along(radius, from, to) {
  // An arc that ends where it starts is drawn as nothing: a lone shard's stops just short of it.
  const length = Math.max(-0.9999, Math.min(0.9999, to - from));
  const [x1, y1] = point(from, radius);
  const [x2, y2] = point(from + length, radius);
  return `M${x1} ${y1}A${radius} ${radius} 0 ${Math.abs(length) > 0.5 ? 1 : 0} ${length > 0 ? 1 : 0} ${x2} ${y2}`;
}

/** Clockwise from the top. */
function point(turns, radius) {
  const angle = turns * 2 * Math.PI;
  return [Math.sin(angle) * radius, -Math.cos(angle) * radius].map((value) => Number(value.toFixed(2)));
}
