// The outside of the program in a realm (`realm/producer-program.js`): what it is to do, and what it reports.
import { Realm } from '../host/realm.mjs';
import { checkFailure, checkResult } from './calls.mjs';
import { Connection } from './connection.mjs';
import { Provider } from './provider.mjs';
import { makeData } from './records.mjs';

export class Program {
  /** Flushes, calls and closes that are not done, by id. */
  open = new Map();
  lastStats = new Map();
  #world;
  #connection;
  #provider;
  #reported = new Map();
  #made = new Set();
  /** Scopes of Durable Objects, by their names. */
  #objects = new Map();
  /** Requests of a Worker that have ended, by id. */
  #answered = new Set();
  /** When each request of a Worker came and was over, if it is over, and how long its own code sleeps. */
  requestTimes = new Map();
  #clients = new Set();
  #closed = new Set();

  constructor(world, options = {}) {
    this.#world = world;
    const { plan } = world;
    this.realm = new Realm(world, { name: 'page', clockOffsetMs: plan.clockOffsetMs, fetch: (_, url, init, readers) => this.#connection.fetch(url, init, readers), ...options });
    this.realm.reenter = (what) => this.program.reenter(what);
    world.realms.push(this.realm);
    this.#provider = new Provider(world, this.realm);
    this.#connection = new Connection(world, this.realm);
    this.hasLateLoad = !this.#connection.load(options.load ?? plan.load);
    this.realm.turn('the program starts', () => (this.program = new this.realm.edge[options.program ?? 'ProducerProgram']({ ...this.#host(), ...options.host })));
  }

  get name() {
    return this.realm.name;
  }

  get isOffline() {
    return this.#connection.isOffline;
  }

  /** Does one action of a plan, in a turn of its own. */
  act(action) {
    if (this.realm.isDead || this.#world.violation) return;
    const { do: what } = action;
    const user = action.producer ?? action.client;
    if (user !== undefined && !this.#made.has(user)) return;
    if (what !== 'put') this.#world.say(`${this.name} ${what} ${JSON.stringify({ ...action, do: undefined, at: undefined, records: action.records?.length })}`);
    this[`_${what}`](action);
  }

  _make(options) {
    const { do: _, at, keys, isInModuleScope = false, ...rest } = options;
    const credentials = rest.isStatic ? this.#world.kinesis.issue(rest.name) : undefined;
    const { witness } = this.#world;
    this.#made.add(rest.name);
    if (rest.isClient) this.#clients.add(rest.name);
    witness.inFlightMax ??= new Map();
    if (!rest.isClient) witness.inFlightMax.set(rest.name, rest.requestsInFlightMax ?? 4);
    this.realm.isModuleScope = isInModuleScope;
    this.realm.turn('make', () => this.program.make({ ...rest, region: 'us-east-1', ...(credentials && { credentials: withDate(credentials) }) }));
    this.realm.isModuleScope = false;
  }

  _put({ producer, serial, key, awaits, isReused, refusal, ...form }) {
    const put = this.#record(producer, serial, key, form, refusal !== undefined);
    this.realm.turn('put', () => this.program.put({ ...put, awaits, isReused, refusal }));
  }

  /** Many records in one turn. */
  _puts({ producer, first, count, key, hasKeys, ...form }) {
    const puts = Array.from({ length: count }, (_, index) => this.#record(producer, first + index, hasKeys ? `k${first + index}` : key, form));
    this.realm.turn('puts', () => puts.forEach((put) => this.program.put(put)));
  }

  /** A request of a Worker: a scope of its own, in which everything that it starts runs. */
  _serve({ producer, id, steps = [], object }) {
    const { witness } = this.#world;
    const scope = this.#scopeOf(id, object);
    (this.scopes ??= new Map()).set(id, scope);
    this.requestTimes.set(id, { at: this.#world.scheduler.now, sleepsMs: steps.reduce((sum, { ms = 0 }) => sum + ms, 0), respondedAt: undefined });
    this.#provider.isAskedByRequests = true;
    const made = steps.map((step) => {
      if (step.do !== 'put') return step;
      const { serial, key, awaits, do: _, ...form } = step;
      const put = { ...this.#record(producer, serial, key, form), do: 'put', awaits };
      witness.records.get(serial).scope = scope;
      scope.serials.push(serial);
      return put;
    });
    this.realm.turn('a request', () => void this.program.serve({ id, producer, steps: made }).catch(() => {}), scope);
  }

  /** The requests of a Durable Object share its scope, which lasts until the object is evicted. */
  #scopeOf(id, object) {
    const begin = () => ({ id, object, isEnded: false, serials: [] });
    if (object === undefined) return begin();
    if (this.#objects.get(object)?.isEnded !== false) this.#objects.set(object, begin());
    return this.#objects.get(object);
  }

  /** The object leaves the memory, and takes with it what its requests have started. */
  _evict({ object }) {
    const scope = this.#objects.get(object);
    if (scope) this.#endScope(scope, `${object} is evicted`);
  }

  /** The request ends, by itself or because its client has gone. That of an object lets the object go on. */
  endScope(id, why) {
    const scope = this.scopes?.get(id);
    if (!scope || scope.isEnded || this.#answered.has(id)) return;
    this.#answered.add(id);
    this.requestTimes.get(id).respondedAt = this.#world.scheduler.now;
    if (scope.object === undefined) this.#endScope(scope, `request ${id} ${why}`);
    else this.#world.say(`request ${id} of ${scope.object} ${why}`);
  }

  /** Whether a request of a Worker is over. */
  isOver(id) {
    return this.#answered.has(id) || this.scopes.get(id).isEnded;
  }

  #endScope(scope, what) {
    if (scope.isEnded) return;
    this.#world.say(what);
    scope.isEnded = true;
    this.#world.network.endScope(scope);
    this.#provider.forget();
    for (const record of this.#world.witness.records.values()) if (record.scope === scope && record.state === 'open') record.state = 'gone';
  }

  _cancel({ id }) {
    this.endScope(id, 'is cancelled');
  }

  _flush({ producer, keepalive }) {
    const id = this.#begin('flush', { producer, records: this.#openOf(producer) });
    this.realm.turn('flush', () => this.program.flush({ producer, id, keepalive }));
  }

  _ready({ producer }) {
    const id = this.#begin('ready', { producer });
    this.realm.turn('ready', () => this.program.ready({ producer, id }));
  }

  _close({ producer }) {
    const id = this.#begin('close', { producer });
    this.#closed.add(producer);
    this.realm.turn('close', () => this.program.close({ producer, id }));
  }

  _stats({ producer }) {
    this.realm.turn('stats', () => this.program.stats({ producer }));
  }

  _call({ client, operation, records, abortMs, isReused }) {
    const made = records?.map(({ serial, key, ...form }) => ({ key, ...this.#record(client, serial, key, form) }));
    const id = this.#begin('call', { client, operation, abortMs, serials: records?.map(({ serial }) => serial) ?? [] });
    this.realm.turn('call', () => this.program.call({ client, id, operation, records: made, abortMs, isReused }));
  }

  _connection({ isOnline, isTold }) {
    this.#connection.isOffline = !isOnline;
    if (!isTold) return;
    this.realm.globals.navigator.onLine = isOnline;
    this.realm.dispatch({ type: isOnline ? 'online' : 'offline' });
  }

  /** What the host says, whatever is true. */
  _navigator({ isOnline }) {
    this.realm.globals.navigator.onLine = isOnline;
    this.realm.dispatch({ type: isOnline ? 'online' : 'offline' });
  }

  _clock({ ms }) {
    this.realm.clockOffsetMs += ms;
  }

  _trap({ calls }) {
    this.hasTrapped = true;
    this.#world.witness.allowsRepeats = true;
    this.realm.turn('a trap is set', () => {
      try {
        this.realm.edge.trapAfter(calls);
      } catch {
        // The module is not loaded yet: there is nothing to trap.
      }
    });
  }

  /** Begins something of the program, which reports by its id when it is done. */
  begin(what) {
    const id = this.#begin(what, {});
    if (what === 'close') this.wasClosed ??= this.#world.scheduler.now;
    this.realm.turn(what, () => this.program[what]({ id }));
  }

  done(id) {
    this.#world.say(`${this.name} ${this.#end(id).kind} is done`);
  }

  #record(owner, serial, key, form, isRefused = false) {
    const { data, bytes, isBad = isRefused } = makeData(serial, owner, form);
    const record = this.#world.witness.put(serial, { owner, bytes, key, isBad });
    this.#world.say(`${this.name} put ${serial} to ${owner}: ${form.form ?? 'text'}, ${bytes.length} bytes${key === undefined ? '' : `, key ${key}`}${isBad ? ', refused' : ''}`);
    record.instance = this.instance;
    record.realm = this.realm;
    // A producer that is closed takes no more.
    record.isRefused = this.#closed.has(owner);
    return { producer: owner, serial, data, key };
  }

  #openOf(owner) {
    return this.#world.witness.open().filter((record) => record.owner === owner && record.realm === this.realm && !record.isBad);
  }

  #begin(kind, details) {
    const id = this.open.size + (this.#reported.size + 1) * 1000;
    this.#reported.set(id, kind);
    this.open.set(id, { kind, at: this.#world.scheduler.now, instance: this.instance, ...details });
    return id;
  }

  #end(id) {
    const done = this.open.get(id);
    if (!done) this.#world.violate(`${this.#reported.get(id)} ${id} ends twice`);
    this.open.delete(id);
    return done ?? {};
  }

  #host() {
    const world = this.#world;
    const { witness } = world;
    return {
      goesOn: (id, step) => {
        if (this.realm.scope !== this.scopes.get(id)) world.violate(`request ${id} goes on after ${step} in the name of request ${this.realm.scope?.id}`);
      },
      flushedIn: (id, delivered, failed) => world.say(`request ${id} has flushed: delivered ${delivered}, failed ${failed}`),
      responds: (id) => world.say(`request ${id} responds`),
      // Not within the turn, whose microtasks are still its own.
      ends: (id) => void world.scheduler.after(0, () => this.endScope(id, 'ends')),
      after: (ms, work) => void this.realm.later(ms, 'the program', work),
      notMade: (name, error) => world.violate(`${name} could not be made: ${error.code}: ${error.message}`),
      resolved: (serial, shardId, sequenceNumber, attempts) => witness.resolved(serial, { shardId, sequenceNumber, attempts }),
      rejected: (serial, error) => this.#rejected(serial, error),
      flushed: (id, delivered, failed) => this.#flushed(id, delivered, failed),
      flushFailed: (id, error) => {
        const { kind } = this.#end(id);
        witness.checkError(error);
        world.violate(`${kind} rejects: ${error.code}: ${error.message}`);
      },
      ready: (id) => void this.#end(id),
      closed: (id) => {
        const { producer } = this.#end(id);
        world.say(`${this.name} ${producer} is closed`);
      },
      stats: (producer, stats) => this.#checkStats(producer, stats),
      statsFailed: (producer, error) => this.hasTrapped || world.violate(`stats of ${producer} fail: ${error.code}: ${error.message}`),
      called: (id, result, listeners) => checkResult(world, this, this.#end(id), JSON.parse(result), listeners),
      callFailed: (id, error, listeners) => checkFailure(world, this, this.#end(id), error, listeners),
      onError: (name, error) => this.#noteError(name, error),
      ask: (name) => this.#provider.ask(name),
      answered: (name, number) => this.#provider.answered(name, number),
      nextRecord: (owner) => this.#record(owner, (this.nextSerial = (this.nextSerial ?? 100_000) + 1), undefined, { form: 'text', length: 5 }),
    };
  }

  #rejected(serial, error) {
    const { witness } = this.#world;
    const isCore = error.code === 'ERR_CORE' && !this.hasLateLoad;
    if (isCore && witness.records.get(serial).instance === this.instance) this.#world.violate(`record ${serial} fails, and no trap has happened since its put: ${error.message}`);
    witness.rejected(serial, error);
  }

  /** What the host itself still does for the program: requests that have no end yet, and calls that wait for a provider. */
  get waiting() {
    const requests = this.#world.network.requests.filter(({ realm, endedAt }) => realm === this.realm && endedAt === undefined).length;
    // Each call that waits for an answer of the provider has a timer of its own.
    const calls = [...this.open.values()].filter(({ kind }) => kind === 'call').length;
    return requests + calls;
  }

  get loadsInProgress() {
    return this.#connection.loadsInProgress;
  }

  #flushed(id, delivered, failed) {
    const { producer, records } = this.#end(id);
    this.#world.say(`${this.name} flush of ${producer}: delivered ${delivered}, failed ${failed}`);
    // Its records have settled, whoever looks at their promises.
    const seen = records.filter(({ serial, isBad }) => !isBad && !this.looksLate?.has(serial));
    for (const { serial, state } of seen) if (state === 'open') this.#world.violate(`a flush ends before record ${serial}`);
    if (!this.hasTrapped && !this.hasLateLoad && !this.hasOutbox && delivered + failed < seen.length - this.#refusedOf(seen)) this.#world.violate(`a flush of ${seen.length} records counts ${delivered} and ${failed}`);
  }

  #refusedOf(records) {
    return records.filter(({ error }) => error && isRefusal(error)).length;
  }

  #checkStats(producer, stats) {
    const { recordsPut, recordsDelivered, recordsFailed, recordsBuffered, bytesBuffered } = stats;
    const say = (problem) => this.#world.violate(`stats of ${producer}: ${problem}: ${JSON.stringify(stats)}`);
    if (recordsPut !== recordsDelivered + recordsFailed + recordsBuffered) say('they do not add up');
    if (recordsBuffered < 0 || bytesBuffered < 0) say('less than nothing is buffered');
    const last = this.lastStats.get(producer);
    // What comes again from an outbox after a trap is counted again then.
    const kept = this.hasTrapped ? ['recordsDelivered', 'requests', 'requestsFailed', 'bytesSent'] : ['recordsPut', 'recordsDelivered', 'recordsFailed', 'requests', 'bytesSent'];
    if (last) for (const name of kept) if (stats[name] < last[name]) say(`${name} was ${last[name]} before`);
    this.lastStats.set(producer, stats);
  }

  /** How many traps there were. */
  get instance() {
    return this.realm.edge.wholeModule.instanceNumber;
  }

  #noteError(name, error) {
    const { witness } = this.#world;
    this.#world.say(`${this.name} onError of ${name}: ${error.code}: ${error.message}`);
    witness.checkError(error);
    // In the part with an outbox each record has a key of its own.
    const named = this.hasOutbox && witness.records.get(Number(error.partitionKey?.slice(1)));
    if (named) named.isReported = true;
    const reported = (this.reportedErrors ??= new Map());
    const key = `${name} ${error.code}`;
    reported.set(key, (reported.get(key) ?? 0) + 1);
  }

}

function withDate({ expiration, ...keys }) {
  return keys;
}

/** Whether a record was refused by `put` itself: no core has had it. */
export function isRefusal({ code, message }) {
  return REFUSALS.has(code) || /was replaced: unreachable/.test(message);
}

const REFUSALS = new Set(['ERR_INVALID_ARGUMENT', 'ERR_RECORD_TOO_LARGE', 'ERR_BUFFER_FULL', 'ERR_CLOSED']);
