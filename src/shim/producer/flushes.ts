import type { ProducerReport } from '../generated/producer-module.js';
import type { Driver } from './driver.js';
import type { FlushCounts } from './types.js';

/** Flushes that are not complete. */
export class Flushes {
  readonly #driver: Driver;
  #open = new Map<number, (counts: FlushCounts) => void>();

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  begin(): Promise<FlushCounts> {
    return new Promise((resolve) => this.#begin(resolve));
  }

  settle(complete: ProducerReport['flushes']): void {
    for (const { id, delivered, failed } of complete) {
      this.#open.get(id)?.({ delivered, failed });
      this.#open.delete(id);
    }
  }

  /**
   * The core is gone. Returns what begins the flushes again in another one, when it has what it is to have.
   * @param lost records that have failed meanwhile
   */
  suspend(lost: number): () => void {
    const open = [...this.#open.values()];
    this.#open = new Map();
    return () => {
      for (const resolve of open) this.#begin(({ delivered, failed }) => resolve({ delivered, failed: failed + lost }));
    };
  }

  #begin(resolve: (counts: FlushCounts) => void): void {
    // Where there is no core, nothing waits for one either.
    if (!this.#driver.core) {
      resolve({ delivered: 0, failed: 0 });
      return;
    }
    const id = this.#driver.run((core) => core.flush());
    this.#open.set(id, resolve);
  }
}
