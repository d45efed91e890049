import { MIB } from './limits.js';
import { describe } from './describe.js';
import { kindOf } from './data.js';
import { KinesisError } from './error.js';

/** A whole number from `min` to `max`, both allowed. */
export function checkCount(value: unknown, argument: string, { min = 1, max }: { min?: number; max: number }): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw KinesisError.invalid(
      `${argument} must be a whole number from ${min} to ${max}, not ${typeof value === 'number' ? value : kindOf(value)}`,
    );
  }
  return value;
}

/** A number of bytes, at most the highest record limit of a stream; `undefined` where it is not set. */
export function checkBytes(value: unknown, argument: string): number | undefined {
  return value === undefined || value === null
    ? undefined
    : checkCount(value, argument, { max: RECORD_BYTES_MAX_RAISED });
}

/** True or false; false where it is not set. */
export function checkFlag(value: unknown, argument: string): boolean {
  if (value !== undefined && value !== null && typeof value !== 'boolean') {
    throw KinesisError.invalid(`${argument} must be true or false, not ${kindOf(value)}`);
  }
  return value === true;
}

/** A function of the user. */
export function checkFunction<F>(value: F, argument: string): NonNullable<F> {
  if (typeof value === 'function') return value;
  throw KinesisError.invalid(`${argument} must be a function, not ${kindOf(value)}`);
}

/** A function of the user; `undefined` where it is not set. */
export function checkOptionalFunction<F>(value: F, argument: string): NonNullable<F> | undefined {
  return value === undefined || value === null ? undefined : checkFunction(value, argument);
}

/** One of some texts. */
export function checkOneOf<T extends string>(value: unknown, argument: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw KinesisError.invalid(`${argument} must be one of '${allowed.join("', '")}', not ${describe(value)}`);
}

/**
 * The URL of a text, or `undefined` where the text is none. `URL.canParse` came with Safari 17.
 * @param base what a relative URL is relative to
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** A URL for messages: its query may hold a secret. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*/s, '');
}

/** The URL of a service, in the form in which `fetch` sends it and the signature has it. */
export function toEndpoint(value: unknown, argument: string): string {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw KinesisError.invalid(`${argument} must be an absolute http(s) URL without a user name`);
  }
  return url.href;
}

/**
 * The highest record limit that a stream can be given:
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html
 */
const RECORD_BYTES_MAX_RAISED = 10 * MIB;
