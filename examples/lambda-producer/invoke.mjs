// Calls the function as Lambda does: two requests of a function URL, one after the other, in one process.
import { handler } from './index.mjs';

for (const rawPath of ['/cart', '/checkout']) {
  const event = { rawPath, body: '{"item":7}', requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } } };
  console.log(rawPath, await handler(event));
}
