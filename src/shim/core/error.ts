import type { ErrorDetails } from '../generated/client-module.js';
import { withoutSecrets } from './secrets.js';

/**
 * A stable name for each reason that a call or a record fails for.
 * - `ERR_INVALID_ARGUMENT`: an argument is missing, malformed or past a limit; the message names both.
 * - `ERR_RECORD_TOO_LARGE`: a record is past `recordBytesMax`.
 * - `ERR_BUFFER_FULL`: the producer has no room for the record; await `ready`.
 * - `ERR_EXPIRED`, `ERR_ATTEMPTS`: a record was not delivered within `recordTtlMs`, or within `recordAttemptsMax`
 *   attempts.
 * - `ERR_CLOSED`: the producer takes no more records.
 * - `ERR_OUTBOX`: the outbox failed; what memory holds is still sent. A record has this code where the outbox lost it
 *   while the module was replaced.
 * - `ERR_CREDENTIALS`: the credentials are unusable, or the provider failed or gave none in time.
 * - `ERR_SERVICE`: Kinesis responded with an exception (`name` and `message` are AWS's), or the response is not one of
 *   Kinesis.
 * - `ERR_NETWORK`: a request or its response was lost, on the last attempt.
 * - `ERR_TIMEOUT`: no response within `requestTimeoutMs`, on the last attempt.
 * - `ERR_ABORTED`: the `abortSignal` was aborted before the call was done, or a record was dropped: consent was
 *   withdrawn, or another page sends it.
 * - `ERR_CORE`: the WebAssembly module is not loaded, could not be, or failed.
 */
export type KinesisErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_RECORD_TOO_LARGE'
  | 'ERR_BUFFER_FULL'
  | 'ERR_EXPIRED'
  | 'ERR_ATTEMPTS'
  | 'ERR_CLOSED'
  | 'ERR_OUTBOX'
  | 'ERR_CREDENTIALS'
  | 'ERR_SERVICE'
  | 'ERR_NETWORK'
  | 'ERR_TIMEOUT'
  | 'ERR_ABORTED'
  | 'ERR_CORE';

/** What an error carries beside its code and message. */
export interface ErrorMembers {
  name?: string | undefined;
  status?: number | undefined;
  requestId?: string | undefined;
  attempts?: number | undefined;
  partitionKey?: string | undefined;
  cause?: unknown;
}

/**
 * The one error class of the package. `code` is stable and says what to do; `name` is AWS's exception name where the
 * service gave one, so that `err.name === 'ProvisionedThroughputExceededException'` works as with the AWS SDKs. No
 * message holds a secret or a record's data.
 * @example
 * producer.put('hello').catch((error: KinesisError) => {
 *   if (error.code !== 'ERR_BUFFER_FULL') console.error(error.name, error.message);
 * });
 */
export class KinesisError extends Error {
  /** Stable. */
  declare readonly code: KinesisErrorCode;
  /** The HTTP status of the last response. */
  declare readonly status?: number;
  /** AWS's id of the last request that was answered. */
  declare readonly requestId?: string;
  /** How many times the request was sent. */
  declare readonly attempts?: number;
  /** The partition key of the record at fault. */
  declare readonly partitionKey?: string;
  /** What to look at, where the package knows: the log of the option `logger` says the same. */
  declare readonly advice?: string;

  constructor(
    code: KinesisErrorCode,
    message: string,
    { name = 'KinesisError', cause, ...details }: ErrorMembers = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    (this as { code: KinesisErrorCode }).code = code;
    // Not enumerable, as in every error: the console and Node print the name before the message by themselves.
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
    // V8 has made the stack before the name was set: this makes it again, so that it begins with the name.
    (Error as { captureStackTrace?: (error: Error, above: unknown) => void }).captureStackTrace?.(this, new.target);
    // A detail without a value is left out, so that `'status' in error` is false.
    for (const [detail, value] of Object.entries(details))
      if (value !== undefined) (this as Record<string, unknown>)[detail] = value;
  }

  /**
   * The same member as in the AWS SDK. `attempts` is 0 if nothing was sent. `totalRetryDelay` is 0, but for the error
   * of a call: there it is the time in milliseconds that the call has waited between attempts.
   */
  get $metadata(): { httpStatusCode?: number; requestId?: string; attempts: number; totalRetryDelay: number } {
    const { status, requestId, attempts = 0 } = this;
    return {
      ...(status !== undefined && { httpStatusCode: status }),
      ...(requestId !== undefined && { requestId }),
      attempts,
      totalRetryDelay: 0,
    };
  }

  /** What `JSON.stringify` writes, for logs: `name` and `message` too, which are not enumerable. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...(this as object) };
  }

  /** An argument that is not acceptable. The message names the argument and what it may be. */
  static invalid(message: string, details?: ErrorMembers): KinesisError {
    // `this` in place of the class's name: with that esbuild would rename the class to `_KinesisError`, which Node
    // shows.
    return new this('ERR_INVALID_ARGUMENT', message, details);
  }
}

/**
 * A `KinesisError` of what the core refuses, or of a record or call that has failed there.
 * @internal
 */
export function errorOf({ code, message, ...details }: ErrorDetails): KinesisError {
  return new KinesisError(code, withoutSecrets(message.replace(TOKEN, '$1…')), details);
}

/** A message about a wrong signature may repeat the whole canonical request, with the session token in it. */
const TOKEN = /(x-amz-security-token:\s*)[\w+/=-]+/gi;

/**
 * Whether this is what an export throws where it refuses something.
 * @internal
 */
export function isErrorDetails(error: unknown): error is ErrorDetails {
  return (
    typeof error === 'object' && error !== null && !(error instanceof Error) && 'code' in error && 'message' in error
  );
}

/**
 * Anything that was thrown, as a `KinesisError`.
 * @param what what failed, for the message
 * @internal
 */
export function errorFrom(error: unknown, what: string): KinesisError {
  return error instanceof KinesisError ? error : KinesisError.invalid(`${what}: ${messageOf(error)}`, { cause: error });
}

/**
 * Calls `read`, which may call a function of the user: a getter, an iterator, a `toJSON`. An exception of that function
 * becomes a `KinesisError` of this call.
 * @param what what is read, for the message
 * @internal
 */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw errorFrom(error, `${what} could not be read`);
  }
}

/**
 * The message of anything that was thrown. Node's fetch throws "fetch failed", with the reason in the cause. Where the
 * value cannot be converted to a string, the result is "an error".
 * @internal
 */
export function messageOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? `${error.message} (${messageOf(error.cause)})` : error.message;
  } catch {
    return 'an error';
  }
}

/**
 * Calls `onError`, if there is one. An exception of `onError` is written to the console, and the caller goes on.
 * @internal
 */
export function report<E>(onError: ((error: E) => void) | undefined, error: E): void {
  callUser('onError', () => onError?.(error));
}

/**
 * Calls a function of the user whose result nobody needs. What it throws, or rejects with, is written to the console,
 * and the caller goes on.
 * @internal
 */
export function callUser(name: string, call: () => unknown): void {
  const show = (thrown: unknown) => console.error(`${name} has thrown`, thrown);
  try {
    handleRejection(call(), show);
  } catch (thrown) {
    show(thrown);
  }
}

/**
 * If a function of the user has returned a promise, handles its rejection, so that it does not count as unhandled.
 * @internal
 */
export function handleRejection(returned: unknown, onRejected: (reason: unknown) => void = () => {}): void {
  const promise = returned as PromiseLike<unknown> | undefined | null;
  if (typeof promise?.then === 'function') promise.then(undefined, onRejected);
}
