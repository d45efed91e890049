import { PREFLIGHT } from './authorizer.js';
import { jsonResponse } from './json-response.js';

/**
 * A response that any page may read, so that a tracker can say with which status the collector has answered. It is for
 * what is answered before the allowed origins are looked at, or without knowing them. The text is the collector's own,
 * with nothing of the options or of the request. A preflight is granted: the request that follows gets this response.
 */
export function openResponse(
  request: Request,
  status: number,
  error: string,
  headers?: Record<string, string>,
): Response {
  const isPreflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
  // No browser keeps that, because the next answer may be another.
  if (isPreflight)
    return new Response(null, { status: 204, headers: { ...OPEN, ...PREFLIGHT, 'access-control-max-age': '0' } });
  return jsonResponse(status, { error }, { ...OPEN, ...headers });
}

const OPEN = { 'access-control-allow-origin': '*' };
