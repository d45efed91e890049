// The outside of the program in a realm (`realm/producer-program.js`): what it is told to do, and what it reports.
import { Realm } from '../host/realm.mjs';
import { makeData } from './records.mjs';

const MODULE_URL = 'https://page.example/kinesis-edge/kinesis-edge.wasm';

export class Program {
  /** Flushes, calls and closes that are not done, by id. */
  open = new Map();
  lastStats = new Map();
  #world;
  #asks = new Map();
  #askNumber = 0;
  #loadNumber = 0;
  #reported = new Map();
  #made = new Set();
  #closed = new Set();

  constructor(world, options = {}) {
    this.#world = world;
    const { plan } = world;
    this.realm = new Realm(world, { name: 'page', clockOffsetMs: plan.clockOffsetMs, fetch: (realm, url, init, readers) => this.#fetch(url, init, readers), ...options });
    this.realm.reenter = (what) => this.program.reenter(what);
    world.realms.push(this.realm);
    this.#load();
    this.realm.turn('the program starts', () => (this.program = new this.realm.edge[options.program ?? 'ProducerProgram']({ ...this.#host(), ...options.host })));
  }

  get name() {
    return this.realm.name;
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
    const { do: _, at, keys, ...rest } = options;
    const credentials = rest.isStatic ? this.#world.kinesis.issue(rest.name) : undefined;
    const { witness } = this.#world;
    this.#made.add(rest.name);
    witness.inFlightMax ??= new Map();
    if (!rest.isClient) witness.inFlightMax.set(rest.name, rest.requestsInFlightMax ?? 4);
    this.realm.turn('make', () => this.program.make({ ...rest, region: 'us-east-1', ...(credentials && { credentials: withDate(credentials) }) }));
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
  _serve({ producer, id, steps = [] }) {
    const { witness, scheduler } = this.#world;
    const scope = { id, isEnded: false, at: scheduler.now, serials: [], sleepsMs: steps.reduce((sum, { ms = 0 }) => sum + ms, 0) };
    (this.scopes ??= new Map()).set(id, scope);
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

  /** The request ends, by itself or because its client has gone. */
  endScope(id, why) {
    const scope = this.scopes?.get(id);
    if (!scope || scope.isEnded) return;
    this.#world.say(`request ${id} ${why}`);
    scope.isEnded = true;
    scope.endedAt = this.#world.scheduler.now;
    this.#world.network.endScope(scope);
    this.#asks.clear();
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
    this.isOffline = !isOnline;
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

  /** Begins something of the program that is told by its id when it is done. */
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
        if (this.realm.scope?.id !== id) world.violate(`request ${id} goes on after ${step} in the name of request ${this.realm.scope?.id}`);
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
      called: (id, result, listeners) => this.#called(id, JSON.parse(result), listeners),
      callFailed: (id, error, listeners) => this.#callFailed(id, error, listeners),
      onError: (name, error) => this.#hear(name, error),
      ask: (name) => this.#ask(name),
      answered: (name, number) => this.#asks.get(name)?.delete(number),
      nextRecord: (owner) => this.#record(owner, (this.nextSerial = (this.nextSerial ?? 100_000) + 1), undefined, { form: 'text', length: 5 }),
    };
  }

  #rejected(serial, error) {
    const { witness } = this.#world;
    const isCore = error.code === 'ERR_CORE' && !this.hasLateLoad;
    if (isCore && witness.records.get(serial).instance === this.instance) this.#world.violate(`record ${serial} fails, and no trap has happened since its put: ${error.message}`);
    witness.rejected(serial, error);
  }

  /** What the host itself still does for the program: requests that have no end yet, and questions to a provider. */
  get waiting() {
    const requests = this.#world.network.requests.filter(({ realm, endedAt }) => realm === this.realm && endedAt === undefined).length;
    // Each call that waits for an answer of the provider has a timer of its own.
    return [...this.#asks.values()].some(({ size }) => size > 0) ? Infinity : requests;
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
    // What a core has counted since its last report is lost with it.
    const kept = this.hasTrapped ? ['recordsDelivered'] : ['recordsPut', 'recordsDelivered', 'recordsFailed', 'requests', 'bytesSent'];
    if (last) for (const name of kept) if (stats[name] < last[name]) say(`${name} was ${last[name]} before`);
    this.lastStats.set(producer, stats);
  }

  #called(id, result, listeners) {
    const { operation, serials, client, abortMs, at } = this.#end(id);
    this.#checkAbort(operation, at, abortMs);
    const { witness } = this.#world;
    this.#world.say(`${this.name} ${client} ${operation}: ${JSON.stringify(result).slice(0, 160)}`);
    if (listeners > 0) this.#world.violate(`${operation} leaves ${listeners} listeners at its signal`);
    const entries = operation === 'putRecord' ? [result] : result.Records ?? [];
    entries.forEach(({ ShardId, SequenceNumber, ErrorCode }, index) => {
      if (ErrorCode === undefined) witness.resolved(serials[index], { shardId: ShardId, sequenceNumber: SequenceNumber, attempts: 1 });
      else witness.records.get(serials[index]).state = 'rejected';
    });
    if (operation === 'listShards' && result.Shards.length !== (this.#world.plan.kinesis?.shards ?? 3)) this.#world.violate(`listShards has ${result.Shards.length} shards`);
  }

  /** A call that is called off ends at once, whatever it waits for. */
  #checkAbort(operation, at, abortMs) {
    if (abortMs !== undefined && this.#world.scheduler.now > at + abortMs + ABORT_MS_MAX) this.#world.violate(`${operation} does not end when it is aborted`);
  }

  /** How many traps there were. */
  get instance() {
    return this.realm.edge.wholeModule.instance;
  }

  #callFailed(id, error, listeners) {
    const { operation, serials, client, abortMs, at, instance } = this.#end(id);
    const { witness } = this.#world;
    this.#world.say(`${this.name} ${client} ${operation} fails: ${error.code} ${error.name}: ${error.message}`);
    if (listeners > 0) this.#world.violate(`${operation} leaves ${listeners} listeners at its signal`);
    this.#checkAbort(operation, at, abortMs);
    if (error.code === 'ERR_CORE' && instance === this.instance && !this.hasLateLoad) this.#world.violate(`${operation} fails, and no trap has happened since: ${error.message}`);
    witness.checkError(error);
    const isBad = serials.some((serial) => witness.records.get(serial).isBad);
    for (const serial of serials) witness.records.get(serial).state = 'rejected';
    const isExplained = isBad || witness.isExplained(error) || (error.code === 'ERR_ABORTED' && abortMs !== undefined);
    if (!isExplained) this.#world.violate(`${operation} fails for no reason: ${error.code}: ${error.message}`);
  }

  #hear(name, error) {
    const { witness } = this.#world;
    this.#world.say(`${this.name} onError of ${name}: ${error.code}: ${error.message}`);
    witness.checkError(error);
    // In the part with an outbox each record has a key of its own.
    const named = this.hasOutbox && witness.records.get(Number(error.partitionKey?.slice(1)));
    if (named) named.isReported = true;
    const heard = (this.heard ??= new Map());
    const key = `${name} ${error.code}`;
    heard.set(key, (heard.get(key) ?? 0) + 1);
  }

  #ask(name) {
    const { plan, kinesis, scheduler } = this.#world;
    const answer = plan.provider[(this.#askNumber += 1) - 1] ?? { kind: 'keys', ms: 5, lifeMs: 3_600_000 };
    const asks = this.#asks.get(name) ?? new Map();
    this.#asks.set(name, asks);
    this.#world.say(`${this.name} the provider of ${name} is asked: ${answer.kind}, ${answer.ms} ms`);
    const requestTimeoutMs = 10_000;
    if (!this.scopes && [...asks.values()].some((at) => scheduler.now - at < requestTimeoutMs - 1)) this.#world.violate(`the provider of ${name} is asked twice at once`);
    if (this.#askNumber > 500) this.#world.violate('the provider is asked more than 500 times');
    if (answer.kind !== 'throws') asks.set(this.#askNumber, scheduler.now);
    const keys = answer.kind === 'stale' ? kinesis.issue(name, -60_000) : kinesis.issue(name, answer.lifeMs);
    if (keys.expiration !== undefined) keys.expiration += this.realm.clockOffsetMs;
    return { ...answer, keys, number: this.#askNumber };
  }

  // ── loading, and what is fetched ──

  #load() {
    const { load } = this.#world.plan;
    const { edge } = this.realm;
    const { wasm } = this.#world.bundle;
    if (load.isAtOnce) {
      this.realm.turn('the module is there', () => edge.wholeModule.loadNow(this.realm.inner.copyBytes(wasm)));
      return;
    }
    this.hasLateLoad = true;
    this.realm.turn('the module is fetched', () => void edge.wholeModule.loadFrom(() => edge.fetchModule(() => new URL(MODULE_URL), undefined)).catch(() => {}));
  }

  #fetch(url, init, readers) {
    const { network } = this.#world;
    if (url === MODULE_URL) return this.#fetchModule();
    if (init.method === 'HEAD') return this.#fetchClock();
    if (this.isOffline) return this.#fetchOffline();
    return network.fetch(this.realm, url, init, readers);
  }

  /** The page's own server, which the tracker asks for the time. */
  #fetchClock() {
    const { chance, scheduler } = this.#world;
    const start = (respond, fail) => this.realm.later(chance.between(1, 60), 'the time', () => (this.isOffline ? fail('TypeError', 'Failed to fetch') : respond(200, { date: new Date(scheduler.now).toUTCString() }, (give) => give(Buffer.alloc(0)))));
    return { abort: () => true, start };
  }

  #fetchOffline() {
    return { abort: () => true, start: (_, fail) => this.realm.later(3, 'a request without a network', () => fail('TypeError', 'Failed to fetch')) };
  }

  #fetchModule() {
    const { load } = this.#world.plan;
    const attempt = load.attempts[this.#loadNumber];
    this.#loadNumber += 1;
    this.#world.say(`${this.name} the module is fetched: ${attempt?.kind ?? 'it comes'}`);
    if (attempt?.kind === 'throws') return { throws: 'fetch has thrown' };
    return {
      abort: () => true,
      start: (respond, fail) =>
        this.realm.later(attempt?.ms ?? load.ms ?? 10, 'the module', () => {
          if (attempt?.kind === 'lost') return fail('TypeError', 'Failed to fetch');
          if (attempt?.kind === 'missing') return respond(404, { 'content-type': 'text/html' }, (give) => give(Buffer.from('none')));
          if (attempt?.kind === 'page') return respond(200, { 'content-type': 'text/html; charset=utf-8' }, (give) => give(Buffer.from('<html>')));
          const bytes = attempt?.kind === 'garbage' ? Buffer.from('no module') : this.#world.bundle.wasm;
          return respond(200, { 'content-type': 'application/wasm' }, (give) => give(bytes));
        }),
    };
  }
}

function withDate({ expiration, ...keys }) {
  return keys;
}

const ABORT_MS_MAX = 30;

/** Whether a record was refused by `put` itself: no core has had it. */
export function isRefusal({ code, message }) {
  return REFUSALS.has(code) || /was replaced: unreachable/.test(message);
}

const REFUSALS = new Set(['ERR_INVALID_ARGUMENT', 'ERR_RECORD_TOO_LARGE', 'ERR_BUFFER_FULL', 'ERR_CLOSED']);
