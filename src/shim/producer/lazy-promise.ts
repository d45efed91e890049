import type { KinesisError } from '../core/error.js';

interface Resolvers<T> {
  promise: Promise<T>;
  resolve: (result: T) => void;
  reject: (error: Error) => void;
}

/**
 * What `put` returns: one small object, which makes a native promise when `then`, `catch` or `finally` is called. Most
 * callers ignore it, and a native promise with its functions takes more memory and time than the rest of the work for a
 * record. It is the record's `PendingRecord` as well (what the shim keeps of a record until it settles), so that a
 * record costs one object.
 */
export class LazyPromise<T extends object> implements Promise<T> {
  partitionKey: string | undefined;
  outboxId: string | undefined;
  /**
   * Called, where it is set, when the record has an outcome: it has to call `settleNative`, now or later. Without it,
   * the native promise is settled at once.
   */
  onOutcome: ((promise: LazyPromise<T>) => void) | undefined;
  #outcome: T | KinesisError | undefined;
  #isRejected = false;
  #resolvers: Resolvers<T> | undefined;
  /** Neither `then` nor `catch` nor `finally` of this object was called. Calls on the native promise are not seen. */
  isIgnored = true;

  resolve(result: T): void {
    this.#outcome = result;
    this.#handleOutcome();
  }

  reject(error: KinesisError): void {
    this.#isRejected = true;
    this.#outcome = error;
    this.#handleOutcome();
  }

  get hasOutcome(): boolean {
    return this.#outcome !== undefined;
  }

  /** Settles the native promise, if there is one. */
  settleNative(): void {
    if (!this.#resolvers) return;
    if (!this.#isRejected) return this.#resolvers.resolve(this.#outcome as T);
    // A caller may ignore the promise, and its rejection must not count as unhandled: `onError` is called as well.
    this.#resolvers.promise.catch(() => {});
    this.#resolvers.reject(this.#outcome as KinesisError);
  }

  /** The native promise. `waitUntil` of Workers with an older compatibility date waits for native promises only. */
  get native(): Promise<T> {
    if (!this.#resolvers) {
      this.#resolvers = withResolvers();
      if (this.hasOutcome) this.settleNative();
    }
    return this.#resolvers.promise;
  }

  then<R = T, E = never>(
    onResult?: ((result: T) => R | PromiseLike<R>) | null,
    onError?: ((error: any) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.isIgnored = false;
    return this.native.then(onResult, onError);
  }

  catch<E = never>(onError?: ((error: any) => E | PromiseLike<E>) | null): Promise<T | E> {
    this.isIgnored = false;
    return this.native.catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    this.isIgnored = false;
    return this.native.finally(onEnd);
  }

  /** The same as that of a native promise. */
  get [Symbol.toStringTag](): string {
    return 'Promise';
  }

  #handleOutcome(): void {
    if (this.onOutcome) this.onOutcome(this);
    else this.settleNative();
  }
}

/** `Promise.withResolvers`, which Safari 15 does not have. */
function withResolvers<T>(): Resolvers<T> {
  let resolve!: Resolvers<T>['resolve'];
  let reject!: Resolvers<T>['reject'];
  const promise = new Promise<T>((...functions) => ([resolve, reject] = functions));
  return { promise, resolve, reject };
}

// `put(…) instanceof Promise` is true.
Object.setPrototypeOf(LazyPromise.prototype, Promise.prototype);
