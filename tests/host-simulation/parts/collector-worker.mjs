// The collector behind a tracker: the real one, in a Worker of its own, which puts what it accepts into the simulated Kinesis.
import { Violation } from '../host/scheduler.mjs';
import { Program } from './program.mjs';

export class CollectorWorker {
  #world;
  #program;
  /** Requests that are not over, by id: their scopes, and what answers them. */
  #requests = new Map();
  #count = 0;

  constructor(world) {
    this.#world = world;
    const host = {
      goesOn: (id) => this.#program.realm.scope?.id === id || world.violate(`request ${id} of the collector goes on in the name of request ${this.#program.realm.scope?.id}`),
      responds: (id, status, text) => this.#respond(id, status, text),
      ends: (id) => void world.scheduler.after(0, () => this.#end(id)),
    };
    const load = { isAtOnce: true, attempts: [] };
    this.#program = new Program(world, { name: 'collector', userAgent: 'Cloudflare-Workers', clockOffsetMs: 0, load, program: 'CollectorProgram', host });
    const { expiration: _, ...credentials } = world.kinesis.issue('collector');
    // What is accepted is delivered, however long Kinesis cannot be reached.
    this.#program.realm.turn('open', () => this.#program.program.open({ lingerMs: 5, recordTtlMs: 3_600_000, deliveryMsMax: 30_000, credentials }));
  }

  get realm() {
    return this.#program.realm;
  }

  serves(url) {
    return url.startsWith('https://collector.example/');
  }

  /** @param answer called with the response */
  handle({ body, headers }, answer) {
    if (headers['content-type'] !== 'text/plain') throw new Violation('a request to the collector needs a preflight');
    const text = body.toString();
    if (!text.endsWith('\n')) throw new Violation('a body for the collector that does not end with a line');
    this.serve(text, answer);
  }

  /** A request of its own: what others have left in the Worker goes out with it. */
  serve(text, answer = () => {}) {
    const scope = { id: (this.#count += 1), isEnded: false };
    this.#requests.set(scope.id, { scope, answer });
    this.realm.turn('a request', () => void this.#program.program.serve({ id: scope.id, text, type: 'text/plain' }), scope);
  }

  /** Nobody lets the request through to the collector. */
  refuse({ status }) {
    return json(status === 400 ? 503 : status, JSON.stringify({ error: 'refused' }));
  }

  #respond(id, status, text) {
    this.#world.say(`the collector answers with ${status}: ${text.slice(0, 120)}`);
    this.#requests.get(id).answer(json(status, text));
  }

  #end(id) {
    const { scope } = this.#requests.get(id);
    scope.isEnded = true;
    this.#world.network.endScope(scope);
    this.#requests.delete(id);
  }
}

function json(status, text) {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(text), placed: [], entries: [] };
}
