// Between a realm and Kinesis: each request meets the fault that the plan has for it, by its number.
import { accessKeyOf, answer } from './kinesis.mjs';

/**
 * Faults of a request. `latencyMs` is the time to its answer.
 * - `ok`, also with `readLateMs` (a wrapper reads the body later), `bodyMs` (the body of the answer comes later), `isScribbled` (a wrapper
 *   writes into the body that it was given), `isTwice` (a wrapper sends it twice)
 * - `lost` before it was stored, `lostAfter` it was; `never` answered; `breaksOff` in the answer's body, `isCut` in its middle
 * - `page`: a page of HTML with some status; `refused`: an exception of AWS; `entries` fail with `code`, each `of` so many
 * - `throws` at once, `returns` something that is no Response
 * - `isDeaf`: the wrapper does not look at the signal; `reenters`: it calls the producer
 */
export class Network {
  /** Requests to Kinesis, by their number. */
  requests = [];
  /** What a part does with a request at the moment at which it leaves. */
  onSend = () => {};
  /** The collector of a part that has one. */
  collector;
  #world;
  /** Access keys of which a client has read that they have expired. */
  #expired = new Set();
  /** Bytes of the bodies of keepalive requests that are in flight, by realm. */
  #keepaliveBytes = new Map();

  constructor(world) {
    this.#world = world;
  }

  /** What a call of `fetch` in a realm does: see `realm/globals.js`. */
  fetch(realm, url, init, readers) {
    const { plan, say, scheduler } = this.#world;
    const number = this.requests.length;
    const fault = plan.requests[number] ?? QUICK;
    const request = { number, realm, scope: realm.scope, url, fault, sentAt: scheduler.now, isKeepalive: init.keepalive === true, endedAt: undefined, answeredAt: undefined, serials: [], stored: [] };
    this.requests.push(request);
    const early = { method: init.method, url, headers: Object.fromEntries(readers.readHeaders()), body: Buffer.from(readers.readBody()) };
    request.owner = this.#world.kinesis.ownerOf(early);
    this.#world.say(`${realm.name} request ${number}: ${nameOf(early)}, ${early.body.length} bytes${request.isKeepalive ? ', keepalive' : ''} → ${describeFault(fault)}`);
    this.#world.witness.requestSent(request);
    if (this.#expired.has(accessKeyOf(early))) this.#world.violate(`request ${number} has credentials that have expired, as the client knows`);
    this.onSend(request, early);
    if (fault.reenters) realm.reenter?.(fault.reenters);
    if (fault.kind === 'throws') return this.#end(request, { throws: 'fetch has thrown' });
    if (fault.kind === 'returns') return this.#end(request, { returns: fault.value });
    if (request.isKeepalive && !this.#reserve(realm, early.body.length)) return this.#end(request, { throws: 'keepalive requests share 64 KiB' });
    const release = () => request.isKeepalive && this.#release(realm, early.body.length);
    return {
      abort: () => this.#abort(request, release),
      start: (respond, fail) => this.#start(request, early, init, readers, { respond, fail, release }),
    };
  }

  /** A request of a Worker has ended, and takes with it what it has sent. */
  endScope(scope) {
    for (const request of this.requests) if (request.scope === scope) request.endedAt ??= this.#world.scheduler.now;
  }

  #end(request, behaviour) {
    request.endedAt = this.#world.scheduler.now;
    return behaviour;
  }

  #abort(request, release) {
    if (request.endedAt !== undefined) return false;
    release();
    request.endedAt = this.#world.scheduler.now;
    request.isAborted = true;
    this.#world.say(`${request.realm.name} request ${request.number} is aborted`);
    return !request.fault.isDeaf;
  }

  #start(request, early, init, readers, ways) {
    const { scheduler } = this.#world;
    const { fault, realm } = request;
    const half = fault.latencyMs / 2;
    if (fault.readLateMs) {
      // Read within the realm, which may be gone by then.
      realm.later(fault.readLateMs, 'a late read', () => {
        if (request.isAborted && !fault.isDeaf) return;
        const late = { method: init.method, url: request.url, headers: Object.fromEntries(readers.readHeaders()), body: Buffer.from(readers.readBody()) };
        scheduler.after(half, () => this.#arrive(request, late, ways));
      }, request.scope);
      return;
    }
    if (fault.isScribbled) init.body.fill(0xee);
    scheduler.after(half, () => {
      // What has not left a page that was killed is lost with it.
      if ((realm.isDead && !request.isKeepalive) || request.scope?.isEnded) return;
      this.#arrive(request, early, ways);
    });
  }

