/** The page: a shop in a window, what is made to go wrong, and beside it what becomes of its events. */
import { ready } from '../kinesis-edge/browser.js';
import { clientFor, configuration, watchBlocked } from '../connection.js';
import { count, number } from '../format.js';
import { hideProblem, showProblem } from '../problem.js';
import { StreamReader } from '../reader.js';
import { isOpen } from '../shard.js';
import { Board } from './board.js';
import { Faults } from './faults.js';
import { EventList } from './event-list.js';
import { EventStates } from './event-states.js';
import { ShopActivity } from './shop-activity.js';
import { Rates } from './rates.js';
import { LiveRing } from './ring.js';
import { ShopWindow } from './shop-window.js';
import { Traffic } from './traffic.js';

const RUSH = { perSecond: 500, seconds: 6 };
const NO_STREAM = 'This page is served without keys for a stream. On your machine “npm start” brings a stream and keys. With keys of your own you can put records by hand: see Records.';

const find = (selector) => document.querySelector(selector);
const findAll = (selector) => Array.from(document.querySelectorAll(selector));
const places = { eventStates: new EventStates(), rates: new Rates(), traffic: new Traffic(), ring: new LiveRing(find('#ring')), eventList: new EventList(find('#events'), find('#nothing')) };
const activity = new ShopActivity(places, { stored: (shardId) => reader.nudge(shardId), rush: showRush, error: trackerError, isBroken: () => switchedOn().size > 0 });
const board = new Board(document, places, () => ({ way, isDead: isDead(), isOffline: isOffline(), wasKilled, clockOffsetMs: activity.stats.clockOffsetMs }));
/** Each visit has keys of its own: the embedded Kinesis takes any, and does to each what was asked for it. */
const visit = crypto.randomUUID().slice(0, 8).toUpperCase();

/** @type {ShopWindow} */
let shop;
/** @type {Faults} */
let faults;
/** @type {StreamReader} */
let reader;
/** @type {any} */
let settings;
let way = 'straight';
let wasKilled = false;
let connected = '';
/** What keeps the stream from being read. @type {any} */
let readingError;

start().catch((error) => {
  status('error', 'Not connected');
  showProblem(find('#absent'), error);
});

async function start() {
  watchBlocked((origin) => showProblem(find('#problem'), { name: 'Blocked by the browser', message: `The page may not connect to ${origin}: its Content-Security-Policy does not name it.` }));
  settings = await configuration();
  await ready;
  if (!settings.streamName || !settings.credentials) throw Object.assign(new Error(NO_STREAM), { name: 'No stream to write to' });
  await startReading(settings);
  faults = new Faults(settings.endpoint, keyFor(way));
  shop = new ShopWindow(find('#shop'), find('#grave'), { channel: `shop-${visit}`, accessKeyId: keyFor(way), way, isOffline: false }, { message, killed });
  shop.open();
  listen();
  board.run();
}

/** In place before the first event is put, so that it misses none. */
async function startReading({ region, streamName, endpoint, credentials }) {
  const accessKeyId = endpoint ? `READER${visit}` : credentials.accessKeyId;
  const client = clientFor({ region, endpoint: endpoint ?? '', ...credentials, accessKeyId, sessionToken: '' });
  const { Shards } = await client.listShards({ StreamName: streamName });
  reader = new StreamReader(client, streamName, { records: (records) => activity.read(records), shards: showShards, problem: reading });
  showShards(Shards);
  await reader.follow(Shards, 'LATEST');
}

/** Whose requests faults are to meet: the shop's own, or those of the collector. @param {string} out */
function keyFor(out) {
  return out === 'straight' && settings.endpoint ? `SHOP${visit}` : settings.credentials.accessKeyId;
}

// ── what the visitor asks for ──

function listen() {
  find('#kill').addEventListener('click', () => shop.kill());
  find('#rush').addEventListener('click', rush);
  for (const type of ['online', 'offline']) addEventListener(type, showStatus);
  for (const selector of ['#kill', '#rush']) find(selector).disabled = false;
  find('#faults').addEventListener('change', ({ target }) => {
    if (target.name === 'offline') switchOffline(target.checked);
    else applyFaults();
  });
  for (const input of findAll('#faults input')) input.disabled = input.name !== 'offline' && !faults.isPossible;
  offerWays((settings.collectors ?? []).map(({ mode }) => mode));
}

/** @param {string[]} modes of the collectors that there are */
function offerWays(modes) {
  for (const input of findAll('[name="way"]')) input.disabled = input.value !== 'straight' && !modes.includes(input.value);
  find('#ways').hidden = modes.length === 0;
  find('#ways').addEventListener('change', ({ target }) => {
    way = target.value;
    wasKilled = false;
    faults.aim(keyFor(way));
    applyFaults();
    places.ring.showWay(way);
    shop.change({ way, accessKeyId: keyFor(way) });
    showRush({ secondsLeft: 0 });
  });
}

/** @param {boolean} isOff */
function switchOffline(isOff) {
  shop.offline(isOff);
  showStatus();
}

/** One rush hour at a time. It begins when the shop is open. */
function rush() {
  if (find('#rush').hasAttribute('data-running')) return;
  showRush({ secondsLeft: RUSH.seconds });
  shop.rush(RUSH.perSecond, RUSH.seconds);
}

/** @param {{ secondsLeft: number }} rush */
function showRush({ secondsLeft }) {
  const isOn = secondsLeft > 0;
  find('#rush').setAttribute('aria-disabled', String(isOn));
  find('#rush').toggleAttribute('data-running', isOn);
  find('#rush').style.setProperty('--left', String(Math.min(1, secondsLeft / RUSH.seconds)));
  find('#rush b').textContent = isOn ? 'Rush hour is on' : 'Rush hour';
  find('#rush span').textContent = isOn ? `${number(secondsLeft)} s left` : `${number(RUSH.perSecond)} events a second`;
}

function switchedOn() {
  return new Set(findAll('#faults input:checked').map(({ name }) => name));
}

function applyFaults() {
  faults.want(switchedOn()).then(() => hideProblem(find('#problem')), (error) => showProblem(find('#problem'), error));
}

/** @param {any} received from the shop */
function message(received) {
  activity.handle(received);
  if (received.type === 'opened') showStatus();
}

function killed() {
  wasKilled = true;
  activity.killed();
  showRush({ secondsLeft: 0 });
  showStatus();
}


// ── how the connection is ──

function trackerError({ code, message }) {
  showProblem(find('#problem'), { name: 'The tracker reports', code, message });
}

/** @param {any[]} shards */
function showShards(shards) {
  places.ring.show(shards);
  connected = `Connected · ${count(shards.filter(isOpen).length, 'shard')}`;
  reading();
}

/** What keeps the stream from being read, or nothing. @param {any} [error] */
function reading(error) {
  readingError = error;
  showStatus();
}

/** Green only while the shop runs, its requests get out, and the stream is read. */
function showStatus() {
  if (isDead()) status('error', 'Tab killed');
  else if (isOffline()) status('error', 'Offline');
  else if (readingError) status('error', 'Reading interrupted');
  else status('connected', connected);
}

function isDead() {
  return !find('#grave').hidden;
}

/** Really, or as the switch makes the shop. */
function isOffline() {
  return !navigator.onLine || find('[name="offline"]').checked;
}

/** A live region is read out whenever it is written, so only a change is. */
function status(state, text) {
  const region = find('#status');
  region.dataset.state = state;
  if (region.firstElementChild.textContent !== text) region.firstElementChild.textContent = text;
}
