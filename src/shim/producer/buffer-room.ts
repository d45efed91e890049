import { Latch } from '../core/latch.js';
import type { Driver } from './driver.js';
import type { Intake } from './intake.js';

/**
 * Whether the buffer has room for one record of the largest size that is allowed, and the callers that wait for it.
 */
export class BufferRoom {
  readonly #driver: Driver;
  readonly #intake: Intake;
  readonly #recordBytesMax: () => number;
  readonly #waiters = new Latch();
  readonly #coreWaiters = new Latch();

  constructor(driver: Driver, intake: Intake, recordBytesMax: () => number) {
    this.#driver = driver;
    this.#intake = intake;
    this.#recordBytesMax = recordBytesMax;
  }

  /** Also true where there is no core and no record is buffered: nothing would end a wait then. */
  get isAvailable(): boolean {
    const hasRoom = this.#intake.hasRoomFor(1, this.#recordBytesMax());
    return hasRoom || (!this.#driver.core && this.#intake.waiting.count === 0);
  }

  wait(): Promise<void> {
    return this.#waiters.wait();
  }

  /** Resolves when the core has room, or there is no core. */
  async waitForCoreRoom(): Promise<void> {
    while (!this.#hasCoreRoom) await this.#coreWaiters.wait();
  }

  /** Called when records have settled or were dropped: ends the waits for which there is room now. */
  notifyWaiters(): void {
    if (this.#hasCoreRoom) this.#coreWaiters.open();
    if (this.isAvailable) this.#waiters.open();
  }

  get #hasCoreRoom(): boolean {
    return this.#intake.coreHasRoomFor(1, this.#recordBytesMax()) ?? true;
  }
}
