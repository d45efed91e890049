/** What has been read from the stream, newest first, and what of it is shown. */
import { count, number, readable } from './format.js';
import { shardName } from './shard.js';
import { ShardFilter } from './shard-filter.js';
import { RecordTable, ROWS_MAX } from './table.js';

const RECORDS_MAX = 5000;
/** On a phone every record is a card in the page itself, so the page grows by so many cards at a time. */
const CARDS = 25;
const phone = matchMedia('(max-width: 44rem)');

export class Viewer {
  #root;
  #table;
  #shards;
  #filter;
  /** @type {import('./table.js').ReadableRecord[]} newest first */
  #records = [];
  #total = 0;
  #cards = CARDS;
  #frame = 0;

  /** @param {ParentNode} root */
  constructor(root) {
    this.#root = root;
    this.#table = new RecordTable(root.querySelector('#records tbody'));
    this.#shards = new ShardFilter(root.querySelector('#shard-filter'), () => this.#show());
    this.#filter = root.querySelector('#filter');
    this.#filter.addEventListener('input', () => this.#show());
    root.querySelector('#more').addEventListener('click', () => this.#showMore());
    phone.addEventListener('change', () => this.#show());
  }

  clear() {
    this.#records = [];
    this.#total = 0;
    this.#cards = CARDS;
    this.#shards.clear();
    this.#show();
  }

  /** @param {import('./kinesis-edge/browser.js').Shard[]} shards */
  shards(shards) {
    this.#shards.show(shards);
  }

  /** @param {import('./shard-reader.js').StreamRecord[]} records */
  add(records) {
    this.#total += records.length;
    this.#shards.count(records);
    const readables = records.map((record) => ({ ...record, ...readable(record.data) }));
    // Shards answer one by one, so what comes later is not always newer.
    this.#records = [...this.#records, ...readables].sort(newestFirst).slice(0, RECORDS_MAX);
    this.#show();
  }

  /** Once a frame, however many shards answer in it. */
  #show() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#showNow());
  }

  #showNow() {
    const matching = this.#records.filter((record) => this.#matches(record));
    const rows = this.#rows;
    this.#table.show(matching, rows);
    this.#root.querySelector('#more').hidden = matching.length <= rows || rows >= ROWS_MAX;
    this.#root.querySelector('#scroll').hidden = matching.length === 0;
    const empty = this.#root.querySelector('#empty');
    empty.hidden = matching.length > 0;
    empty.textContent = this.#total ? 'No record matches the filter.' : 'Nothing here yet. Put a record and it appears within a second.';
    this.#root.querySelector('#count').textContent = this.#counted(matching.length);
  }

  #showMore() {
    this.#cards += CARDS;
    this.#show();
  }

  get #rows() {
    return phone.matches ? Math.min(this.#cards, ROWS_MAX) : ROWS_MAX;
  }

  #matches({ shardId, partitionKey, text }) {
    const wanted = this.#filter.value.trim().toLowerCase();
    return this.#shards.allows(shardId) && (!wanted || [shardId, shardName(shardId), partitionKey, text].some((part) => part.toLowerCase().includes(wanted)));
  }

  #counted(matching) {
    if (!this.#total) return '';
    const shown = Math.min(matching, this.#rows);
    return shown === this.#total ? `${count(shown, 'record')}, all shown` : `${count(this.#total, 'record')} read, the newest ${number(shown)} that match are shown`;
  }
}

function newestFirst(a, b) {
  return b.arrival - a.arrival || b.sequenceNumber.length - a.sequenceNumber.length || (b.sequenceNumber > a.sequenceNumber ? 1 : -1);
}
