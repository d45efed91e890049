// Serves what a page of the suite needs from the project's folder, under a strict Content-Security-Policy.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { top } from '../../xtask/say.mjs';
import { listen } from './listen.mjs';

const TYPES = { '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.html': 'text/html' };
const SERVED = /^(dist|tests|node_modules\/qunit)\//;

const IMPORTS = JSON.stringify({ imports: { 'kinesis-edge': '/dist/browser.js', qunit: '/node_modules/qunit/qunit/esm/qunit.module.js' } });
const PAGE = `<!doctype html><title>suite</title><script type="importmap">${IMPORTS}</script><script type="module" src="/tests/js/page.js"></script>`;
const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' 'sha256-${createHash('sha256').update(IMPORTS).digest('base64')}'`,
  "connect-src 'self' http://127.0.0.1:*",
].join('; ');

export function serveFiles() {
  return listen(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname).slice(1);
    try {
      const body = path === '' ? PAGE : SERVED.test(path) ? await readFile(join(top, path)) : undefined;
      if (body === undefined) throw new Error('not served');
      const type = TYPES[extname(path) || '.html'] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY, 'access-control-allow-origin': '*' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
}
