import type { KinesisError } from '../core/error.js';

interface Awaited<T> {
  promise: Promise<T>;
  resolve: (result: T) => void;
  reject: (error: Error) => void;
}

/**
 * What `put` returns: one small object, which makes a native promise when `then`, `catch` or `finally` is called. Most
 * callers ignore it, and a native promise with its functions takes more memory and time than the rest of the work for a
 * record.
 */
export class LazyPromise<T extends object> implements Promise<T> {
  partitionKey: string | undefined;
  outboxId: string | undefined;
  #outcome: T | KinesisError | undefined;
  #isRejected = false;
  #awaited: Awaited<T> | undefined;

  resolve(result: T): void {
    if (this.#awaited) this.#awaited.resolve(result);
    else this.#outcome = result;
  }

  reject(error: KinesisError): void {
    if (this.#awaited) {
      this.#awaited.reject(error);
      return;
    }
    this.#outcome = error;
    this.#isRejected = true;
  }

  then<R = T, E = never>(
    onResult?: ((result: T) => R | PromiseLike<R>) | null,
    onError?: ((error: any) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.#promise().then(onResult, onError);
  }

  catch<E = never>(onError?: ((error: any) => E | PromiseLike<E>) | null): Promise<T | E> {
    return this.#promise().catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.#promise().finally(onEnd);
  }

  /** As every promise has it. */
  get [Symbol.toStringTag](): string {
    return 'Promise';
  }

  #promise(): Promise<T> {
    return (this.#awaited ??= this.#await()).promise;
  }

  #await(): Awaited<T> {
    let resolve!: Awaited<T>['resolve'];
    let reject!: Awaited<T>['reject'];
    const promise = new Promise<T>((...functions) => ([resolve, reject] = functions));
    if (this.#isRejected) reject(this.#outcome as KinesisError);
    else if (this.#outcome) resolve(this.#outcome as T);
    return { promise, resolve, reject };
  }
}

// `put(…) instanceof Promise` is true.
Object.setPrototypeOf(LazyPromise.prototype, Promise.prototype);
