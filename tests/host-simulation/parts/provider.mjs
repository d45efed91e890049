// The provider of credentials of a program: what it answers is in the plan.

export class Provider {
  #world;
  #realm;
  /** Questions that are not answered, by who has asked: their numbers, and when. */
  #asks = new Map();
  #askNumber = 0;
  /** Whether each request of a Worker may ask by itself. */
  isAskedByRequests = false;

  constructor(world, realm) {
    this.#world = world;
    this.#realm = realm;
  }

  /** @returns how and when it answers, with the keys */
  ask(name) {
    const { plan, kinesis, scheduler } = this.#world;
    const answer = plan.provider[(this.#askNumber += 1) - 1] ?? { kind: 'keys', ms: 5, lifeMs: 3_600_000 };
    const asks = this.#asks.get(name) ?? new Map();
    this.#asks.set(name, asks);
    this.#world.say(`${this.#realm.name} the provider of ${name} is asked: ${answer.kind}, ${answer.ms} ms`);
    const requestTimeoutMs = 10_000;
    if (!this.isAskedByRequests && [...asks.values()].some((at) => scheduler.now - at < requestTimeoutMs - 1)) this.#world.violate(`the provider of ${name} is asked twice at once`);
    if (this.#askNumber > 500) this.#world.violate('the provider is asked more than 500 times');
    if (answer.kind !== 'throws') asks.set(this.#askNumber, scheduler.now);
    const keys = answer.kind === 'stale' ? kinesis.issue(name, -60_000) : kinesis.issue(name, answer.lifeMs);
    if (keys.expiration !== undefined) keys.expiration += this.#realm.clockOffsetMs;
    return { ...answer, keys, number: this.#askNumber };
  }

  answered(name, number) {
    this.#asks.get(name)?.delete(number);
  }

  /** A request has ended, and with it what it has asked. */
  forget() {
    this.#asks.clear();
  }

  /** Who waits for an answer. */
  get askedBy() {
    return [...this.#asks].filter(([, { size }]) => size > 0).map(([name]) => name);
  }
}
