/**
 * What is made to go wrong. Offline is played inside the shop; the rest is asked of the embedded Kinesis, which does it to
 * the requests of one access key.
 */

const DAY_MS = 86_400_000;
const CHANCES = {
  throttled: { recordFailed: 0.3, throttled: 0.15 },
  answers: { answerLost: 0.35, delayMsMax: 250 },
};

export class Faults {
  #endpoint;
  #accessKeyId;
  #asked = Promise.resolve();
  #isPlanned = false;

  /** @param {string | null} endpoint an embedded Kinesis; AWS's own does nothing of the kind @param {string} accessKeyId */
  constructor(endpoint, accessKeyId) {
    this.#endpoint = endpoint;
    this.#accessKeyId = accessKeyId;
    // The plan of faults ends with its page: it must not apply to the next page.
    addEventListener('pagehide', () => this.#isPlanned && this.#ask('DELETE', undefined, true).catch(() => {}));
  }

  get isPossible() {
    return Boolean(this.#endpoint);
  }

  /** Whose requests meet them from now on. @param {string} accessKeyId */
  aim(accessKeyId) {
    if (accessKeyId === this.#accessKeyId) return;
    if (this.#isPlanned) this.#ask('DELETE').catch(() => {});
    this.#accessKeyId = accessKeyId;
  }

  /** One after the other, so that the last word counts. @param {Set<string>} wanted names of switches that are on @returns {Promise<void>} */
  want(wanted) {
    const plan = planFor(wanted);
    if (!plan && !this.#isPlanned) return this.#asked;
    this.#asked = this.#asked.catch(() => {}).then(() => (plan ? this.#ask('PUT', JSON.stringify(plan)) : this.#ask('DELETE')));
    return this.#asked;
  }

  async #ask(method, body, keepalive = false) {
    if (!this.#endpoint) return;
    this.#isPlanned = method === 'PUT';
    const answer = await fetch(new URL(`/_faults/${this.#accessKeyId}`, this.#endpoint), { method, body, keepalive });
    if (!answer.ok) throw new Error(`the embedded Kinesis refused: HTTP ${answer.status} ${await answer.text()}`);
  }
}

/** @param {Set<string>} wanted */
function planFor(wanted) {
  const random = Object.assign({}, ...Object.entries(CHANCES).map(([name, chances]) => (wanted.has(name) ? chances : {})));
  const isRandom = Object.keys(random).length > 0;
  if (!isRandom && !wanted.has('clock')) return undefined;
  return {
    ...(isRandom && { random: { seed: Math.floor(Math.random() * 2 ** 32), ...random } }),
    ...(wanted.has('clock') && { clockMs: DAY_MS }),
  };
}
