// A scenario by hand: a plan in a few lines. Times are in milliseconds from its start.
//
//   scenario('producer').make('p', { isStatic: true }).put('p', 1).at(500).flush('p').request(0, { kind: 'lostAfter' })

export function scenario(part, { seed = 1, ...more } = {}) {
  return new Scenario({ part, seed, clockOffsetMs: 0, kinesis: { shards: 1 }, load: { isAtOnce: true, attempts: [] }, requests: [], provider: [], actions: [], ...more });
}

class Scenario {
  #at = 0;
  #tab;

  constructor(plan) {
    this.plan = plan;
  }

  /** When what follows happens. */
  at(ms) {
    this.#at = ms;
    return this;
  }

  /** In which tab what follows happens, in the part with an outbox. */
  tab(number) {
    this.#tab = number;
    return this;
  }

  /** Any action of the part: see `_…` in `parts/program.mjs`. */
  do(what, details = {}) {
    this.plan.actions.push({ at: this.#at, do: what, ...(this.#tab !== undefined && { tab: this.#tab }), ...details });
    return this;
  }

  make(name, options = {}) {
    return this.do('make', { name, isStatic: true, ...options });
  }

  /** In the part with an outbox the key of a record is `k` and its serial. */
  put(producer, serial, details = {}) {
    return this.do('put', { producer, serial, form: 'text', length: 10, ...details });
  }

  flush(producer, details = {}) {
    return this.do('flush', { producer, ...details });
  }

  /** What happens to a request, by its number from 0: see `host/network.mjs`. */
  request(number, fault) {
    const { requests } = this.plan;
    while (requests.length < number) requests.push({ kind: 'ok', latencyMs: 20 });
    requests[number] = { latencyMs: 20, ...fault };
    return this;
  }

  /** What the provider of credentials does, one after the other. */
  provider(...answers) {
    this.plan.provider = answers.map((answer) => ({ ms: 5, lifeMs: 3_600_000, ...answer }));
    return this;
  }

  /** How the module is loaded, attempt by attempt. */
  load(...attempts) {
    this.plan.load = { isAtOnce: false, ms: 10, attempts: attempts.map((attempt) => ({ ms: 10, ...attempt })) };
    return this;
  }
}
