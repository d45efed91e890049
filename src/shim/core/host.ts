import { KinesisError } from './error.js';

/**
 * Whether timers, fetches and promises end with the invocation (one call of the handler) that has started them, as in
 * Cloudflare Workers. All Workers have `WebSocketPair`, whereas `navigator` came with the compatibility date
 * 2022-03-21.
 */
export const WORK_ENDS_WITH_INVOCATION = 'WebSocketPair' in globalThis;

let hasHandlerRun = !WORK_ENDS_WITH_INVOCATION;

/**
 * Whether this code runs while the script of a Worker is loaded, before a handler is called. Timers and requests are
 * forbidden then, and the clock stands still.
 */
export function isModuleScope(): boolean {
  if (hasHandlerRun) return false;
  try {
    clearTimeout(setTimeout(() => {}, 0));
  } catch {
    return true;
  }
  hasHandlerRun = true;
  return false;
}

/** The error for sending at the module scope of a Worker. */
export function needsHandler(what: string): KinesisError {
  return KinesisError.invalid(
    `${what} sends requests, which a Worker may not do at its module scope: do it in a handler`,
  );
}

/** Throws where there is no `fetch`: no attempt can succeed. Jest's jsdom has none, for example. */
export function checkFetch(userFetch: typeof fetch | undefined): void {
  if (userFetch || typeof globalThis.fetch === 'function') return;
  throw KinesisError.invalid(
    "fetch is missing in this environment: give the option fetch, in Node the nodeFetch of 'kinesis-edge/node'",
  );
}

/**
 * Calls `fetch`. Where it throws, the promise rejects. A redirect is not followed: AWS sends none, and the other host
 * would get the session token and the records.
 */
export async function post(userFetch: typeof fetch | undefined, url: string, init: RequestInit): Promise<Response> {
  init.redirect = 'manual';
  return (userFetch ?? fetch).call(globalThis, url, init);
}

/**
 * The SHA-256 of a body in hexadecimal, where the host is quicker at it than WebAssembly: as a text where there is
 * `process.getBuiltinModule` (Node 20.16 and later, Deno, Bun), as a promise elsewhere. `undefined` where the core is
 * to hash it.
 */
export function digest(
  body: Uint8Array<ArrayBuffer>,
  mayWait: boolean,
): string | Promise<string | undefined> | undefined {
  if (body.length < DIGEST_BYTES_MIN) return undefined;
  // Loaded only when there is something to hash: Node takes longer to load it than to load all of this package.
  createHash ??= globalThis.process?.getBuiltinModule?.('node:crypto')?.createHash ?? false;
  if (createHash) return createHash('sha256').update(body).digest('hex');
  // Pages without https have no `crypto.subtle`.
  if (!mayWait || body.length < SUBTLE_BYTES_MIN || !globalThis.crypto?.subtle) return undefined;
  return crypto.subtle.digest('SHA-256', body).then(toHex, () => undefined);
}

/** A loop in place of `Array.from`, because that of Prototype.js ignores its second argument. */
function toHex(hash: ArrayBuffer): string {
  let digits = '';
  for (const byte of new Uint8Array(hash)) digits += byte.toString(16).padStart(2, '0');
  return digits;
}

let createHash: typeof import('node:crypto').createHash | false | undefined;
/** Bytes. For a smaller body the call of the host costs more than it saves. */
const DIGEST_BYTES_MIN = 4096;
/** Bytes. For a smaller body the wait takes longer than hashing in the module. */
const SUBTLE_BYTES_MIN = 32 * 1024;
