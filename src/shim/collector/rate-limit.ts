import { settleOrTimeOut } from '../core/abort.js';
import type { RateLimiterBinding } from './types.js';

/**
 * Whether the binding admits a request. It protects a quota, not the data: where it fails, answers with something else,
 * or does not answer in time, the request is admitted.
 */
export async function isAdmitted(limiter: RateLimiterBinding, key: string): Promise<boolean> {
  let isOverLimit = false;
  const ask = async () => {
    const answer: unknown = await limiter.limit({ key });
    isOverLimit = (answer as { success?: unknown } | null | undefined)?.success === false;
  };
  await settleOrTimeOut(ask(), ANSWER_MS_MAX);
  return !isOverLimit;
}

/** How long a request waits for the binding, in milliseconds. */
const ANSWER_MS_MAX = 1000;
