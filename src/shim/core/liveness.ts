import { now } from './time.js';

/** Milliseconds in which timers have run, of whatever request. */
let runningMs = 0;
let lastAt = 0;

/**
 * Whether a request of a Worker still runs. The timers of a request that has ended run no more, so one of its timers
 * renews this. Silence counts while timers of other requests run: a host that is busy or idle runs none.
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

/** A request whose timer has not run for so long has ended. */
const ENDED_MS = 1000;
/** As much of that time as timers of other requests must have run. */
const ENDED_RUNNING_MS = 250;
/** A longer gap between two timers counts no more: the host was busy or idle. */
const GAP_MS_MAX = 100;