  #arrive(request, message, ways) {
    const world = this.#world;
    const { fault } = request;
    if (request.isAborted && !fault.isDeaf && world.chance.chance(50)) return;
    const answer = (reply) => {
      if (!reply || world.violation || fault.kind === 'never') return;
      request.realm.later(fault.latencyMs / 2, `the answer to request ${request.number}`, () => this.#answer(request, reply, ways), request.scope);
    };
    if (this.collector?.serves(message.url) && !STOPS.has(fault.kind)) {
      world.guard(() => this.collector.handle(message, answer));
      return;
    }
    const reply = world.guard(() => this.#reply(request, message));
    if (fault.isTwice && reply && !world.violation) world.guard(() => this.#reply(request, message));
    answer(reply);
  }

  #reply(request, message) {
    const { kinesis, witness } = this.#world;
    const { fault } = request;
    const isCbor = message.headers['content-type']?.includes('cbor');
    if (fault.kind === 'lost') return { status: 0 };
    if (fault.kind === 'page') return { status: fault.status, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>not Kinesis</html>'), placed: [] };
    if (this.collector?.serves(message.url)) return this.collector.refuse(fault);
    if (fault.kind === 'refused') return { ...answer(fault.status ?? 400, { __type: fault.code, message: 'refused' }, isCbor) };
    const faultOf = (index) => (fault.kind === 'entries' && index % fault.of === 0 ? fault.code : undefined);
    const reply = kinesis.handle(message, faultOf);
    witness.stored(request, reply);
    return reply;
  }

  #answer(request, reply, { respond, fail, release }) {
    const { scheduler, plan } = this.#world;
    const { fault } = request;
    if (request.isAborted && !fault.isDeaf) return;
    release();
    const end = (isWhole) => {
      if (request.endedAt === undefined && isWhole) request.answeredAt = scheduler.now;
      request.endedAt ??= scheduler.now;
    };
    if (fault.kind === 'lost' || fault.kind === 'lostAfter') {
      end(false);
      fail('TypeError', 'Failed to fetch');
      return;
    }
    const headers = { ...reply.headers, ...(!plan.hidesDate && { date: new Date(scheduler.now).toUTCString() }) };
    const read = (give, breakOff) =>
      request.realm.later(fault.bodyMs ?? 0, `the body of answer ${request.number}`, () => {
        if (request.isAborted && !fault.isDeaf) return breakOff('AbortError', 'aborted');
        const isBroken = fault.kind === 'breaksOff';
        end(!isBroken && !fault.isCut && !fault.isShort);
        if (reply.expired && !isBroken && !fault.isCut && !fault.isShort) this.#expired.add(reply.expired);
        if (isBroken) breakOff('TypeError', 'terminated');
        else give(fault.isCut ? reply.body.subarray(0, reply.body.length >> 1) : fault.isShort ? shorter(reply) : reply.body);
      }, request.scope);
    respond(reply.status, headers, read);
  }

  #reserve(realm, bytes) {
    const sum = (this.#keepaliveBytes.get(realm) ?? 0) + bytes;
    if (sum > 65_536) return false;
    this.#keepaliveBytes.set(realm, sum);
    return true;
  }

  #release(realm, bytes) {
    this.#keepaliveBytes.set(realm, this.#keepaliveBytes.get(realm) - bytes);
  }
}

/** An answer that has lost its last entry on its way: what a proxy of JSON may do. */
function shorter({ body }) {
  if (body[0] !== 0x7b) return body.subarray(0, -1);
  const answer = JSON.parse(body);
  answer.Records?.pop();
  return Buffer.from(JSON.stringify(answer));
}

function nameOf({ headers }) {
  return headers['x-amz-target']?.split('.').at(-1) ?? 'events';
}

export function describeFault({ kind, ...rest }) {
  const members = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return [kind, ...members].join(', ');
}

/** What does not reach a collector. */
const STOPS = new Set(['lost', 'page', 'refused']);
const QUICK = { kind: 'ok', latencyMs: 20 };
