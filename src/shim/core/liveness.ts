import { now } from './time.js';

/** Milliseconds during which timers of any invocation have fired. */
let runningMs = 0;
let lastAt = 0;

/**
 * Whether an invocation of a Worker still runs; an invocation is one call of the Worker's handler. A timer of the
 * invocation calls `renew` until the invocation ends, because its timers end with it. An invocation has ended when it
 * has not called `renew` for a while in which timers of other invocations have fired. Time in which no timer fires does
 * not count: the host was busy or idle.
 */
export class Liveness {
  #seenAt = now();
  #seenRunningMs = runningMs;

  /** Called by a timer of the invocation, each quarter of a second at least. */
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

/** An invocation has ended when its timer has not fired for this many milliseconds… */
const ENDED_MS = 1000;
/** … and timers of other invocations have fired during this many of them. */
const ENDED_RUNNING_MS = 250;
/** The most that one gap between two timers counts, in milliseconds: in a longer gap the host was busy or idle. */
const GAP_MS_MAX = 100;
