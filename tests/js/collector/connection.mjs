// Connections to a collector, where it matters what becomes of them.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { ORIGIN } from './setup.mjs';

/** A client that keeps one connection open, and says of each response over which local port it came. */
export function keepAliveClient(address) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = ({ path = 'collect', method = 'POST', headers = {}, body, chunked = false }) =>
    new Promise((resolve, reject) => {
      const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) };
      const sent = request(new URL(path, address), { method, agent, headers: { origin: ORIGIN, 'content-type': 'text/plain', ...length, ...headers } }, async (response) => {
        // The local port is known while the connection belongs to this request.
        const port = sent.socket.localPort;
        const text = (await response.setEncoding('utf8').toArray()).join('');
        resolve({ status: response.statusCode, port, text });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/**
 * Sends a chunked body for as long as the server reads it, whatever the server says meanwhile.
 * @returns how many bytes of the body the server has let it send
 */
export async function upload(address, { head, bytes }) {
  const { port } = new URL(address);
  const socket = connect(Number(port), '127.0.0.1');
  const closed = once(socket, 'close').catch(() => {});
  socket.on('error', () => {});
  socket.resume();
  socket.write(`POST /collect HTTP/1.1\r\nHost: collector.test\r\nOrigin: ${ORIGIN}\r\nContent-Type: text/plain\r\n${head}\r\n\r\n`);
  const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(PIECE_BYTES, 32), Buffer.from('\r\n')]);
  let sent = 0;
  while (sent < bytes && !socket.destroyed) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
    sent += PIECE_BYTES;
  }
  socket.destroy();
  return sent;
}

const PIECE_BYTES = 0x10000;
