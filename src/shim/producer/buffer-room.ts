import { Latch } from '../core/latch.js';
import { now } from '../core/time.js';
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
    return this.#wait(this.#waiters);
  }

  /** Resolves when the core has room, or there is no core. */
  async waitForCoreRoom(): Promise<void> {
    while (!this.#hasCoreRoom) await this.#wait(this.#coreWaiters);
  }

  /** Called when records have settled or were dropped: ends the waits for which there is room now. */
  notifyWaiters(): void {
    if (this.#hasCoreRoom) this.#coreWaiters.open();
    if (this.isAvailable) this.#waiters.open();
    if (this.#waiters.isAwaited || this.#coreWaiters.isAwaited) this.#makeRoom();
  }

  #wait(waiters: Latch): Promise<void> {
    const opened = waiters.wait();
    this.#makeRoom();
    return opened;
  }

  /** Sends what waits for more records, where nothing else would make room before `lingerMs` is over. */
  #makeRoom(): void {
    const wantsPoll = this.#driver.runIfPresent((core) => {
      core.waitForRoom(1, this.#recordBytesMax());
      return core.wantsPoll(now());
    });
    if (wantsPoll) this.#driver.pollUntilWait();
  }

  get #hasCoreRoom(): boolean {
    return this.#intake.coreHasRoomFor(1, this.#recordBytesMax()) ?? true;
  }
}
