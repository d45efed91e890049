import { KinesisError } from '../core/error.js';

/** An error for the log. No message of this package contains a secret; the message of any other error may. */
export function summaryOf(error: unknown): string {
  if (error instanceof KinesisError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.name : typeof error;
}
