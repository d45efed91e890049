import { type KinesisError, errorFrom } from '../core/error.js';
import { producerModule } from '../core/producer-module.js';
import type { Driver } from './driver.js';
import type { Options } from './options.js';

export interface StarterEvents {
  /** There is a core. */
  started: () => void;
  /** There is none: what waits for it fails. */
  failed: (error: KinesisError) => void;
}

/** Starts a producer's core when the module is loaded. */
export class Starter {
  readonly #driver: Driver;
  readonly #events: StarterEvents;
  #starting: Promise<void> | undefined;

  constructor(driver: Driver, events: StarterEvents) {
    this.#driver = driver;
    this.#events = events;
  }

  /** Settles when the start that is in progress has succeeded or failed. */
  get inProgress(): Promise<void> | undefined {
    return this.#starting;
  }

  /** Loads the module and starts a core. Never rejects; the next call tries again. */
  start(options: Options): Promise<void> {
    this.#starting ??= this.#tryStart(options).finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Starts a core at once, where the module is loaded. Throws what the core refuses. */
  startNow(options: Options): void {
    if (!this.#driver.core && producerModule().isReady && !this.#starting) this.#driver.start(options);
  }

  /** Waits until there is a core. Rejects where there can be none. */
  async started(options: Options): Promise<void> {
    if (this.#driver.core) return;
    await producerModule().load();
    await this.#starting;
    if (!this.#driver.core) this.#driver.start(options);
  }

  async #tryStart(options: Options): Promise<void> {
    try {
      await producerModule().load();
      this.#driver.start(options);
    } catch (error) {
      this.#events.failed(errorFrom(error, 'the producer could not start'));
      return;
    }
    this.#events.started();
  }
}
