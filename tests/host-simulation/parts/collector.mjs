// Part: a collector in a Worker, straight to Kinesis or through a queue: requests that end and are cancelled, batches that are delivered again.
import { userRecordsOf } from '../host/aggregate.mjs';
import { anyRequest } from './faults.mjs';
import { Program } from './program.mjs';

export const name = 'collector';

export function planOf(dice, seed) {
  const isCalm = dice.chance(25);
  const badPercent = isCalm ? 0 : dice.one([5, 30]);
  const hasQueue = dice.chance(50);
  const plan = {
    part: name,
    seed,
    clockOffsetMs: 0,
    kinesis: { shards: dice.between(1, 3) },
    load: { isAtOnce: true, attempts: [] },
    requests: Array.from({ length: isCalm ? 0 : dice.between(0, 30) }, () => plain(anyRequest(dice, badPercent, false))),
    provider: [],
    queue: Array.from({ length: isCalm ? 0 : dice.between(0, 10) }, () => ({ isFailing: dice.chance(25), ms: dice.between(1, 500) })),
    options: { hasQueue, aggregation: dice.one(['off', 'key']), lingerMs: dice.one([5, 100]), recordTtlMs: dice.one([20_000, 300_000]), deliveryMsMax: dice.one([5000, 30_000]), bufferRecordsMax: dice.one([10, 100_000]) },
    actions: [],
  };
  if (!isCalm && dice.chance(15)) plan.requests.push(...anyOutage(dice));
  let serial = 1;
  const endMs = dice.one([300, 5000]);
  for (let id = dice.between(1, 10); id > 0; id -= 1) {
    const at = dice.between(0, endMs);
    const events = Array.from({ length: dice.between(1, 8) }, () => (dice.chance(6) ? undefined : serial++));
    plan.actions.push({ at, do: 'post', id, events, isLines: dice.chance(50), visitor: `visitor ${dice.between(1, 3)}` });
    if (dice.chance(15)) plan.actions.push({ at: at + dice.between(0, 2000), do: 'cancel', id });
  }
  if (hasQueue) for (let count = dice.between(0, 2); count > 0; count -= 1) plan.actions.push({ at: dice.between(0, endMs + 5000), do: 'cancelBatch' });
  plan.actions.sort((one, other) => one.at - other.at);
  return plan;
}

/** Kinesis cannot be reached for longer than a record lives. */
function anyOutage(dice) {
  const fault = dice.one([{ kind: 'lost' }, { kind: 'page', status: 503 }, { kind: 'refused', code: 'InternalFailure', status: 500 }]);
  return Array.from({ length: dice.between(20, 200) }, () => ({ ...fault, latencyMs: dice.between(1, 150) }));
}

function plain({ reenters: _, ...request }) {
  return request;
}

export function run(world) {
  const collector = new Worker(world);
  world.runActions((action) => collector.act(action));
  collector.finish();
}

class Worker {
  #world;
  #program;
  /** Events by their serials. */
  #events = new Map();
  #scopes = new Map();
  /** Messages of the queue that are not acknowledged, by number. */
  #messages = new Map();
  #messageCount = 0;
  #sendCount = 0;
  #batchCount = 0;

