import { createCollector } from 'kinesis-edge/collector';

/**
 * The Worker that `wrangler.toml` deploys. It collects events, at `/collect` straight into the stream and at
 * `/collect-queued` through a queue. And it serves the demo page under strict headers, and reports to it at
 * `/config.json` what there is; records that the page signs by itself do not pass through here.
 */

/**
 * @typedef {import('kinesis-edge/collector').CollectorOptions} CollectorOptions
 * @typedef {import('kinesis-edge/collector').CollectorContext} Context
 * @typedef {object} Env
 * @property {{ fetch(request: Request): Promise<Response> }} ASSETS
 * @property {CollectorOptions['queue']} [EVENTS]
 * @property {CollectorOptions['rateLimiter']} [RATE_LIMITER]
 * @property {string} [AWS_ACCESS_KEY_ID]
 * @property {string} [AWS_SECRET_ACCESS_KEY]
 * @property {string} [WRITE_KEY]
 * @property {string} [ALLOWED_ORIGINS]
 * @property {string} [DROP_FIELDS]
 * @property {string} [AWS_REGION]
 * @property {string} [STREAM_NAME]
 * @property {string} [KINESIS_ENDPOINT]
 * @property {string} [DEMO_ACCESS_KEY_ID]
 * @property {string} [DEMO_SECRET_ACCESS_KEY]
 */

const PATHS = { direct: '/collect', queue: '/collect-queued' };

const direct = createCollector(collectorOptions);
const queued = createCollector((/** @type {Env} */ env) => ({
  ...collectorOptions(env),
  path: PATHS.queue,
  queue: env.EVENTS,
}));
const COLLECTORS = { direct, queue: queued };

export default {
  /** @param {Request} request @param {Env} env @param {Context} ctx */
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const modes = modesOf(env);
    if (pathname === '/health') return healthOf(modes, request, env, ctx);
    if (modes.includes('direct') && pathname === PATHS.direct) return direct.fetch(request, env, ctx);
    if (modes.includes('queue') && pathname === PATHS.queue) return queued.fetch(request, env, ctx);
    const response = pathname === '/config.json' ? config(env) : await env.ASSETS.fetch(request);
    return secured(response, env);
  },

  /** @param {import('kinesis-edge/collector').CollectorBatch} batch @param {Env} env @param {Context} ctx */
  queue(batch, env, ctx) {
    return queued.queue(batch, env, ctx);
  },
};

/**
 * The collectors that there are: with keys, and with a queue.
 * @param {Env} env
 * @returns {('direct' | 'queue')[]}
 */
function modesOf(env) {
  if (!env.AWS_ACCESS_KEY_ID || !env.AWS_SECRET_ACCESS_KEY) return [];
  return env.EVENTS ? ['direct', 'queue'] : ['direct'];
}

/**
 * The health of the first collector that has trouble. Without keys no event can be delivered.
 * @param {('direct' | 'queue')[]} modes @param {Request} request @param {Env} env @param {Context} ctx
 */
async function healthOf(modes, request, env, ctx) {
  if (modes.length === 0) return Response.json({ status: 'failing', reason: 'credentials' }, { status: 503 });
  const responses = await Promise.all(modes.map((mode) => COLLECTORS[mode].fetch(request, env, ctx)));
  return responses.find(({ ok }) => !ok) ?? responses[0];
}

/**
 * @param {Env} env
 * @returns {CollectorOptions}
 */
function collectorOptions(env) {
  return {
    region: env.AWS_REGION ?? '',
    streamName: env.STREAM_NAME ?? '',
    ...(env.KINESIS_ENDPOINT && { endpoint: env.KINESIS_ENDPOINT }),
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    allowedOrigins: env.ALLOWED_ORIGINS === '*' ? '*' : listOf(env.ALLOWED_ORIGINS),
    ...(env.WRITE_KEY && { writeKey: env.WRITE_KEY }),
    rateLimiter: env.RATE_LIMITER,
    dropFields: listOf(env.DROP_FIELDS),
  };
}

/** @param {string | undefined} text */
function listOf(text = '') {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** @param {Env} env */
function config(env) {
  const settings = {
    region: env.AWS_REGION ?? null,
    streamName: env.STREAM_NAME ?? null,
    endpoint: env.KINESIS_ENDPOINT || null,
    credentials: demoCredentials(env),
    collectors: modesOf(env).map((mode) => ({ mode, path: PATHS[mode] })),
  };
  return Response.json(settings, { headers: { 'Cache-Control': 'no-store' } });
}

/**
 * Every visitor can read what this returns. So it returns keys only for a Kinesis on this machine; a deployed Worker
 * returns none, whatever its variables and secrets are called.
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
    "font-src 'self'",
    "frame-src 'self'", // the shop
    `connect-src 'self' ${endpoint} https://*.amazonaws.com https://*.api.aws`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

/** @param {string | undefined} url */
function parsed(url) {
  return url ? (URL.parse(url) ?? undefined) : undefined;
}
