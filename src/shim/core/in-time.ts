/**
 * Settles with a promise, or after so many milliseconds as `late` does, which returns a value or throws. The wait is
 * cut into timers of `STEP_MS`, because a timer may be over at once where a page was frozen or the device has slept. So
 * such a time counts as `STEP_MS` at most, and what has arrived meanwhile is handled before the wait ends.
 */
export async function inTime<T, L>(promise: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    const wait = (leftMs: number) => {
      if (leftMs <= 0) resolve();
      else timer = setTimeout(() => wait(leftMs - STEP_MS), Math.min(leftMs, STEP_MS));
    };
    wait(ms);
  });
  try {
    return await Promise.race([promise, timeout.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles with a promise, or after so many milliseconds. Never rejects. */
export function settleOrTimeOut(promise: Promise<unknown>, ms: number): Promise<unknown> {
  return inTime(
    promise.catch(() => {}),
    ms,
    () => {},
  );
}

const STEP_MS = 5000;