  constructor(world) {
    this.#world = world;
    const { plan, kinesis, witness } = world;
    witness.reasons = new Set();
    witness.stored = (_, { entries = [], placed = [] }) => {
      for (const { index } of placed) for (const { data, partitionKey } of userRecordsOf(entries[index].Data, entries[index].PartitionKey)) this.#stored(data.toString(), partitionKey);
    };
    const host = {
      sendBatch: (bodies) => this.#sendBatch(bodies),
      responds: (id, status, text) => this.#responds(id, status, JSON.parse(text)),
      goesOn: (id) => this.#program.realm.scope?.id === id || world.violate(`request ${id} goes on in the name of request ${this.#program.realm.scope?.id}`),
      ends: (id) => void world.scheduler.after(0, () => this.#end(id, 'ends')),
      ack: (number) => this.#ack(number),
      retry: (number) => this.#retry(number),
    };
    this.#program = new Program(world, { name: 'worker', userAgent: 'Cloudflare-Workers', program: 'CollectorProgram', host });
    const { expiration: _, ...credentials } = kinesis.issue('collector');
    this.#program.realm.turn('open', () => this.#program.program.open({ ...plan.options, credentials }));
  }

  act(action) {
    if (!this.#world.violation) this[`_${action.do}`](action);
  }

  _post({ id, events, isLines, visitor }) {
    const values = events.map((serial) => (serial === undefined ? 'no event' : this.#make(serial, visitor, id)));
    const texts = values.map((value) => JSON.stringify(value));
    const text = isLines ? texts.join('\n') : `[${texts}]`;
    this.#world.say(`request ${id} brings ${events.map((serial) => serial ?? 'no event')}`);
    const scope = this.#begin(id, { events });
    this.#program.realm.turn('a request', () => void this.#program.program.serve({ id, text, type: isLines ? 'application/x-ndjson' : 'application/json' }), scope);
  }

  _cancel({ id }) {
    this.#end(id, 'is cancelled');
  }

  /** The batch of the queue that is being consumed ends at once: its isolate is gone, say. */
  _cancelBatch() {
    for (const { id, messages, isEnded } of this.#scopes.values()) if (messages && !isEnded) this.#end(id, 'is cancelled');
  }

  #make(serial, visitor, id) {
    const event = { type: 'track', event: 'event', messageId: `m${serial}`, anonymousId: visitor, timestamp: new Date(this.#world.scheduler.now).toISOString(), properties: { serial, text: 'é"' } };
    this.#events.set(serial, { serial, visitor, request: id, stored: 0 });
    return event;
  }

  #begin(id, details) {
    const scope = { id, isEnded: false, at: this.#world.scheduler.now, ...details };
    this.#scopes.set(id, scope);
    return scope;
  }

  #end(id, why) {
    const scope = this.#scopes.get(id);
    if (!scope || scope.isEnded) return;
    this.#world.say(`${scope.messages ? 'batch' : 'request'} ${id} ${why}`);
    scope.isEnded = true;
    scope.wasCancelled = why !== 'ends';
    this.#world.network.endScope(scope);
    for (const number of scope.messages ?? []) {
      const message = this.#messages.get(number);
      if (message && why === 'ends' && !message.isReturned) this.#world.violate(`message ${number} is neither acknowledged nor returned`);
      if (!message) continue;
      message.isOut = false;
      this.#deliverLater(message, 1000);
    }
  }

  #responds(id, status, answer) {
    const { events } = this.#scopes.get(id);
    this.#world.say(`request ${id} is answered with ${status}: ${JSON.stringify(answer).slice(0, 160)}`);
    const good = events.filter((serial) => serial !== undefined);
    if (status === 503) return;
    if (status !== 202) {
      if (good.length > 0) this.#world.violate(`request ${id} is answered with ${status}: ${JSON.stringify(answer)}`);
      return;
    }
    const refused = events.flatMap((serial, index) => (serial === undefined ? [index] : []));
    if (answer.accepted !== good.length || answer.refused.map(({ index }) => index).join() !== refused.join()) this.#world.violate(`request ${id}: ${good.length} events are answered with ${JSON.stringify(answer)}`);
    for (const serial of good) this.#events.get(serial).isAccepted = true;
  }

  #stored(text, partitionKey) {
    if (!text.endsWith('\n')) this.#world.violate('an event that does not end its line');
    const { properties, anonymousId, messageId } = JSON.parse(text);
    const event = this.#events.get(properties.serial);
    if (!event || properties.text !== 'é"' || messageId !== `m${event.serial}` || anonymousId !== event.visitor) return this.#world.violate(`an event that nobody has sent: ${text}`);
    if (partitionKey !== event.visitor) this.#world.violate(`event ${event.serial} has the partition key ${partitionKey}`);
    event.stored += 1;
    return undefined;
  }

  // ── the queue ──

  #sendBatch(bodies) {
    const { scope } = this.#program.realm;
    const { isFailing = false, ms = 5 } = this.#world.plan.queue[this.#sendCount] ?? {};
    this.#sendCount += 1;
    this.#world.say(`the queue gets ${bodies.length} messages${isFailing ? ', and fails' : ''}`);
    return this.#program.realm.edge.promiseOf((resolve, reject) =>
      this.#program.realm.later(ms, 'the queue', () => {
        if (isFailing) return reject(this.#program.realm.inner.errorOf('Error', 'the queue is full'));
        for (const body of bodies) this.#add(body);
        resolve();
      }, scope),
    );
  }

  #add(body) {
    const message = { number: (this.#messageCount += 1), body, attempts: 0 };
    this.#messages.set(message.number, message);
    this.#deliverLater(message, this.#world.chance.between(10, 1000));
  }

  #deliverLater(message, ms) {
    this.#world.scheduler.after(ms, () => this.#deliver(message));
  }

  #deliver(first) {
    if (first.isOut || !this.#messages.has(first.number)) return;
    const batch = [...this.#messages.values()].filter((message) => message === first || !(message.isOut || message.attempts > 0)).slice(0, 10);
    const id = 100_000 + (this.#batchCount += 1);
    for (const message of batch) {
      message.attempts += 1;
      message.isOut = true;
      message.isReturned = false;
    }
    this.#world.say(`batch ${id} has the messages ${batch.map(({ number }) => number)}`);
    const scope = this.#begin(id, { messages: batch.map(({ number }) => number) });
    const messages = batch.map(({ number, body, attempts }) => ({ number, body, attempts }));
    this.#program.realm.turn('a batch', () => void this.#program.program.consume({ id, messages }), scope);
  }

  #ack(number) {
    const message = this.#messages.get(number);
    if (!message) return this.#world.violate(`message ${number} is acknowledged twice`);
    for (const [, serial] of message.body.matchAll(/"serial":(\d+)/g)) if (this.#events.get(Number(serial)).stored === 0) this.#world.violate(`message ${number} is acknowledged, and event ${serial} is not stored`);
    this.#messages.delete(number);
    return undefined;
  }

  #retry(number) {
    const message = this.#messages.get(number);
    if (!message) return this.#world.violate(`message ${number} is returned after it was acknowledged`);
    message.isReturned = true;
    message.isOut = false;
    return undefined;
  }

  finish() {
    const world = this.#world;
    const { scheduler, plan } = world;
    const isOver = () => [...this.#scopes.values()].every(({ isEnded }) => isEnded) && this.#messages.size === 0;
    world.runUntil(scheduler.now + END_MS, isOver);
    for (const { id, isEnded } of this.#scopes.values()) if (!isEnded) world.violate(`request ${id} does not end`);
    if (this.#messages.size > 0) world.violate(`${this.#messages.size} messages stay in the queue`);
    const isQuiet = plan.requests.every(({ kind, latencyMs, isCut, isShort }) => kind === 'ok' && latencyMs < 4000 && !isCut && !isShort) && !plan.actions.some((action) => action.do === 'cancel');
    for (const { serial, isAccepted, stored } of this.#events.values()) {
      if (isAccepted && stored === 0 && (plan.options.hasQueue || isQuiet)) world.violate(`event ${serial} was accepted, and is not stored`);
    }
  }
}

const END_MS = 60 * 60_000;
