import { now } from '../core/alarm.js';
import { factsOf } from '../client/answers.js';
import { ENDS_WITH_REQUEST } from './attendance.js';
import { Attempt } from '../client/attempt.js';
import { storeCredentials } from '../client/client.js';
import { HANDLE_ANSWER, HANDLE_CREDENTIALS, HANDLE_FAILURE, PREPARE, PREPARE_KEEPALIVE, SEND, STEP_SEND, run, shown } from '../core/core.js';
import { Asking } from '../credentials/credentials.js';
import { errorFrom, messageOf } from '../core/error.js';
import { digest, post } from '../core/host.js';

/** @typedef {import('../core/core.js').Handle} Handle */

/** What a producer's core sends, and what comes back to it: answers, and the keys that it asks for. */
export class Requests {
  #client;
  #attendance;
  #guard;
  /** @type {Asking | undefined} */
  #asking;

  /**
   * @param {import('../core/options.js').Options} client
   * @param {import('./attendance.js').Attendance} attendance
   * @param {(core: Handle, work: () => void) => void} guard does the work unless the core was replaced since
   */
  constructor(client, attendance, guard) {
    this.#client = client;
    this.#attendance = attendance;
    this.#guard = guard;
    const { credentials, requestTimeoutMs } = client;
    if (typeof credentials === 'function') this.#asking = new Asking(credentials, requestTimeoutMs);
  }

  /**
   * @param {Handle} core
   * @param {number} id
   * @param {boolean} keepalive
   */
  send(core, id, keepalive) {
    run(PREPARE, core, 0, id);
    // In Workers what one request waits for, others must not; and a page that ends has no time.
    const hash = digest(shown, !keepalive && !ENDS_WITH_REQUEST);
    if (typeof hash === 'object') this.#follow(core, hash.catch(() => undefined), (found) => this.#launch(core, id, found, false));
    else this.#launch(core, id, hash, keepalive);
  }

  /**
   * All that is there, as far as the browser lets a page send at its end.
   * @param {Handle} core
   */
  sendKeepalive(core) {
    for (let step; (step = run(PREPARE_KEEPALIVE, core, now(), KEEPALIVE_BYTES_MAX)); ) this.send(core, STEP_SEND - step, true);
  }

  /** @param {Handle} core */
  ask(core) {
    // A core that was replaced since takes no keys: that is then the failure, of which nobody hears.
    const asked = /** @type {Asking} */ (this.#asking).ask().then((keys) => storeCredentials(core, keys, now()));
    const failure = asked.then(() => undefined, (error) => messageOf(errorFrom(error)));
    this.#follow(core, failure, (problem) => run(HANDLE_CREDENTIALS, core, now(), 0, 0, 0, problem));
  }

  /**
   * @param {Handle} core
   * @param {number} id
   * @param {string | undefined} hash
   * @param {boolean} keepalive
   */
  #launch(core, id, hash, keepalive) {
    const { fetch: ownFetch, requestTimeoutMs } = this.#client;
    const attempt = new Attempt(requestTimeoutMs, undefined);
    /** @type {Promise<Response> | undefined} */
    let sent;
    run(SEND, core, now(), id, 0, 0, hash, undefined, (head, body) => (sent = post(ownFetch, attempt.signal, head, body, keepalive)));
    if (!sent) {
      attempt.end();
      return;
    }
    this.#follow(core, attempt.outcome(sent), (outcome) => {
      if ('problem' in outcome) run(HANDLE_FAILURE, core, now(), id, outcome.status, Number(outcome.timedOut), outcome.problem);
      else run(HANDLE_ANSWER, core, now(), id, outcome.status, 0, factsOf(outcome.headers), outcome.body);
    });
  }

  /**
   * @template T
   * @param {Handle} core
   * @param {Promise<T>} something never rejects
   * @param {(value: T) => void} then
   */
  #follow(core, something, then) {
    this.#attendance.follow(something, (value) => this.#guard(core, () => then(value)));
  }
}

/** What all bodies of keepalive requests share: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch */
const KEEPALIVE_BYTES_MAX = 64 * 1024;
