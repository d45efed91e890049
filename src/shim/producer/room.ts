import { Latch } from '../core/latch.js';
import type { Driver } from './driver.js';
import type { Intake } from './intake.js';

/** Whether a producer has room for one record of the largest size that is allowed, and who waits for that. */
export class Room {
  readonly #driver: Driver;
  readonly #intake: Intake;
  readonly #recordBytesMax: () => number;
  readonly #room = new Latch();
  readonly #coreRoom = new Latch();

  constructor(driver: Driver, intake: Intake, recordBytesMax: () => number) {
    this.#driver = driver;
    this.#intake = intake;
    this.#recordBytesMax = recordBytesMax;
  }

  /** Where there is no core and nothing waits for one, there is nothing to wait for. */
  get isThere(): boolean {
    if (!this.#driver.core && this.#intake.preloaded.count === 0) return true;
    return this.#intake.hasRoomFor(1, this.#recordBytesMax());
  }

  wait(): Promise<void> {
    return this.#room.wait();
  }

  /** Resolves when the core has room. */
  async waitInCore(): Promise<void> {
    while (this.#driver.core && !this.#isInCore()) await this.#coreRoom.wait();
  }

  /** There may be room again. */
  open(): void {
    if (this.#isInCore()) this.#coreRoom.open();
    if (this.isThere) this.#room.open();
  }

  #isInCore(): boolean {
    return this.#intake.coreHasRoomFor(1, this.#recordBytesMax());
  }
}
