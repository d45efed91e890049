import { inTime } from '../core/in-time.js';
import type { RateLimiterBinding } from './types.js';

/**
 * Whether the binding admits a request. It protects a quota, not the data: where it fails, answers with something else,
 * or does not answer in time, the request is admitted.
 */
export async function isAdmitted(limiter: RateLimiterBinding, key: string): Promise<boolean> {
  const asked = (async (): Promise<unknown> => limiter.limit({ key }))();
  const answer = await inTime(asked, ANSWER_MS_MAX, () => {}).catch(() => {});
  return (answer as { success?: unknown } | null | undefined)?.success !== false;
}

/** How long a request waits for the binding, in milliseconds. */
const ANSWER_MS_MAX = 1000;
