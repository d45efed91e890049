/** What the requests of the last seconds were like: how many events each carried, what is in flight now. */

const RECENT = 20;

export class Traffic {
  /** Events by request that has no answer yet. @type {Map<string, number>} */
  #open = new Map();
  /** @type {number[]} events of the latest requests */
  #recent = [];
  #troubled = -Infinity;
  requests = 0;

  /** @param {string} request @param {number} events */
  sent(request, events) {
    this.#open.set(request, events);
    this.#recent = [...this.#recent, events].slice(-RECENT);
    this.requests++;
  }

  /** @param {string} request @param {string} [problem] */
  answered(request, problem) {
    this.#open.delete(request);
    if (problem) this.#troubled = performance.now();
  }

  /** Since something went wrong. */
  get quietMs() {
    return performance.now() - this.#troubled;
  }

  /** The page that waited for the answers was killed. */
  dropped() {
    this.#open.clear();
  }

  get inFlight() {
    return { requests: this.#open.size, events: Array.from(this.#open.values()).reduce((sum, events) => sum + events, 0) };
  }

  /** Events per request, lately. */
  get perRequest() {
    return this.#recent.length ? this.#recent.reduce((sum, events) => sum + events, 0) / this.#recent.length : 0;
  }
}
