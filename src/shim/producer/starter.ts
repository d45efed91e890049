import { type KinesisError, errorFrom } from '../core/error.js';
import { checkFetch, isModuleScope } from '../core/host.js';
import { loadLogged } from '../core/load-logged.js';
import { producerModule } from '../core/producer-module.js';
import type { CheckedClientOptions } from '../client/options.js';
import type { Driver } from './driver.js';
import type { CheckedProducerOptions } from './options.js';

export interface StarterCallbacks {
  /** The core has started. */
  started: () => void;
  /** The core could not be started: the records that wait for it fail. */
  failed: (error: KinesisError) => void;
}

/** Starts a producer's core when the module is loaded. */
export class Starter {
  readonly #driver: Driver;
  /** The options as they are when the core starts: until then the tracker may set defaults. */
  readonly #options: () => CheckedProducerOptions;
  readonly #callbacks: StarterCallbacks;
  readonly #clientOptions: Pick<CheckedClientOptions, 'observer' | 'logger' | 'fetch'>;
  #starting: Promise<void> | undefined;
  /** Records were put at the module scope of a Worker, and wait for its first invocation. */
  #isDeferred = false;

  constructor(
    driver: Driver,
    options: () => CheckedProducerOptions,
    callbacks: StarterCallbacks,
    clientOptions: Pick<CheckedClientOptions, 'observer' | 'logger' | 'fetch'>,
  ) {
    this.#driver = driver;
    this.#options = options;
    this.#callbacks = callbacks;
    this.#clientOptions = clientOptions;
  }

  /** Settles when the start that is in progress has succeeded or failed. */
  get inProgress(): Promise<void> | undefined {
    return this.#starting;
  }

  /** Loads the module and starts a core. Never rejects; the next call makes another attempt. */
  start(): Promise<void> {
    this.#starting ??= this.#tryStart();
    return this.#starting;
  }

  /**
   * Called before each record is put: starts the core if the module is loaded and there is none yet. Records that are
   * put at the module scope of a Worker wait for the first invocation that uses the producer: at the module scope
   * nothing may be sent, and the clock stands. Throws what the core refuses.
   */
  prepare(): void {
    if (isModuleScope()) {
      this.#isDeferred = true;
      return;
    }
    checkFetch(this.#clientOptions.fetch);
    this.startIfLoaded();
    this.startIfDeferred();
  }

  /**
   * Starts the core for records that were put at the module scope of a Worker. Called when the first invocation puts a
   * record or waits for records.
   */
  startIfDeferred(): void {
    if (!this.#isDeferred) return;
    this.#isDeferred = false;
    try {
      this.startIfLoaded();
    } catch (error) {
      this.#callbacks.failed(errorFrom(error, 'the producer could not start'));
    }
    if (this.#driver.core) this.#callbacks.started();
  }

  /** Starts a core at once, where the module is loaded. Throws what the core refuses. */
  startIfLoaded(): void {
    if (!this.#driver.core && producerModule().isReady && !this.#starting) this.#startCore();
  }

  /** Loads the module and starts the core, if necessary. Rejects if that fails. */
  async ensureStarted(): Promise<void> {
    if (this.#driver.core) return;
    await producerModule().load();
    await this.#starting;
    if (!this.#driver.core) this.#startCore();
  }

  async #tryStart(): Promise<void> {
    if (!producerModule().isReady) this.#clientOptions.observer?.emit({ type: 'core', state: 'loading' });
    try {
      await loadLogged(producerModule(), this.#clientOptions.logger);
      this.#starting = undefined;
      this.#startCore();
    } catch (thrown) {
      // A record that is put from here on makes another attempt.
      this.#starting = undefined;
      const error = errorFrom(thrown, 'the producer could not start');
      this.#clientOptions.observer?.emit({ type: 'core', state: 'failed', error });
      this.#callbacks.failed(error);
    }
  }

  #startCore(): void {
    this.#driver.start(this.#options());
    this.#clientOptions.observer?.emit({ type: 'core', state: 'ready' });
    this.#callbacks.started();
  }
}
