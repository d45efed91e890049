/** The shards beside the ring: colour, name, share of the hash key space. */
import { element } from './element.js';
import { middle } from './format.js';
import { hue, isOpen, share } from './shard.js';

/** @param {HTMLElement} list @param {import('./kinesis-edge/browser.js').Shard[]} shards */
export function showLegend(list, shards) {
  list.replaceChildren(...shards.filter(isOpen).map(entry), ...shards.filter((shard) => !isOpen(shard)).map(entry));
}

function entry(shard) {
  const open = isOpen(shard);
  const item = element('li', { 'data-hue': hue(shard.ShardId) },
    element('span', { class: 'swatch' }),
    element('span', { class: 'legend-name' }, shard.ShardId),
    element('span', { class: 'legend-share' }, open ? share(shard.HashKeyRange) : 'closed'),
    element('span', { class: 'legend-range' }, range(shard.HashKeyRange)));
  item.toggleAttribute('data-closed', !open);
  return item;
}

function range({ StartingHashKey, EndingHashKey }) {
  return [StartingHashKey, EndingHashKey].map((key) => middle(BigInt(key).toString(16).padStart(32, '0'), 6, 2)).join(' – ');
}
