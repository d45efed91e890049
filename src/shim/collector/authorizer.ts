import { parseUrl } from '../core/checks.js';
import type { CollectorSettings } from './options.js';
import { writeLine } from './unrepeated-log.js';
import { Refusal } from './refusal.js';

/**
 * Decides who may send events. A browser sends its page's origin, which no script can change; any other client has the
 * write key. A request from an origin that is not allowed is refused even with the key. Where all origins are allowed,
 * an origin proves nothing: then every client needs the key, if there is one.
 */
export class Authorizer {
  readonly #origins: Set<string> | undefined;
  readonly #writeKey: Uint8Array | undefined;
  readonly #refusedOrigins = new Set<string>();

  constructor({ origins, writeKey }: Pick<CollectorSettings, 'origins' | 'writeKey'>) {
    this.#origins = origins;
    this.#writeKey = writeKey;
  }

  /** The headers that let a page of an allowed origin read the response. */
  corsHeaders(request: Request): Record<string, string> {
    const origin = request.headers.get('origin');
    if (origin === null || !this.#allows(origin)) return { vary: 'Origin' };
    const headers = { 'access-control-expose-headers': 'retry-after', vary: 'Origin' };
    if (!this.#origins) return { 'access-control-allow-origin': '*', ...headers };
    // `sendBeacon` always sends credentials. Allowing them reveals nothing, as the collector reads no cookie.
    return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', ...headers };
  }

  /** Throws a `Refusal` unless the request may send events. */
  authorize(request: Request, query: URLSearchParams | undefined): void {
    const origin = request.headers.get('origin');
    if (origin !== null && !this.#allows(origin)) throw this.#refuse(origin);
    if (this.#hasKey(request, query)) return;
    const isOpen = !this.#origins && !this.#writeKey;
    const isFromAllowedOrigin = this.#origins !== undefined && origin !== null;
    if (!isOpen && !isFromAllowedOrigin) {
      throw new Refusal(403, this.#origins ? 'an allowed origin or a write key is needed' : KEY_NEEDED);
    }
  }

  /**
   * A request for an image has no origin, and from a mail no referrer either: only a foreign one is refused. Where
   * every client needs the write key, so does an image.
   */
  authorizePixel(request: Request, query: URLSearchParams): void {
    const origin = request.headers.get('origin') ?? originOf(request.headers.get('referer'));
    if (origin !== undefined && !this.#allows(origin)) throw this.#refuse(origin);
    if (!this.#hasKey(request, query) && !this.#origins && this.#writeKey) throw new Refusal(403, KEY_NEEDED);
  }

  preflight(request: Request, headers: Record<string, string>): Response {
    const origin = request.headers.get('origin');
    if (origin === null) throw originRefused();
    if (!this.#allows(origin)) throw this.#refuse(origin);
    return new Response(null, { status: 204, headers: { ...headers, ...PREFLIGHT, ...PREFLIGHT_MAX_AGE } });
  }

  /** The log names the first origins that are refused: the console of the page cannot tell why. */
  #refuse(origin: string): Refusal {
    if (this.#refusedOrigins.size < ORIGINS_LOGGED_MAX && !this.#refusedOrigins.has(origin)) {
      this.#refusedOrigins.add(origin);
      writeLine(
        `events from ${origin.slice(0, ORIGIN_LENGTH_MAX)} are refused: allowedOrigins does not have this origin`,
      );
    }
    return originRefused();
  }

  #allows(origin: string): boolean {
    return !this.#origins || this.#origins.has(origin);
  }

  /** Whether the request has the write key. Throws a `Refusal` where it has a wrong one. */
  #hasKey(request: Request, query: URLSearchParams | undefined): boolean {
    const key = request.headers.get('x-write-key') ?? query?.get('k') ?? null;
    if (key === null || !this.#writeKey) return false;
    if (!isSameKey(key, this.#writeKey)) throw new Refusal(403, 'the write key is wrong');
    return true;
  }
}

/** What a preflight is granted. */
export const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'content-type, content-encoding, x-write-key',
};
/** Seconds. Chromium caches it for two hours at most, Firefox for a day. */
const PREFLIGHT_MAX_AGE = { 'access-control-max-age': '86400' };

/** Anybody may send any origin: the log has so many of an isolate, and so many characters of each. */
const ORIGINS_LOGGED_MAX = 5;
const ORIGIN_LENGTH_MAX = 100;
const KEY_NEEDED = 'a write key is needed';

function originRefused(): Refusal {
  return new Refusal(403, 'the origin is not in allowedOrigins');
}

/** Compares keys in a time that depends on the length alone. */
function isSameKey(text: string, key: Uint8Array): boolean {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length !== key.length) return false;
  const subtle: WorkersSubtleCrypto = crypto.subtle;
  if (subtle.timingSafeEqual) return subtle.timingSafeEqual(bytes, key);
  let difference = 0;
  for (let at = 0; at < bytes.length; at += 1) difference |= (bytes[at] as number) ^ (key[at] as number);
  return difference === 0;
}

/** https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#timingsafeequal */
type WorkersSubtleCrypto = SubtleCrypto & { timingSafeEqual?: (a: Uint8Array, b: Uint8Array) => boolean };

function originOf(referrer: string | null): string | undefined {
  return referrer === null ? undefined : parseUrl(referrer)?.origin;
}
