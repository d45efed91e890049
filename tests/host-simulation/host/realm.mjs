// One page, Worker or process: a realm of its own with the real script and module in it, and a host that is made up.
import vm from 'node:vm';
import { createHash } from 'node:crypto';

const TURN = new vm.Script('turn()');

export class Realm {
  isDead = false;
  /** How long the device has slept: a clock that only goes on stands still meanwhile. */
  #sleptMs = 0;
  /** In Workers: the request that the present turn belongs to. */
  scope;
  /** In Workers, while modules are evaluated: what needs a request throws. */
  isModuleScope = false;
  #world;
  #taken;
  #context;
  #timers = new Map();
  #timerCount = 0;
  #openedAt;
  /** What is due while the page is frozen. */
  #deferred;
  #counts = {};

  /**
   * @param clockOffsetMs the device's clock less true time
   * @param hooks what its part of the simulation adds: `fetch`, and members of `host` and `navigator`
   */
  constructor(world, { name, clockOffsetMs = 0, userAgent = 'Mozilla/5.0', isNode = false, fetch, globals = () => ({}) }) {
    this.name = name;
    this.#world = world;
    this.clockOffsetMs = clockOffsetMs;
    this.#openedAt = world.scheduler.now;
    this.#taken = world.bundle.contexts.take();
    this.#context = this.#taken.context;
    this.inner = this.#taken.installGlobals(this.#hostOf(fetch));
    const { navigator, ...others } = globals(this);
    Object.assign(this.#context, { navigator: { onLine: true, userAgent, ...navigator }, ...others });
    // As the shim knows a Worker.
    if (userAgent === 'Cloudflare-Workers') this.#context.WebSocketPair = class {};
    if (isNode) this.#context.process = { getBuiltinModule: () => ({ createHash }) };
    this.turn('opens', () => (this.edge = this.#taken.makeShim()));
  }

  get globals() {
    return this.#context;
  }

  /**
   * Runs something in the realm, and then its microtasks.
   * @param scope in Workers the request that it belongs to: what belongs to one that has ended is not run
   */
  turn(what, work, scope = this.scope) {
    if (this.isDead || scope?.isEnded) return;
    if (this.#deferred) {
      this.#deferred.push([what, work]);
      return;
    }
    const outer = this.scope;
    this.scope = scope;
    this.#counts = {};
    this.#context.turn = work;
    try {
      TURN.runInContext(this.#context);
    } catch (error) {
      this.#world.violate(`an error that nobody has caught, in ${what}: ${describe(error)}`);
    } finally {
      this.scope = outer;
    }
  }

  /** Runs something in the realm in so many milliseconds. Returns what calls it off. */
  later(ms, what, work, scope = this.scope) {
    return this.#world.scheduler.after(ms, () => this.turn(what, work, scope));
  }

  /** The page is killed: nothing of it runs any more. */
  kill() {
    this.isDead = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** The run is over: another one may use the context. */
  end() {
    this.kill();
    this.#world.bundle.contexts.giveBack(this.#taken);
  }

  freeze() {
    this.wasFrozen = true;
    this.#deferred ??= [];
  }

  /** The device sleeps: nothing of the page runs. */
  sleep(ms) {
    this.freeze();
    this.#world.scheduler.after(ms, () => {
      this.#sleptMs += ms;
      this.thaw();
    });
  }

  thaw() {
    const deferred = this.#deferred ?? [];
    this.#deferred = undefined;
    for (const [what, work] of deferred) this.turn(what, work);
  }

  dispatch(event, target = this.#context) {
    this.turn(event.type, () => target.dispatchEvent(event));
  }

  /** Timers that the script has set and that have not run. */
  get openTimers() {
    return [...this.#timers.values()].filter(({ isCounted }) => isCounted).length;
  }

  get listeners() {
    return this.#context.listenerTypes();
  }

  #hostOf(fetch) {
    const world = this.#world;
    return {
      URL,
      URLSearchParams,
      TextEncoder,
      TextDecoder,
      atob,
      dateNow: () => Math.floor(world.scheduler.now + this.clockOffsetMs),
      timeOrigin: () => this.#openedAt + this.clockOffsetMs,
      performanceNow: () => {
        this.#countTurn('performance.now');
        return world.scheduler.now - this.#openedAt - this.#sleptMs;
      },
      random: () => world.chance.unit(),
      randomByte: () => {
        this.#refuseInModuleScope();
        return Math.floor(world.chance.unit() * 256);
      },
      compileMs: () => world.chance.between(1, 30),
      countTurn: (what) => this.#countTurn(what),
      uncaught: (error, where) => world.violate(`an error that nobody has caught, in ${where}: ${describe(error)}`),
      log: (level, content) => world.logged(this, level, content),
      setTimer: (ms, work, isCounted) => {
        this.#refuseInModuleScope();
        return this.#setTimer(ms, work, isCounted);
      },
      setInterval: (ms, work) => {
        this.#refuseInModuleScope();
        return this.#setInterval(ms, work);
      },
      clearTimer: (id) => this.#clearTimer(id),
      digest: (bytes, resolve, reject) => {
        const isBroken = world.chance.chance(10);
        this.later(world.chance.between(1, 20), 'digest', () => (isBroken ? reject() : resolve(createHash('sha256').update(bytes).digest())));
      },
      fetch: (url, init, readers) => {
        this.#refuseInModuleScope();
        return fetch(this, url, init, readers);
      },
    };
  }

  /** As workerd does for requests, timers and `getRandomValues`; `Math.random` works. */
  #refuseInModuleScope() {
    if (this.isModuleScope) throw this.inner.errorOf('Error', 'Disallowed operation called within global scope');
  }

  #setTimer(ms, work, isCounted) {
    this.#countTurn('setTimeout');
    // A host leaves the fraction off: the timer comes before its time, and what waits for that time sets one after the other.
    if (isCounted && ms % 1 > 0) this.#world.violate(`a timer is set for ${ms} ms, and not for whole milliseconds`);
    const id = (this.#timerCount += 1);
    const run = () => {
      // It may have been cleared while the page was frozen.
      if (this.#timers.delete(id)) work();
    };
    this.#timers.set(id, { isCounted, cancel: this.later(timerMs(ms), 'a timer', run) });
    return id;
  }

  #setInterval(ms, work) {
    const id = (this.#timerCount += 1);
    const next = () => this.later(timerMs(ms), 'an interval', () => {
      const timer = this.#timers.get(id);
      if (!timer) return;
      timer.cancel = next();
      work();
    });
    this.#timers.set(id, { isCounted: true, cancel: next() });
    return id;
  }

  #clearTimer(id) {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  /** A turn that does not end is a fault, and would be the end of the simulation. */
  #countTurn(what) {
    const count = (this.#counts[what] = (this.#counts[what] ?? 0) + 1);
    if (count < CALLS_PER_TURN_MAX) return;
    this.#world.violate(`spinning: ${what} was called ${count} times in one turn`);
    if (count > CALLS_PER_TURN_MAX + 1000) this.#world.giveUp();
    throw new Error('this turn does not end');
  }
}

export function describe(error) {
  if (typeof error !== 'object' || error === null) return String(error);
  return error.code ? `${error.code}: ${error.message}` : String(error.stack ?? error.message ?? error).split('\n').slice(0, 3).join(' | ');
}

/** As browsers read it: past 2³¹ − 1 a timer fires at once. */
function timerMs(ms) {
  const whole = Math.trunc(Number(ms) || 0);
  return whole > 2_147_483_647 || whole < 0 ? 0 : whole;
}

const CALLS_PER_TURN_MAX = 50_000;
