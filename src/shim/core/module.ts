import { isRefusedByPolicy } from './content-policy.js';
import { KinesisError, errorOf, isErrorDetails, messageOf } from './error.js';
import { inTime } from './in-time.js';
import { renewReady } from './ready.js';
import { now } from './time.js';

/** The glue of the module that signs and does no more. */
export type SignerGlue = typeof import('../generated/signer-module.js');
/** The glue of the module that signs and makes calls one by one. */
export type ClientGlue = typeof import('../generated/client-module.js');
/** The glue of the module that has the producer, and no calls. */
export type ProducerGlue = typeof import('../generated/producer-module.js');
/** The glue of the module that has all of it. */
export type WholeGlue = typeof import('../generated/whole-module.js');
/** What the glue of each module has. */
export interface Glue {
  default: (source: { module_or_path: ReturnType<Source> }) => Promise<unknown>;
  initSync: (source: { module: WebAssembly.Module | BufferSource }) => unknown;
  __wbg_reset_state: () => void;
}

/** Where a module comes from. */
export type Source = () =>
  WebAssembly.Module | BufferSource | Response | Promise<WebAssembly.Module | BufferSource | Response>;

type State =
  | { name: 'waiting' }
  | { name: 'loading'; done: Promise<void> }
  | { name: 'ready' }
  | { name: 'failed'; error: KinesisError };

/**
 * A WebAssembly module and its one instance: loads it, calls its exports, and replaces the instance after a trap.
 *
 * `waiting` for the first call that needs it → `loading` → `ready`, or `failed` and, with the next call that needs it,
 * `loading` again. After several failures in a row that is only after a pause.
 */
export class CoreModule<G extends Glue> {
  /** Counts instances. What was made in an older one cannot be used any more. */
  instanceNumber = 0;
  /** Settles with the first attempt to load the module, or with a later one once that has begun. */
  loaded: Promise<void>;
  readonly #glue: G;
  #source: Source | undefined;
  #state: State = { name: 'waiting' };
  #failuresInARow = 0;
  #retryAt = 0;
  #settleFirst: { resolve: () => void; reject: (error: KinesisError) => void } | undefined;

