import { once } from 'node:events';
import { createServer } from 'node:http';

/** An HTTP server on a free port of loopback. */
export async function listen(handler) {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { endpoint: `http://127.0.0.1:${server.address().port}`, stop };
}
