import { messageOf } from '../core/error.js';
import type { LazyEvent } from './pending-event.js';
import { cutWords } from './text.js';

/**
 * Tracks uncaught errors and unhandled rejections, 10 at most: code that throws in each frame must not flood the
 * stream.
 * @returns starts counting again, for another page
 */
export function watchErrors(track: (event: LazyEvent) => void, signal: AbortSignal): () => void {
  let count = 0;
  const failed = (error: Partial<Error> | undefined, event?: ErrorEvent) => {
    if ((count += 1) > ERRORS_MAX) return;
    // The error is read at once, because a script may change it later.
    const properties = {
      name: text(() => error?.name),
      message: text(() => error?.message ?? error),
      source: event?.filename,
      line: event?.lineno,
      column: event?.colno,
      stack: text(() => error?.stack),
    };
    track(() => ['error', properties]);
  };
  addEventListener('error', (event) => failed(event.error ?? event, event), { signal });
  addEventListener('unhandledrejection', ({ reason }) => failed(reason), { signal });
  return () => (count = 0);
}

/** Whatever was thrown may have getters that throw, and may fail to become a text. */
function text(read: () => unknown): string | undefined {
  try {
    const value = read();
    return value ? cutWords(String(value), TEXT_LENGTH_MAX) : undefined;
  } catch (error) {
    return cutWords(messageOf(error), TEXT_LENGTH_MAX);
  }
}

/** Per page view. */
const ERRORS_MAX = 10;
/** Characters of a message and of a stack that are sent. */
const TEXT_LENGTH_MAX = 1000;
