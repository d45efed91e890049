import { checkFlag } from '../core/checks.js';
import { checkKnown } from '../core/option-names.js';
import type { SettlementReport } from '../generated/producer-module.js';
import type { Driver } from './driver.js';
import type { FlushCounts, FlushOptions } from './types.js';

/** The option `keepalive` of `flush`, checked. */
export function readKeepalive(options: FlushOptions | undefined): boolean {
  checkKnown(options, FLUSH_OPTIONS);
  return checkFlag(options?.keepalive, 'keepalive');
}

/** Flushes that are not complete. */
export class Flushes {
  readonly #driver: Driver;
  /** Flushes that the core counts, by its ids. */
  #open = new Map<number, OpenFlush>();
  /** Flushes that wait until another core has the records, also those that began during the restart. */
  #suspended: OpenFlush[] = [];
  /** Restarts of the core that are not complete. */
  #restarts = 0;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  begin(): Promise<FlushCounts> {
    return new Promise((resolve) => this.#begin({ resolve, failed: 0 }));
  }

  settle(complete: SettlementReport['flushes']): void {
    for (const { id, deliveredCount, failedCount } of complete) {
      const flush = this.#open.get(id);
      flush?.resolve({ delivered: deliveredCount, failed: flush.failed + failedCount });
      this.#open.delete(id);
    }
  }

  /** The core is replaced. Its flushes wait until `resume` is called, as often as this was. */
  suspend(): void {
    this.#restarts += 1;
    this.#suspended.push(...this.#open.values());
    this.#open = new Map();
  }

  /** Adds records that have failed outside of a core to the flushes that wait. */
  addFailed(records: number): void {
    for (const flush of this.#suspended) flush.failed += records;
  }

  /** The new core has its records, and continues the flushes. */
  resume(): void {
    this.#restarts -= 1;
    // Where the core is lost again meanwhile, the next restart continues the others.
    for (let flush; this.#restarts === 0 && (flush = this.#suspended.pop());) this.#begin(flush);
  }

  #begin(flush: OpenFlush): void {
    // Some records that the flush waits for are not in the core yet.
    if (this.#isRestarting()) {
      this.#suspended.push(flush);
      return;
    }
    // Without a core no records are buffered.
    if (!this.#driver.core) {
      flush.resolve({ delivered: 0, failed: flush.failed });
      return;
    }
    try {
      const id = this.#driver.run((core) => core.flush());
      this.#open.set(id, flush);
    } catch {
      // The core was lost. In a restart its records come again in another core; otherwise there is nothing to wait for.
      if (this.#isRestarting()) this.#suspended.push(flush);
      else flush.resolve({ delivered: 0, failed: flush.failed });
    }
  }

  #isRestarting(): boolean {
    return this.#restarts > 0;
  }
}

interface OpenFlush {
  resolve: (counts: FlushCounts) => void;
  /** Records that have failed outside of the core that counts the others. */
  failed: number;
}

const FLUSH_OPTIONS = { owner: 'flush', known: ['keepalive'] };
