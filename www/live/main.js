/** The page: a shop in a window, and beside it what becomes of its events. */
import { ready } from '../kinesis-edge/browser.js';
import { clientFor, configuration, watchBlocked } from '../connection.js';
import { count } from '../format.js';
import { hideProblem, showProblem } from '../problem.js';
import { StreamReader } from '../reader.js';
import { isOpen } from '../shard.js';
import { Chart, quantile } from './charts.js';
import { Faults } from './faults.js';
import { Happenings } from './happenings.js';
import { Ledger } from './ledger.js';
import { numbersIn } from './numbers.js';
import { Rates } from './rates.js';
import { LiveRing } from './ring.js';
import { ShopWindow } from './shop-window.js';
import { Traffic } from './traffic.js';

const RUSH = { perSecond: 500, seconds: 6 };
const SHOW_MS = 100;
const CHARTS_MS = 500;
const SPOKEN_MS = 5000;
const ESTATE_MS = 10_000;
const MESSAGE_ID = /"messageId":"([0-9a-f-]{36})"/;

const find = (selector) => document.querySelector(selector);
const ledger = new Ledger();
const rates = new Rates();
const traffic = new Traffic();
const ring = new LiveRing(find('#ring'));
const happenings = new Happenings(find('#happenings'), find('#nothing'));
const write = numbersIn(document);
/** @type {ShopWindow} */
let shop;
/** @type {Faults} */
let faults;
/** @type {StreamReader} */
let reader;
let estateTimer;
let way = 'straight';
/** Of the producer, where there is one. */
let stats = { clockOffsetMs: 0, recordsBuffered: 0 };
let isKilled = false;
let connected = '';

start().catch((error) => {
  status('error', 'Not connected');
  showProblem(find('#absent'), error);
});

async function start() {
  watchBlocked((origin) => showProblem(find('#problem'), new Error(`The page may not connect to ${origin}: its Content-Security-Policy does not name it.`)));
  const settings = await configuration();
  await ready;
  const { region, streamName, endpoint, credentials, collectors = [] } = settings;
  if (!streamName || !credentials) throw Object.assign(new Error('This page is served without keys for a stream. On your machine “npm start” brings a stream and keys. With keys of your own you can put records by hand: see Records.'), { name: 'No stream to write to' });
  // The embedded Kinesis takes any key, and does to each what was asked for it: the shop has one of its own, and so has the reader.
  const id = crypto.randomUUID().slice(0, 8).toUpperCase();
  const client = clientFor({ region, endpoint: endpoint ?? '', ...credentials, accessKeyId: endpoint ? `READER${id}` : credentials.accessKeyId, sessionToken: '' });
  const { Shards } = await client.listShards({ StreamName: streamName });
  reader = new StreamReader(client, streamName, { records: read, shards: showShards, problem: reading });
  showShards(Shards);
  // From now on: so the reader is in place before the first event is.
  await reader.follow(Shards, 'LATEST');
  faults = new Faults(endpoint, keyFor('straight'));
  shop = new ShopWindow(find('#shop'), find('#grave'), { channel: `shop-${id}`, accessKeyId: keyFor('straight'), way: 'straight', isOffline: false }, { message: heard, killed });
  shop.open();
  offerWays(collectors.map(({ mode }) => mode));
  listen();
  beat();

  /** Faults meet the requests of this key: the shop's own, or that of the collector behind it. */
  function keyFor(way) {
    return way === 'straight' && endpoint ? `SHOP${id}` : credentials.accessKeyId;
  }

  /** @param {string[]} modes of the collectors that there are */
  function offerWays(modes) {
    for (const input of document.querySelectorAll('[name="way"]')) input.disabled = input.value !== 'straight' && !modes.includes(input.value);
    find('#ways').hidden = modes.length === 0;
    find('#ways').addEventListener('change', ({ target }) => {
      way = target.value;
      faults.aim(keyFor(way));
      applyFaults();
      stats = { clockOffsetMs: 0, recordsBuffered: 0 };
      isKilled = false;
      shop.change({ way, accessKeyId: keyFor(way) });
    });
  }
}

