import type { CollectorContext } from './types.js';

/**
 * Keeps a request alive until a promise settles.
 * @returns false where the context cannot: there is none, it has no `waitUntil`, or its `waitUntil` throws
 */
export function waitUntilSettled(ctx: CollectorContext | undefined, promise: Promise<unknown>): boolean {
  try {
    if (typeof ctx?.waitUntil !== 'function') return false;
    ctx.waitUntil(promise);
    return true;
  } catch {
    return false;
  }
}
