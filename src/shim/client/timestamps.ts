import { KinesisError } from '../core/error.js';

/** AWS's JSON has times as seconds since 1970. */
export function toDate(seconds: number): Date {
  return new Date(seconds * 1000);
}

/** A time of the caller for AWS's JSON. */
export function toSeconds(date: unknown): number | undefined {
  if (date === undefined || date === null) return undefined;
  const ms = Number(date);
  if (Number.isNaN(ms)) throw KinesisError.invalid('Timestamp must be a valid Date');
  return ms / 1000;
}
