import { Alarm, now } from '../core/alarm.js';
import { Attendance } from './attendance.js';
import { HANDLE_ONLINE, POLL, STEP_CREDENTIALS, STEP_SEND, STEP_SETTLED, generation, restart, run, told } from '../core/core.js';
import { KinesisError, errorFrom } from '../core/error.js';
import { startProducer } from './core.js';
import { Requests } from './requests.js';

/** @typedef {import('../core/core.js').Handle} Handle */

/** Drives a producer's core: does what it asks for, when it is time to, and notices when its instance is ruined. */
export class Driver {
  /** None until it is started. @type {Handle | undefined} */
  core;
  /** The page rests in the back/forward cache, or has not yet seen what others took meanwhile. */
  isAway = false;
  #isPumping = false;
  #client;
  #settle;
  #abandon;
  #alarm = new Alarm();
  #attendance = new Attendance(() => this.pump());
  #requests;
  #online = () => this.#hearOnline();

  /**
   * @param {import('../core/options.js').Options} client
   * @param {(report: any) => void} settle hears what the core reports
   * @param {(error: KinesisError) => void} abandon gives up what is in the core, and starts a fresh one
   */
  constructor(client, settle, abandon) {
    this.#client = client;
    this.#settle = settle;
    this.#abandon = abandon;
    this.#requests = new Requests(client, this.#attendance, (core, work) => core === this.core && this.guard(work));
  }

  /**
   * A fresh core, which knows nothing of what was in another.
   * @param {import('./options.js').Options} options
   */
  start(options) {
    const core = startProducer(this.#client, options);
    this.core?.free();
    this.core = core;
    if (knowsOnline() && !navigator.onLine) this.#hearOnline();
  }

  listen() {
    if (knowsOnline()) for (const type of ['online', 'offline']) addEventListener(type, this.#online);
  }

  close() {
    if (knowsOnline()) for (const type of ['online', 'offline']) removeEventListener(type, this.#online);
  }

  /**
   * Does some work, and what the core asks for, until that is done.
   * @template T
   * @param {() => Promise<T>} work
   */
  attend(work) {
    return this.#attendance.attend(work);
  }

  /** Does what the core asks for until it says to wait: the contract is in its `producer.rs`. */
  pump() {
    if (!this.core || this.#isPumping || this.isAway) return;
    this.#isPumping = true;
    try {
      this.#renew();
      let wait;
      while (wait === undefined) wait = this.#step(this.core);
      this.#alarm.set(wait, () => this.#attendance.later());
    } catch (error) {
      this.recover(error);
    } finally {
      this.#isPumping = false;
    }
  }

  sendKeepalive() {
    this.guard(() => this.#requests.sendKeepalive(/** @type {Handle} */ (this.core)));
  }

  /** @param {() => void} work */
  guard(work) {
    try {
      work();
    } catch (error) {
      this.recover(error);
    }
  }

  /**
   * A trap ruins the instance: what was pending is rejected, and a fresh one takes over. What is in the outbox stays there.
   * @param {unknown} error
   */
  recover(error) {
    if (!this.core || this.core.instance === generation()) restart();
    this.#abandon(errorFrom(error));
  }

  /** Another user of the module may have made a fresh instance. */
  #renew() {
    if (this.core?.instance !== generation()) this.#abandon(new KinesisError('ERR_CORE', 'the WebAssembly instance was replaced after a failure'));
  }

  /**
   * @param {Handle} core
   * @returns {number | undefined} the milliseconds to wait
   */
  #step(core) {
    const step = run(POLL, core, now());
    if (step >= 0) return step;
    if (step === STEP_SETTLED) this.#settle(JSON.parse(told));
    else if (step === STEP_CREDENTIALS) this.#requests.ask(core);
    else this.#requests.send(core, STEP_SEND - step, false);
    return undefined;
  }

  #hearOnline() {
    if (this.core) run(HANDLE_ONLINE, this.core, now(), Number(navigator.onLine));
    this.pump();
  }
}

function knowsOnline() {
  return typeof navigator === 'object' && typeof navigator.onLine === 'boolean' && typeof addEventListener === 'function';
}
