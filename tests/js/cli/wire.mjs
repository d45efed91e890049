// A wire between a client and a server on loopback, which can be cut and mended.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @param {string} upstream the URL of the server */
export async function startWire(upstream) {
  const { hostname, port } = new URL(upstream);
  const sockets = new Set();
  let server;
  let own = 0;
  const mend = async () => {
    server = createServer((client) => {
      const onward = connect(Number(port), hostname);
      for (const [from, to] of [[client, onward], [onward, client]]) {
        sockets.add(from);
        from.on('error', () => to.destroy()).on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    server.listen(own, '127.0.0.1');
    await once(server, 'listening');
    own = server.address().port;
  };
  const cut = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  await mend();
  return { endpoint: `http://127.0.0.1:${own}`, cut, mend };
}
