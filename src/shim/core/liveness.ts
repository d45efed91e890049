import { now } from './time.js';

/** Milliseconds during which timers of any request have fired. */
let runningMs = 0;
let lastAt = 0;

/**
 * Whether a request of a Worker still runs. A timer of the request renews this, and no timer fires any more once the
 * request has ended. Time without a renewal counts only while timers of other requests fire: a host that is busy or idle
 * fires none.
 */
export class Liveness {
  #seenAt = now();
  #seenRunningMs = runningMs;

  /** Called by a timer of the request, each quarter of a second at least. */
  renew(): void {
    this.#seenAt = now();
    runningMs += Math.min(this.#seenAt - lastAt, GAP_MS_MAX);
    lastAt = this.#seenAt;
    this.#seenRunningMs = runningMs;
  }

  get hasEnded(): boolean {
    return runningMs - this.#seenRunningMs > ENDED_RUNNING_MS && now() - this.#seenAt > ENDED_MS;
  }
}

/** A request whose timer has not fired for so long has ended. */
const ENDED_MS = 1000;
/** For so much of that time timers of other requests must have fired. */
const ENDED_RUNNING_MS = 250;
/** Of a longer gap between two timers only this much counts: the host was busy or idle. */
const GAP_MS_MAX = 100;
