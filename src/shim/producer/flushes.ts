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

/**
 * Flushes that are not complete. While the core is replaced they wait, because the records that they wait for are in no
 * core: `beginRestart` and `endRestart` say when.
 */
export class Flushes {
  readonly #driver: Driver;
  /** Flushes that the core counts, by its ids. */
  #open = new Map<number, OpenFlush>();
  /** Flushes that wait until the new core has the records, including those that began during the restart. */
  #waiting: OpenFlush[] = [];
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

  /** The core is being replaced: all flushes wait until `endRestart` has been called as often as this. */
  beginRestart(): void {
    this.#restarts += 1;
    this.#waiting.push(...this.#open.values());
    this.#open = new Map();
  }

  /** Adds records that have failed outside of a core to the flushes that wait. */
  addFailed(records: number): void {
    for (const flush of this.#waiting) flush.failed += records;
  }

  /** The new core has its records: the flushes that wait begin in it. */
  endRestart(): void {
    this.#restarts -= 1;
    // If the new core is lost meanwhile, the other flushes wait for the next restart.
    for (let flush; this.#restarts === 0 && (flush = this.#waiting.pop());) this.#begin(flush);
  }

  #begin(flush: OpenFlush): void {
    // Some records that the flush waits for are not in the core yet.
    if (this.#isRestarting()) {
      this.#waiting.push(flush);
      return;
    }
    // Without a core there are no buffered records to wait for.
    if (!this.#driver.core) {
      flush.resolve({ delivered: 0, failed: flush.failed });
      return;
    }
    try {
      const id = this.#driver.run((core) => core.flush());
      this.#open.set(id, flush);
    } catch {
      // The core was lost. During a restart its records are put again into another core; otherwise none is buffered.
      if (this.#isRestarting()) this.#waiting.push(flush);
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
