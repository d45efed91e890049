/** The page: one connection at a time, and everything that shows it. */
import { hashKey, ready } from './kinesis-edge/browser.js';
import { clientFor, prefill, settingsIn, summary, watchBlocked } from './connection.js';
import { count, turn } from './format.js';
import { showLegend } from './legend.js';
import { hideProblem, showProblem } from './problem.js';
import { PutForm } from './put-form.js';
import { StreamReader } from './reader.js';
import { Ring } from './ring.js';
import { isOpen } from './shard.js';
import { Viewer } from './viewer.js';

const NEW_RECORD_MS = 10_000;
const ANIMATED_RECORDS_MAX = 60;

const find = (selector) => document.querySelector(selector);
const ring = new Ring(find('#ring'));
const viewer = new Viewer(document);
const putForm = new PutForm(document, { aim: (aim) => ring.aim(aim), stored });

/** @type {{ client: any, streamName: string, shards: any[], reader: StreamReader } | undefined} */
let session;
let connecting = new AbortController();
/** @type {string | undefined} */
let blockedOrigin;

start();

async function start() {
  watchBlocked(blocked);
  find('#connection-form').addEventListener('submit', (event) => {
    event.preventDefault();
    connect(settingsIn(event.currentTarget));
  });
  find('#pause').addEventListener('click', togglePause);
  try {
    await Promise.all([ready, prefill(find('#connection-form'))]);
  } catch (error) {
    status('error', 'wasm did not load');
    return showProblem(find('#problem'), error);
  }
  status('ready', 'wasm ready');
  if (find('#connection-form').checkValidity()) connect(settingsIn(find('#connection-form')));
  else find('#connection').open = true;
}

/** @param {import('./connection.js').Settings} settings */
async function connect(settings) {
  disconnect();
  const { signal } = (connecting = new AbortController());
  status('busy', 'Connecting');
  find('#connection-summary').textContent = summary(settings);
  try {
    const client = clientFor(settings);
    const { Shards } = await client.listShards({ StreamName: settings.streamName }, { abortSignal: signal });
    if (!signal.aborted) begin(client, settings, Shards);
  } catch (error) {
    if (!signal.aborted) refused(error);
  }
}

function disconnect() {
  connecting.abort();
  session?.reader.stop();
  session = undefined;
  blockedOrigin = undefined;
  hideProblem(find('#connection-problem'));
  putForm.connect();
  find('#pause').disabled = true;
  showPaused(false);
  ring.clear();
  viewer.clear();
  showShards([]);
  live('idle', 'not reading');
}

function begin(client, { streamName, start }, shards) {
  const reader = new StreamReader(client, streamName, { records: read, shards: resharded, problem });
  session = { client, streamName, shards, reader };
  putForm.connect(session);
  showShards(shards);
  find('#pause').disabled = false;
  problem();
  reader.follow(shards, start);
}

function refused(error) {
  status('error', 'Not connected');
  find('#connection').open = true;
  showProblem(find('#connection-problem'), blockedOrigin ? blockedProblem() : error);
}

/** The browser says this before or after `fetch` fails, as it likes. @param {string} origin */
function blocked(origin) {
  blockedOrigin = origin;
  if (!session) showProblem(find('#connection-problem'), blockedProblem());
}

function blockedProblem() {
  const message = `The page may not connect to ${blockedOrigin}: its Content-Security-Policy names AWS and the KINESIS_ENDPOINT that it is served with, nothing else.`;
  return { name: 'Blocked by the browser', message };
}

/** @param {import('./put-form.js').Stored[]} records */
function stored(records) {
  const arrival = new Date();
  ring.add(records.map(({ ShardId, SequenceNumber, PartitionKey, hashKey: key }) => (
    { id: `${ShardId}/${SequenceNumber}`, shardId: ShardId, hashKey: key, guessed: false, arrival, title: PartitionKey, isNew: true })));
  for (const shardId of new Set(records.map(({ ShardId }) => ShardId))) session?.reader.nudge(shardId);
  if (records.some(({ predicted, ShardId }) => predicted !== ShardId)) session?.reader.refresh();
}

/** @param {import('./shard-reader.js').StreamRecord[]} records */
function read(records) {
  viewer.add(records);
  ring.add(records.map((record) => placed(record, records.length <= ANIMATED_RECORDS_MAX)));
}

/** A partition key that does not belong to the record's shard was overruled by an explicit hash key, which is not read back. */
function placed({ id, shardId, partitionKey, arrival }, animated) {
  const range = session.shards.find(({ ShardId }) => ShardId === shardId)?.HashKeyRange;
  const key = BigInt(hashKey(partitionKey));
  const [first, last] = range ? [BigInt(range.StartingHashKey), BigInt(range.EndingHashKey)] : [key, key];
  const guessed = key < first || key > last;
  const isNew = animated && Date.now() - arrival.getTime() < NEW_RECORD_MS;
  return { id, shardId, hashKey: String(guessed ? (first + last) / 2n : key), guessed, arrival, title: partitionKey, isNew };
}

function resharded(shards) {
  session.shards = shards;
  showShards(shards);
  putForm.preview();
  problem();
}

/** @param {any[]} shards */
function showShards(shards) {
  const open = shards.filter(isOpen).sort((a, b) => turn(a.HashKeyRange.StartingHashKey) - turn(b.HashKeyRange.StartingHashKey));
  ring.show(open);
  showLegend(find('#legend'), shards);
  viewer.shards(shards);
}

/** What keeps the stream from being read, or nothing. @param {any} [error] */
function problem(error) {
  const open = session.shards.filter(isOpen).length;
  status(error ? 'error' : 'connected', error ? 'Interrupted' : `Connected · ${count(open, 'shard')}`);
  if (error) live('error', `Trying again: ${reported(error)}`);
  else showReading();
}

/** AWS's name for it where there is one. @param {any} error */
function reported({ name, message }) {
  return name === 'KinesisError' ? message : `${name}, ${message}`;
}

function togglePause() {
  showPaused(find('#pause').getAttribute('aria-pressed') !== 'true');
  session.reader.pause(isPaused());
  showReading();
}

function showPaused(paused) {
  find('#pause').setAttribute('aria-pressed', String(paused));
  find('#pause').textContent = paused ? 'Resume' : 'Pause';
}

function showReading() {
  if (isPaused()) live('idle', 'Paused');
  else live('live', 'Live');
}

function isPaused() {
  return find('#pause').getAttribute('aria-pressed') === 'true';
}

function status(state, text) {
  show(find('#status'), state, text);
}

function live(state, text) {
  show(find('#live'), state, text);
}

/** A live region is read out whenever it is written, so only a change is. */
function show(region, state, text) {
  region.dataset.state = state;
  if (region.firstElementChild.textContent !== text) region.firstElementChild.textContent = text;
}
