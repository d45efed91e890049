// In front of a server that sends no CORS headers, or too few: passes everything on and adds those that AWS sends. `Host` stays
// as the client signed it.
import { request as forward } from 'node:http';
import { listen } from './listen.mjs';

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date',
};
const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization,content-type,x-amz-date,x-amz-security-token,x-amz-target',
  'access-control-max-age': '172800',
};

/** With `preflightMs` each preflight is answered that late, and counted. */
export async function serveWithCors(upstream, { preflightMs } = {}) {
  const { hostname, port } = new URL(upstream);
  const server = await listen((request, response) => {
    if (request.method === 'OPTIONS' && preflightMs) {
      server.preflights += 1;
      return setTimeout(() => response.writeHead(204, { ...PREFLIGHT, 'access-control-max-age': '0' }).end(), preflightMs);
    }
    if (request.method === 'OPTIONS') return response.writeHead(204, PREFLIGHT).end();
    const { method, url: path, headers } = request;
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
      response.writeHead(answer.statusCode, { ...Object.fromEntries(own), ...CORS });
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  return Object.assign(server, { preflights: 0 });
}
