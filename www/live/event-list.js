/** The visitor's own events, newest first, each with what has become of it. The crowd's are too many to read. */
import { element } from '../element.js';
import { hue, shardName } from '../shard.js';

const ROWS_MAX = 12;
const COLLECTOR = 'collector';

export class EventList {
  #list;
  #empty;
  /** @type {Map<string, { row: HTMLElement, state: HTMLElement, tries: number, at: number }>} oldest first */
  #rows = new Map();

  /** @param {HTMLElement} list @param {HTMLElement} empty */
  constructor(list, empty) {
    this.#list = list;
    this.#empty = empty;
  }

  /** @param {string} id @param {{ name: string, properties?: Record<string, unknown> }} event */
  put(id, { name, properties }) {
    if (this.#rows.has(id)) return;
    const state = element('span', { class: 'state' }, 'queued');
    const row = element('li', {},
      element('span', { class: 'what' }, name.replaceAll('_', ' ')),
      element('span', { class: 'about' }, about(properties)), state);
    this.#rows.set(id, { row, state, tries: 0, at: performance.now() });
    this.#list.prepend(row);
    this.#empty.hidden = true;
    if (this.#rows.size > ROWS_MAX) this.#drop(this.#rows.keys().next().value);
  }

  /** @param {string} id */
  sent(id) {
    const known = this.#rows.get(id);
    if (!known) return;
    known.tries++;
    say(known.state, 'in-flight', known.tries > 1 ? `in flight, try ${known.tries}` : 'in flight');
  }

  /** @param {string} id @param {string} [why] */
  failed(id, why) {
    const known = this.#rows.get(id);
    if (known) say(known.state, 'failed', `will retry${why ? `: ${reported(why)}` : ''}`);
  }

  /** @param {string} id @param {string} [shardId] */
  stored(id, shardId) {
    const known = this.#rows.get(id);
    if (!known || known.state.dataset.state === 'stored') return;
    const ms = Math.round(performance.now() - known.at);
    say(known.state, 'stored', `${shardId ? shardName(shardId) : COLLECTOR} · ${ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`}`);
    if (shardId) known.state.dataset.hue = hue(shardId);
  }

  /** Read back, which says where it is where a collector did not. @param {string} id @param {string} shardId */
  found(id, shardId) {
    const state = this.#rows.get(id)?.state;
    if (!state || state.dataset.hue) return;
    state.textContent = state.textContent.replace(COLLECTOR, shardName(shardId));
    state.dataset.hue = hue(shardId);
  }

  /** @param {string} id */
  lost(id) {
    const known = this.#rows.get(id);
    if (known) say(known.state, 'failed', 'lost');
  }

  #drop(id) {
    this.#rows.get(id).row.remove();
    this.#rows.delete(id);
  }
}

function say(node, state, text) {
  node.dataset.state = state;
  node.textContent = text;
}

/** AWS's names are long. */
function reported(why) {
  return { ProvisionedThroughputExceededException: 'throttled', InvalidSignatureException: 'wrong clock' }[why] ?? why;
}

/** The few words of an event that say what it was about. */
function about(properties = {}) {
  const { name, query, text, order, path, href, title, percent } = properties;
  const found = [name, query, order, text, title, path, href, percent].find((value) => typeof value === 'string' || typeof value === 'number');
  return found === undefined ? '' : String(found).slice(0, 80);
}
