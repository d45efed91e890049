import { KinesisError, messageOf } from '../core/error.js';
import { checkKeys } from '../core/options.js';

/**
 * Asks a provider once, however many calls wait for its answer.
 */
export class Asking {
  /** @type {Promise<import('../types/types.js').AwsCredentials> | undefined} */
  #asked;

  /**
   * @param {import('../types/types.js').CredentialsProvider} provider
   * @param {number} timeoutMs
   */
  constructor(provider, timeoutMs) {
    this.provider = provider;
    this.timeoutMs = timeoutMs;
  }

  /**
   * @returns {Promise<import('../types/types.js').AwsCredentials>}
   */
  async ask() {
    const asked = (this.#asked ??= this.#start());
    let timer;
    // Each waiter has a timer of its own: in Workers the request that asked may die, and take the answer with it.
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(silent(this.timeoutMs)), this.timeoutMs);
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
      if (this.#asked === asked) this.#asked = undefined;
    }
  }

  async #start() {
    let keys;
    try {
      keys = await this.provider();
    } catch (error) {
      throw new KinesisError('ERR_CREDENTIALS', `credentials: the provider failed: ${messageOf(error)}`, { cause: error });
    }
    return checkKeys(keys, 'credentials (from the provider)');
  }
}

/** @param {number} timeoutMs */
function silent(timeoutMs) {
  return new KinesisError('ERR_CREDENTIALS', `credentials: the provider did not answer within ${timeoutMs} ms (requestTimeoutMs)`);
}