function listen() {
  find('#faults').addEventListener('change', ({ target }) => {
    if (target.name === 'offline') shop.offline(target.checked);
    else applyFaults();
  });
  for (const input of document.querySelectorAll('#faults input')) input.disabled = input.name !== 'offline' && !faults.isPossible;
  find('#kill').addEventListener('click', () => shop.kill());
  find('#rush').addEventListener('click', () => shop.rush(RUSH.perSecond, RUSH.seconds));
  for (const selector of ['#kill', '#rush']) find(selector).disabled = false;
}

function applyFaults() {
  const wanted = new Set(Array.from(document.querySelectorAll('#faults input:checked'), ({ name }) => name));
  faults.want(wanted).then(() => hideProblem(find('#problem')), (error) => showProblem(find('#problem'), error));
}

// ── what the shop tells ──

const HEARD = {
  opened() {
    ledger.orphan();
    traffic.dropped();
    clearTimeout(estateTimer);
    estateTimer = setTimeout(closeEstate, ESTATE_MS);
  },
  put({ id, key, own }) {
    ledger.put(id);
    rates.add('put');
    ring.put({ id, key, own });
    if (own) happenings.put(id, own);
  },
  sent({ request, events }) {
    traffic.sent(request, events.length);
    for (const { id } of events) {
      ledger.sent(id);
      happenings.sent(id);
    }
    ring.send(events);
  },
  answered({ request, ms, landed, failed, problem, lost = [] }) {
    traffic.answered(request);
    if (problem !== 'no answer') rates.latency(ms);
    for (const { ids, shardId } of landed) arrived(ids, shardId);
    if (failed.length) rates.add('retried', failed.length);
    for (const id of failed) happenings.failed(id, problem);
    ring.fail(failed);
    for (const id of lost) HEARD.lost({ id });
  },
  delivered({ ids, shardId }) {
    arrived(ids, shardId);
  },
  lost({ id }) {
    ledger.lost(id);
    happenings.lost(id);
  },
  stats({ stats: told }) {
    stats = told;
  },
  error({ code, message }) {
    showProblem(find('#problem'), { name: 'The tracker reports', code, message });
  },
};

function heard(message) {
  HEARD[message.type]?.(message);
}

/** The answer and the promise both tell of it; the first counts. */
function arrived(ids, shardId) {
  const fresh = ids.filter((id) => !ledger.isDelivered(id));
  for (const id of fresh) {
    ledger.delivered(id);
    happenings.landed(id, shardId);
  }
  if (fresh.length === 0) return;
  rates.add('landed', fresh.length);
  ring.land(fresh);
  if (shardId) reader.nudge(shardId);
}

/** @param {import('../shard-reader.js').StreamRecord[]} records */
function read(records) {
  const decoder = new TextDecoder();
  for (const { data, shardId } of records) {
    const id = MESSAGE_ID.exec(decoder.decode(data))?.[1];
    if (id && ledger.read(id)) {
      ring.count(shardId);
      happenings.found(id, shardId);
    }
  }
}

function killed() {
  isKilled = true;
  traffic.dropped();
  ring.scatter();
  clearTimeout(estateTimer);
}

/** By now the outbox has told all it had; but while nothing gets out, it waits. */
function closeEstate() {
  const canTell = !find('#faults [name="offline"]').checked && stats.recordsBuffered === 0;
  if (canTell) ledger.closeEstate();
  else estateTimer = setTimeout(closeEstate, ESTATE_MS);
}

// ── what is shown ──

