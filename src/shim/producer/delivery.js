/** @typedef {import('../types/types.js').PutResult} PutResult */

/**
 * What `put` returns: a promise for whoever looks at it, and until then one small object. Most callers put and forget, and the
 * promise of a record, with its functions, takes more memory and time than all else that is done for the record.
 * @implements {Promise<PutResult>}
 */
export class Delivery {
  /** @type {string | undefined} */
  partitionKey;
  /** Its name in the outbox. @type {string | undefined} */
  outboxId;
  /** @type {PutResult | import('../core/error.js').KinesisError | undefined} */
  #outcome;
  #failed = false;
  /** @type {{ promise: Promise<PutResult>, resolve: (result: PutResult) => void, reject: (error: Error) => void } | undefined} */
  #awaited;

  /** @param {PutResult} result */
  resolve(result) {
    if (this.#awaited) this.#awaited.resolve(result);
    else this.#outcome = result;
  }

  /** @param {import('../core/error.js').KinesisError} error */
  reject(error) {
    if (this.#awaited) {
      this.#awaited.reject(error);
      return;
    }
    this.#outcome = error;
    this.#failed = true;
  }

  /**
   * @template [T=PutResult]
   * @template [U=never]
   * @param {((result: PutResult) => T | PromiseLike<T>) | null} [onResult]
   * @param {((error: any) => U | PromiseLike<U>) | null} [onError]
   * @returns {Promise<T | U>}
   */
  then(onResult, onError) {
    return this.#promise().then(onResult, onError);
  }

  /**
   * @template [U=never]
   * @param {((error: any) => U | PromiseLike<U>) | null} [onError]
   * @returns {Promise<PutResult | U>}
   */
  catch(onError) {
    return this.#promise().catch(onError);
  }

  /** @param {(() => void) | null} [onEnd] */
  finally(onEnd) {
    return this.#promise().finally(onEnd);
  }

  /** As every promise has it. */
  get [Symbol.toStringTag]() {
    return 'Promise';
  }

  #promise() {
    return (this.#awaited ??= this.#await()).promise;
  }

  #await() {
    /** @type {any} */
    const awaited = {};
    awaited.promise = new Promise((resolve, reject) => Object.assign(awaited, { resolve, reject }));
    if (this.#failed) awaited.reject(this.#outcome);
    else if (this.#outcome) awaited.resolve(this.#outcome);
    return awaited;
  }
}

// So that it is an instance of it, too.
Object.setPrototypeOf(Delivery.prototype, Promise.prototype);
