import { Liveness } from '../core/liveness.js';

/**
 * One wait for a producer, or work that nobody waits for. In Workers it belongs to the request that has begun it, which
 * may have several.
 */
export interface RequestScope {
  /** Requests and calls of the credentials provider that this caller has started and that are not done. */
  readonly started: Set<StartedWork>;
  /** A timer of the request renews it while the request runs. */
  readonly liveness: Liveness;
  /** Settles the promises that the caller waits for and whose outcome is there. Called within the caller's request. */
  settle: () => void;
}

export interface StartedWork {
  readonly done: Promise<void>;
  /** Called within another scope where the request of this one has ended, so that `done` never settles. */
  readonly abandon: () => void;
}

export function newRequestScope(settle = () => {}): RequestScope {
  return { started: new Set(), liveness: new Liveness(), settle };
}

/** Waits until the work that a scope has started is done, 15 seconds at most. */
export async function finishStarted({ started }: RequestScope): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLate = false;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve();
    }, FINISH_MS_MAX);
  });
  while (started.size > 0 && !isLate) await Promise.race([...[...started].map(({ done }) => done), late]);
  clearTimeout(timer);
}

/** Workers leave 30 seconds: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil */
const FINISH_MS_MAX = 15_000;
