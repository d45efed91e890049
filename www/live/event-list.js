/** The visitor's own events, newest first, each with what has become of it. The crowd's are too many to read. */
import { element } from '../element.js';
import { duration } from '../format.js';
import { hue, shardName } from '../shard.js';

const ROWS_MAX = 12;

export class EventList {
  #list;
  #empty;
  /** @type {Map<string, { row: HTMLElement, state: HTMLElement, tries: number, at: number, shardId?: string }>} oldest first */
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
    if (known) say(known.state, 'failed', `retry${why ? `: ${reported(why)}` : ''}`);
  }

  /** @param {string} id @param {string} [shardId] */
  stored(id, shardId) {
    const known = this.#rows.get(id);
    if (!known || known.state.dataset.state === 'stored') return;
    const where = shardId ?? known.shardId;
    say(known.state, 'stored', `${where ? shardName(where) : 'stored'} · ${age(known)}`);
    if (where) known.state.dataset.hue = hue(where);
  }

  /** Not stored yet: a collector has it, or its queue. @param {string} id @param {'collector' | 'queue'} holder */
  accepted(id, holder) {
    const known = this.#rows.get(id);
    if (known && known.state.dataset.state !== 'stored') say(known.state, 'accepted', `in the ${holder}`);
  }

  /** Read back, which says on which shard it is. @param {string} id @param {string} shardId */
  found(id, shardId) {
    const known = this.#rows.get(id);
    if (known) known.shardId = shardId;
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

/** The time since it was put. */
function age({ at }) {
  return duration(performance.now() - at);
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
