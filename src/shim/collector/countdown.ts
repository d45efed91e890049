import type { KinesisError } from '../core/error.js';
import type { DeliveryHealth } from './delivery-health.js';

/** Waits for events that were put by one call. */
export interface Countdown {
  /** Called once for each of them. */
  settle: (error: KinesisError | undefined) => void;
  /** Resolves when all have settled, to whether all are delivered. */
  settled: Promise<boolean>;
}

/** @param health learns what becomes of each event */
export function countdown(count: number, health: DeliveryHealth): Countdown {
  let pending = count;
  let areDelivered = true;
  let resolve!: (areDelivered: boolean) => void;
  const settled = new Promise<boolean>((resolveSettled) => (resolve = resolveSettled));
  const settle = (error: KinesisError | undefined) => {
    health.settle(error);
    if (error) areDelivered = false;
    pending -= 1;
    if (pending === 0) resolve(areDelivered);
  };
  return { settle, settled };
}
