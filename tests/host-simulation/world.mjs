// All that one run of the simulation consists of: time, chance, a Kinesis, what was seen, and the first violation.
import { createHash } from 'node:crypto';
import { Dice } from './dice.mjs';
import { Kinesis } from './host/kinesis.mjs';
import { Network } from './host/network.mjs';
import { Scheduler, Violation } from './host/scheduler.mjs';
import { Witness } from './witness.mjs';

export class World {
  violation;
  scheduler = new Scheduler();
  #lines = [];
  #hash = createHash('sha256');
  realms = [];

  constructor(bundle, plan) {
    this.bundle = bundle;
    // A run may end faults before their time.
    this.plan = structuredClone(plan);
    ({ plan } = this);
    /** What the host decides by chance. What the plan says is not among it, so that a shorter plan changes little else. */
    this.chance = new Dice(plan.seed);
    this.kinesis = new Kinesis(this.scheduler, plan.kinesis);
    this.witness = new Witness(this);
    this.network = new Network(this);
  }

  say(text) {
    const line = `${(this.scheduler.elapsedMs / 1000).toFixed(3).padStart(9)} s  ${text}`;
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
  }

  get transcript() {
    return this.#lines;
  }

  digest() {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  /** The first violation counts: what follows may be its consequence. */
  violate(message) {
    if (this.violation) return;
    this.violation = message;
    this.say(`VIOLATION ${message}`);
  }

  /** Where a turn in a realm does not end, no error thrown in it does end it: the process does. */
  giveUp() {
    this.onGiveUp?.(this);
    process.exit(70);
  }

  logged(realm, level, content) {
    const text = content.map((item) => (item instanceof Object || typeof item === 'object' ? String(item?.message ?? item) : String(item))).join(' ');
    this.say(`${realm.name} console.${level}: ${text}`);
    this.witness.checkText(text, 'the console');
  }

  /** Does each action of the plan at its time, in milliseconds from now. */
  runActions(act) {
    const start = this.scheduler.now;
    for (const action of this.plan.actions) {
      this.runUntil(start + action.at);
      act(action);
    }
  }

  /** Runs what is due until then; a violation ends it. */
  runUntil(at, isDone = () => false) {
    try {
      this.scheduler.runUntil(at, () => this.violation !== undefined || isDone());
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violate(error.message);
    }
  }

  /** Does something on the side of the server, where a violation may be thrown. */
  guard(work) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violate(error.message);
      return undefined;
    }
  }
}
