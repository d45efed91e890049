/** The records' table: a bounded number of rows, each built once, so that an opened one stays open while others arrive. */
import { element } from './element.js';
import { clock, count, middle, pretty } from './format.js';
import { hue, shardName } from './shard.js';

/** The most that are shown at once. */
export const ROWS_MAX = 200;
const PREVIEW_LENGTH = 160;
const FRESH_MS = 5000;

/** @typedef {import('./shard-reader.js').StreamRecord & { text: string, isText: boolean }} ReadableRecord */

export class RecordTable {
  #body;
  /** @type {WeakMap<ReadableRecord, HTMLElement>} */
  #rows = new WeakMap();

  /** @param {HTMLElement} body */
  constructor(body) {
    this.#body = body;
  }

  /** @param {ReadableRecord[]} records newest first @param {number} rows how many of them at most */
  show(records, rows) {
    putChildren(this.#body, records.slice(0, rows).map((record) => this.#row(record)));
  }

  #row(record) {
    if (!this.#rows.has(record)) this.#rows.set(record, row(record));
    return this.#rows.get(record);
  }
}

function row(record) {
  const { shardId, partitionKey, sequenceNumber, arrival } = record;
  const node = element('tr', { role: 'row', 'data-hue': hue(shardId), 'data-sequence-number': sequenceNumber },
    cell('time', element('time', { datetime: arrival.toISOString() }, clock(arrival))),
    cell('shard', element('span', { class: 'badge', 'data-hue': hue(shardId), title: shardId }, shardName(shardId))),
    cell('key', element('span', { title: partitionKey }, partitionKey)),
    cell('data', data(record)),
    cell('sequence', element('span', { title: sequenceNumber }, middle(sequenceNumber, 6, 10))));
  if (Date.now() - arrival.getTime() < FRESH_MS) flash(node);
  return node;
}

function cell(name, child) {
  return element('td', { role: 'cell', class: name }, child);
}

/** One line, and everything behind it; a record may hold a megabyte, so the rest is made when it is asked for. */
function data(record) {
  const { text, isText } = record;
  const preview = text.slice(0, PREVIEW_LENGTH).replace(/\s+/g, ' ') || 'no data';
  const summary = element('summary', {}, ...(isText ? [] : [element('span', { class: 'tag' }, 'hex')]), element('code', {}, preview));
  const details = element('details', {}, summary);
  details.addEventListener('toggle', () => details.append(whole(record)), { once: true });
  return details;
}

function whole({ text, isText, data, shardId, sequenceNumber }) {
  return element('div', { class: 'whole' },
    element('pre', { tabindex: '0' }, isText ? pretty(text) : text),
    element('p', { class: 'note' }, `${count(data.length, 'byte')} · ${shardId} · ${sequenceNumber}`));
}

function flash(node) {
  node.classList.add('fresh');
  // Removed at the end: a row that moves would otherwise start its animation again.
  node.addEventListener('animationend', () => node.classList.remove('fresh'), { once: true });
}

/** Moves only what is not in its place, so that focus and scrolling survive. */
function putChildren(parent, nodes) {
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  while (next) {
    const surplus = next;
    next = next.nextSibling;
    surplus.remove();
  }
}
