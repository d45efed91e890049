/**
 * The one error class of the package. `code` is stable and says what to do; `name` is AWS's exception name where the service
 * gave one, so that `err.name === 'ProvisionedThroughputExceededException'` works as with the AWS SDKs.
 */
export class KinesisError extends Error {
  /**
   * @param {import('../types/types.js').KinesisErrorCode} code
   * @param {string} message
   * @param {{ name?: string, status?: number, requestId?: string, attempts?: number, partitionKey?: string, cause?: unknown }} [details]
   */
  constructor(code, message, { name = 'KinesisError', cause, ...details } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    // Not enumerable, as in every error: logs show it in front of the message already.
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
    for (const [detail, value] of Object.entries(details)) if (value !== undefined) /** @type {any} */ (this)[detail] = value;
  }

  /**
   * @param {string} message names the argument and what it may be
   * @param {{ cause?: unknown }} [details]
   * @returns {KinesisError}
   */
  static invalid(message, details) {
    return new KinesisError('ERR_INVALID_ARGUMENT', message, details);
  }
}

/**
 * What came out of the core or the host, as a `KinesisError`: a trap of the WebAssembly module is one too.
 * @param {unknown} error
 * @returns {KinesisError}
 */
export function errorFrom(error) {
  if (error instanceof KinesisError) return error;
  if (isRefusal(error)) return errorOf(JSON.parse(error));
  return new KinesisError('ERR_CORE', `the WebAssembly core failed: ${error}`, { cause: error });
}

/**
 * What the core tells of an error.
 * @param {{ code: import('../types/types.js').KinesisErrorCode, message: string, name?: string, status?: number, requestId?: string, attempts?: number, partitionKey?: string }} told
 * @returns {KinesisError}
 */
export function errorOf({ code, message, ...details }) {
  return new KinesisError(code, message, details);
}

/**
 * Whether the core has refused something, in JSON; anything else that comes out of it is a trap, and has ruined it.
 * @param {unknown} error
 * @returns {error is string}
 */
export function isRefusal(error) {
  return typeof error === 'string';
}

/**
 * What to show of anything that was thrown. Node's fetch says no more than "fetch failed", and why in the cause.
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${messageOf(error.cause)})` : error.message;
}

/**
 * Tells whoever asked to be told.
 * @param {((error: any) => void) | undefined} onError
 * @param {unknown} error
 */
export function report(onError, error) {
  try {
    onError?.(error);
  } catch (thrown) {
    // A mistake in the page's code is the page's to see, and must stop nothing here.
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
