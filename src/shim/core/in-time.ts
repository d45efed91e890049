/** Settles with a promise, or after so many milliseconds as `late` does, which returns a value or throws. */
export async function inTime<T, L>(promise: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
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
