/** A button per shard: how much it holds, and whether only it is shown. */
import { element } from './element.js';
import { number as formatted } from './format.js';
import { hue, isOpen, shardName } from './shard.js';

export class ShardFilter {
  #box;
  #onChange;
  /** @type {Map<string, { count: number, button: HTMLElement, number: HTMLElement, bar: HTMLElement }>} */
  #shards = new Map();

  /** @param {HTMLElement} box @param {() => void} onChange */
  constructor(box, onChange) {
    this.#box = box;
    this.#onChange = onChange;
  }

  clear() {
    this.#shards.clear();
    this.#box.replaceChildren();
  }

  /** @param {import('./kinesis-edge/browser.js').Shard[]} shards */
  show(shards) {
    for (const shard of shards) this.#entry(shard.ShardId).button.toggleAttribute('data-closed', !isOpen(shard));
  }

  /** @param {{ shardId: string }[]} records */
  count(records) {
    for (const { shardId } of records) this.#entry(shardId).count++;
    const most = Math.max(1, ...Array.from(this.#shards.values(), ({ count }) => count));
    for (const { count, number, bar } of this.#shards.values()) {
      number.textContent = formatted(count);
      bar.style.transform = `scaleX(${count / most})`;
    }
  }

  /** No button pressed means every shard. @param {string} shardId */
  allows(shardId) {
    const pressed = this.#box.querySelector('[aria-pressed="true"]');
    return !pressed || isPressed(this.#shards.get(shardId)?.button);
  }

  #entry(shardId) {
    if (!this.#shards.has(shardId)) this.#shards.set(shardId, this.#add(shardId));
    return this.#shards.get(shardId);
  }

  #add(shardId) {
    const number = element('span', { class: 'shard-count' }, '0');
    const bar = element('span', { class: 'bar' });
    const button = element('button', { type: 'button', 'aria-pressed': 'false', 'data-hue': hue(shardId), title: shardId },
      element('span', { class: 'shard-name' }, shardName(shardId)), number, element('span', { class: 'bar-track' }, bar));
    button.addEventListener('click', () => {
      button.setAttribute('aria-pressed', String(!isPressed(button)));
      this.#onChange();
    });
    this.#box.append(button);
    return { count: 0, button, number, bar };
  }
}

function isPressed(button) {
  return button?.getAttribute('aria-pressed') === 'true';
}
