/**
 * The Worker behind the demo page: it serves `www/` under strict headers, and tells the page at `/config.json` which
 * stream to start with. Records do not pass through here; the page signs and sends them by itself.
 */

/**
 * @typedef {object} Env
 * @property {{ fetch(request: Request): Promise<Response> }} ASSETS
 * @property {string} [AWS_REGION]
 * @property {string} [STREAM_NAME]
 * @property {string} [KINESIS_ENDPOINT]
 * @property {string} [DEMO_ACCESS_KEY_ID]
 * @property {string} [DEMO_SECRET_ACCESS_KEY]
 */

export default {
  /** @param {Request} request @param {Env} env */
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const response = pathname === '/config.json' ? config(env) : await env.ASSETS.fetch(request);
    return secured(response, env);
  },
};

/** @param {Env} env */
function config(env) {
  const settings = {
    region: env.AWS_REGION ?? null,
    streamName: env.STREAM_NAME ?? null,
    endpoint: env.KINESIS_ENDPOINT || null,
    credentials: demoCredentials(env),
  };
  return Response.json(settings, { headers: { 'Cache-Control': 'no-store' } });
}

/**
 * Whatever this returns, every visitor has. So there are keys only for a Kinesis that nobody but this machine can
 * reach: a deployed Worker serves none, whatever its variables and secrets are called.
 * @param {Env} env
 */
function demoCredentials(env) {
  const { DEMO_ACCESS_KEY_ID: accessKeyId, DEMO_SECRET_ACCESS_KEY: secretAccessKey } = env;
  return accessKeyId && secretAccessKey && isLoopback(env.KINESIS_ENDPOINT) ? { accessKeyId, secretAccessKey } : null;
}

/** @param {string | undefined} endpoint */
function isLoopback(endpoint) {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed(endpoint)?.hostname ?? '');
}

/** @param {Response} response @param {Env} env */
function secured(response, env) {
  const copy = new Response(response.body, response); // an asset's own headers cannot be changed
  copy.headers.set('Content-Security-Policy', contentSecurityPolicy(env));
  copy.headers.set('X-Content-Type-Options', 'nosniff');
  copy.headers.set('Referrer-Policy', 'no-referrer');
  return copy;
}

/**
 * The page holds AWS keys while it is open, so it runs this origin's scripts only and talks to Kinesis only.
 * @param {Env} env
 */
function contentSecurityPolicy(env) {
  const endpoint = parsed(env.KINESIS_ENDPOINT)?.origin ?? ''; // its origin: a raw variable could end the directive
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${endpoint} https://*.amazonaws.com https://*.api.aws`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** @param {string | undefined} url */
function parsed(url) {
  return url ? (URL.parse(url) ?? undefined) : undefined;
}
