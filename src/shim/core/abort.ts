import { kindOf } from './data.js';
import { KinesisError } from './error.js';
import { timerMs } from './time.js';

/** The caller's `abortSignal`, checked. */
export function toAbortSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value === null) return undefined;
  const signal = value as Partial<AbortSignal>;
  if (
    typeof value === 'object' &&
    typeof signal.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function'
  )
    return value as AbortSignal;
  throw KinesisError.invalid(
    `abortSignal must be an AbortSignal, such as the signal of an AbortController, not ${kindOf(value)}`,
  );
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await unlessAborted(new Promise<void>((resolve) => (timer = setTimeout(resolve, timerMs(ms)))), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles with the promise, or rejects as soon as the signal is aborted. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let listener = () => {};
  const abort = new Promise<never>((_, reject) => {
    listener = () => reject(aborted(signal));
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener);
  });
  try {
    return await Promise.race([promise, abort]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

function aborted(signal: AbortSignal): KinesisError {
  // The name is what the AWS SDKs and fetch use.
  return new KinesisError('ERR_ABORTED', 'the call was aborted by its abortSignal', {
    name: 'AbortError',
    cause: signal.reason,
  });
}