  constructor(glue: G, source?: Source) {
    this.#glue = glue;
    this.#source = source;
    this.loaded = new Promise((resolve, reject) => (this.#settleFirst = { resolve, reject }));
    // If nobody awaits this promise, the first call that needs the module rejects with the same error.
    this.loaded.catch(() => {});
  }

  get isReady(): boolean {
    return this.#state.name === 'ready';
  }

  /** Instantiates at once, unless there is an instance: for hosts that import the compiled module or its bytes. */
  loadNow(module: WebAssembly.Module | BufferSource): void {
    if (this.isReady) return;
    this.#glue.initSync({ module });
    this.#becomeReady();
  }

  /** Where the first call that needs the module loads it from, unless there is another source by then. */
  useSource(source: Source): void {
    this.#source ??= source;
  }

  /** Loads in the background from a source, which later attempts use too. */
  async loadFrom(source: Source): Promise<void> {
    this.#source = source;
    // A failure of another source does not count for this one.
    if (this.#state.name === 'loading') await this.#state.done.catch(() => {});
    this.#failuresInARow = 0;
    this.#retryAt = 0;
    await this.load();
  }

  /** Waits for the module. A load that has failed is tried again. */
  async load(): Promise<void> {
    if (this.#state.name === 'ready') return;
    if (!this.#source) throw notLoaded();
    if (this.#state.name === 'failed' && now() < this.#retryAt) throw this.#state.error;
    if (this.#state.name !== 'loading') {
      const done = this.#attempt(this.#source);
      this.#state = { name: 'loading', done };
      if (this.#failuresInARow > 0) this.#renewLoaded(done);
    }
    await this.#state.done;
  }

  /**
   * Calls exports. No function of the user may be called by `work`.
   * @param instanceNumber where given, that of the instance in which what `work` uses was made
   */
  run<T>(work: (exports: G) => T, instanceNumber = this.instanceNumber): T {
    if (this.#state.name === 'failed') {
      const { error } = this.#state;
      // A later call may then find the module loaded.
      this.load().catch(() => {});
      throw error;
    }
    if (this.#state.name !== 'ready') throw notLoaded();
    if (instanceNumber !== this.instanceNumber) throw replacedError();
    try {
      return work(this.#glue);
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  /** Frees an object that was made in an instance, unless that instance was replaced. Never throws. */
  free(object: { free(): void }, instanceNumber: number): void {
    try {
      this.run(() => object.free(), instanceNumber);
    } catch {
      // The instance was replaced, before or in this call: its objects are gone with it.
    }
  }

  async #attempt(source: Source): Promise<void> {
    try {
      const module_or_path = inTime((async () => source())(), LOAD_MS_MAX, () => {
        throw new Error(`no response within ${LOAD_MS_MAX} ms`);
      });
      // The glue loads once: while an earlier call of `default` has not ended, this one waits for that module.
      await this.#glue.default({ module_or_path });
    } catch (error) {
      if (this.isReady) return;
      throw this.#becomeFailed(error);
    }
    // `loadNow` was called meanwhile, and the glue has replaced the instance that it made.
    if (this.isReady) this.#replaceInstance();
    this.#becomeReady();
  }

  #becomeReady(): void {
    this.#state = { name: 'ready' };
    this.#settleFirst?.resolve();
    if (this.#failuresInARow > 0) this.#renewLoaded(Promise.resolve());
  }

  #renewLoaded(loaded: Promise<void>): void {
    this.loaded = loaded;
    renewReady();
  }

  #becomeFailed(cause: unknown): KinesisError {
    const message = `the WebAssembly module could not be loaded: ${remedyOf(cause)}`;
    const error = cause instanceof KinesisError ? cause : new KinesisError('ERR_CORE', message, { cause });
    this.#failuresInARow += 1;
    // The next call makes another attempt at once. After several failures in a row there is a pause before the next
    // one.
    const pauses = this.#failuresInARow - FAILURES_BEFORE_PAUSE;
    this.#retryAt = pauses < 0 ? 0 : now() + Math.min(PAUSE_MS * 2 ** pauses, PAUSE_MS_MAX);
    this.#state = { name: 'failed', error };
    this.#settleFirst?.reject(error);
    return error;
  }

  #errorOf(error: unknown): KinesisError {
    if (isErrorDetails(error)) return errorOf(error);
    if (!isTrap(error))
      return error instanceof KinesisError
        ? error
        : KinesisError.invalid(`an argument could not be passed to the WebAssembly module: ${messageOf(error)}`, {
            cause: error,
          });
    this.#replaceInstance();
    return new KinesisError('ERR_CORE', `the WebAssembly module has failed and was replaced: ${messageOf(error)}`, {
      cause: error,
    });
  }

  /**
   * A trap leaves an instance in an unknown state. Callers that have an object in it compare `instanceNumber` with
   * their own.
   */
  #replaceInstance(): void {
    this.instanceNumber += 1;
    this.#glue.__wbg_reset_state();
  }
}

/**
 * Whether what an export has thrown is a trap, or shows that an earlier call has not ended: an exception of JavaScript
 * has gone through it, and what it had borrowed stays so. Where the stack overflows within an export, V8 and
 * JavaScriptCore throw a RangeError and SpiderMonkey an InternalError
 * (https://webassembly.github.io/spec/js-api/#stack-overflow): the export has not ended then either.
 */
function isTrap(error: unknown): boolean {
  return (
    error instanceof WebAssembly.RuntimeError ||
    error instanceof RangeError ||
    (error instanceof Error && (error.name === 'InternalError' || STILL_BORROWED.test(error.message)))
  );
}

/** In messages of wasm-bindgen. */
const STILL_BORROWED = /^(?:recursive use of an object detected|attempted to take ownership of Rust value)/;

function notLoaded(): KinesisError {
  return new KinesisError('ERR_CORE', 'the WebAssembly module is not loaded yet: await `ready` first');
}

/** The error of a call that uses an object of an instance that was replaced. */
export function replacedError(): KinesisError {
  return new KinesisError(
    'ERR_CORE',
    'the WebAssembly module has failed and was replaced: what it held is lost, try again',
  );
}

/** The cause of a load that has failed, and what to do about it. */
function remedyOf(error: unknown): string {
  if (!globalThis.WebAssembly) {
    return "this JavaScript engine has no WebAssembly, as in React Native or Safari's Lockdown Mode; send the records to a server, such as kinesis-edge/collector";
  }
  const message = messageOf(error);
  if (isRefusedByPolicy(error)) {
    return `the page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src (${message})`;
  }
  return `${message}; serve the .wasm file where the script looks for it, and allow it in connect-src of a Content-Security-Policy; or import 'kinesis-edge/inline', which needs no such file`;
}

/** The longest time of a load: the request of a file may never be answered. */
const LOAD_MS_MAX = 60_000;
const FAILURES_BEFORE_PAUSE = 3;
const PAUSE_MS = 1000;
const PAUSE_MS_MAX = 60_000;
