import { Liveness } from '../core/liveness.js';

/**
 * A caller that waits for records, with the work that it has started; or work that no caller waits for. In Workers a
 * scope belongs to one invocation (see `invocation-scopes.ts`), and an invocation may have several scopes.
 */
export interface InvocationScope {
  /** Requests and calls of the credentials provider that were started within this scope and are not done. */
  readonly started: Set<StartedWork>;
  /** A timer of the invocation renews it while the invocation runs. */
  readonly liveness: Liveness;
  /** Settles the promises that the caller waits for and that have an outcome. Called within the caller's invocation. */
  settlePromises: () => void;
}

export interface StartedWork {
  readonly done: Promise<void>;
  /** Called by another invocation where the invocation of this scope has ended, so that `done` never settles. */
  readonly handleAbandoned: () => void;
}

export function newInvocationScope(settlePromises = () => {}): InvocationScope {
  return { started: new Set(), liveness: new Liveness(), settlePromises };
}

/** Waits until the work that a scope has started is done, 15 seconds at most. */
export async function finishStarted({ started }: InvocationScope): Promise<void> {
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

/** Milliseconds. Workers leave 30 seconds: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil */
const FINISH_MS_MAX = 15_000;