const charts = [
  new Chart(find('#chart-records'), {
    least: 10,
    series: [{ kind: 'area', name: 'landed', of: ({ landed }) => landed }, { kind: 'line', name: 'put', of: ({ put }) => put }],
    headline: (past) => `${past.at(-1).landed.toLocaleString('en')} / s`,
  }),
  new Chart(find('#chart-latency'), {
    least: 20,
    series: [{ kind: 'points', name: 'each', of: ({ latencies }) => sample(latencies) }, { kind: 'line', name: 'median', of: ({ latencies }) => (latencies.length ? quantile(latencies, 0.5) : undefined) }],
    headline: (past) => (past.some(({ latencies }) => latencies.length) ? `${Math.round(quantile(past.flatMap(({ latencies }) => latencies), 0.5))} ms` : '–'),
  }),
  new Chart(find('#chart-retries'), {
    least: 10,
    series: [{ kind: 'bars', name: 'retried', of: ({ retried }) => retried }],
    headline: (past) => `${past.reduce((sum, { retried }) => sum + retried, 0).toLocaleString('en')} / min`,
  }),
];

/** A bounded number of points, the slowest among them. */
function sample(latencies) {
  return latencies.length > 8 ? latencies.toSorted((a, b) => b - a).slice(0, 8) : latencies;
}

/** Numbers ten times a second, charts twice; nothing while the page is hidden. */
function beat(last = { numbers: 0, charts: 0, spoken: 0 }) {
  requestAnimationFrame((now) => {
    if (now - last.numbers >= SHOW_MS) {
      showNumbers();
      last.numbers = now;
    }
    if (now - last.charts >= CHARTS_MS) {
      const past = rates.past;
      for (const chart of charts) chart.show(past);
      ring.label();
      last.charts = now;
    }
    if (now - last.spoken >= SPOKEN_MS) {
      speak();
      last.spoken = now;
    }
    beat(last);
  });
}

function showNumbers() {
  const { put, delivered, waiting, lost, read: back, found, twice } = ledger.counts;
  const { requests, events } = traffic.inFlight;
  write('put', put);
  write('delivered', delivered);
  write('waiting', waiting);
  write('lost', lost);
  write('read', back);
  write('read-note', delivered > found ? `${(delivered - found).toLocaleString('en')} to find` : twice ? `all found, ${twice.toLocaleString('en')} twice` : 'all found');
  write('queued', Math.max(0, waiting - events));
  write('batched', traffic.perRequest ? traffic.perRequest.toFixed(traffic.perRequest < 10 ? 1 : 0) : '–');
  write('signed', traffic.requests);
  write('flying', events);
  write('flying-note', `in ${count(requests, 'request')}`);
  write('signed-name', way === 'straight' ? 'Signed' : 'Sent');
  write('landed', delivered);
  write('landed-note', LANDED[way]);
  ring.waiting(waiting);
  find('#share-delivered').style.transform = `scaleX(${put ? delivered / put : 0})`;
  find('.share').toggleAttribute('data-waiting', waiting > 0);
  find('#lost').toggleAttribute('data-bad', lost > 0);
  showNote();
}

const LANDED = { straight: 'on the shards', direct: 'by the collector', queue: 'in the queue' };

/** What is worth a sentence just now. */
function showNote() {
  const { left, missing } = ledger.estate;
  const hours = Math.round(stats.clockOffsetMs / 3_600_000);
  const notes = [
    find('#grave').hidden ? '' : `The shop’s script has ended. ${count(ledger.counts.waiting, 'event')} not yet delivered.`,
    isKilled && left && !missing ? `${count(left, 'event')} of the killed tab came back from its outbox.` : '',
    hours ? `Clock found wrong by ${hours} h, and corrected.` : '',
  ].filter(Boolean);
  write('note', notes[0] ?? 'Every dot is an event; its angle is its hash key.');
}

function speak() {
  const { put, delivered, waiting, lost } = ledger.counts;
  write('spoken', `${put} put, ${delivered} delivered, ${waiting} waiting, ${lost} lost`);
}

/** @param {any[]} shards */
function showShards(shards) {
  ring.show(shards);
  connected = `Connected · ${count(shards.filter(isOpen).length, 'shard')}`;
  reading();
}

/** What keeps the stream from being read, or nothing. @param {any} [error] */
function reading(error) {
  if (error) status('error', 'Reading interrupted');
  else status('connected', connected);
}

function status(state, text) {
  const region = find('#status');
  region.dataset.state = state;
  if (region.firstElementChild.textContent !== text) region.firstElementChild.textContent = text;
}
