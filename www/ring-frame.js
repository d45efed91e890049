/** What every picture of the hash key space has: an arc per shard with its name, the quarters, and where a key lies. */
import { svg } from './element.js';
import { turn } from './format.js';
import { hue, shardName } from './shard.js';

/** In units of the drawing, whose middle is 0. */
export const RADIUS = { arc: 150, label: 162, mark: 178 };
const ARC_GAP_TURNS = 0.004;
const LABEL_TURNS_MIN = 0.05;

/** An arc from the shard's first hash key to its last, and its name along the outside. */
export function shardArc({ ShardId, HashKeyRange }) {
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
export function marks() {
  const quarters = ['0', '¼', '½', '¾'];
  return svg('g', { class: 'marks' }, ...quarters.flatMap((text, quarter) => {
    const [x1, y1] = point(quarter / 4, RADIUS.arc + 8);
    const [x2, y2] = point(quarter / 4, RADIUS.arc + 15);
    const [x, y] = point(quarter / 4, RADIUS.mark);
    return [svg('line', { x1, y1, x2, y2 }), svg('text', { x, y, dy: '0.35em' }, text)];
  }));
}

function along(radius, from, to) {
  // An arc that ends where it starts is drawn as nothing: a lone shard's stops just short of it.
  const length = Math.max(-0.9999, Math.min(0.9999, to - from));
  const [x1, y1] = point(from, radius);
  const [x2, y2] = point(from + length, radius);
  return `M${x1} ${y1}A${radius} ${radius} 0 ${Math.abs(length) > 0.5 ? 1 : 0} ${length > 0 ? 1 : 0} ${x2} ${y2}`;
}

/** Clockwise from the top. */
export function point(turns, radius) {
  const angle = turns * 2 * Math.PI;
  return [Math.sin(angle) * radius, -Math.cos(angle) * radius].map((value) => Number(value.toFixed(2)));
}
