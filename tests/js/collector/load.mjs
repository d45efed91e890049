// Many clients at once, some of which leave before they are answered.
import { request, Agent } from 'node:http';
import { event, ORIGIN } from './world.mjs';

/**
 * Sends that many events over as many connections, and says which of them were answered. What is refused for now (503), or not
 * answered because the collector is gone, is sent again where `again` says so.
 */
export async function sendAll(url, { events, connections, perBody, leaving, again = false, seed = 1, answered = new Set() }) {
  const counts = { left: 0, again: 0 };
  const random = dice(seed);
  const bodies = Math.ceil(events / perBody);
  let next = 0;
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (next < bodies) {
      next += 1;
      const visitor = { anonymousId: `visitor-${Math.floor(random() * 1000)}` };
      const batch = Array.from({ length: perBody }, () => event(visitor));
      const leaves = random() < leaving;
      await deliver(url, agent, batch, leaves ? random() * 8 : undefined, { answered, counts, again });
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return { answered, ...counts };
}

async function deliver(url, agent, batch, leavesAfterMs, { answered, counts, again }) {
  for (;;) {
    const outcome = await post(url, agent, JSON.stringify(batch), leavesAfterMs);
    if (outcome.status === 202) {
      if (outcome.body.accepted !== batch.length) throw new Error(`of ${batch.length} events ${outcome.body.accepted} were taken`);
      for (const { messageId } of batch) answered.add(messageId);
      return;
    }
    if (leavesAfterMs !== undefined) {
      counts.left += 1;
      return;
    }
    if (!again) throw new Error(`answered ${outcome.status ?? outcome.error}`);
    counts.again += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function post(url, agent, body, leavesAfterMs) {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers: { origin: ORIGIN, 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, body: response.statusCode === 202 ? JSON.parse(text) : undefined }));
      response.on('error', (error) => resolve({ error: error.code }));
      response.on('close', () => resolve({ error: 'closed' }));
    });
    sent.on('error', (error) => resolve({ error: error.code }));
    sent.end(body);
    if (leavesAfterMs !== undefined) setTimeout(() => sent.destroy(), leavesAfterMs);
  });
}

/**
 * One request on a connection of its own. The body may be a function that makes an iterable of pieces: like a well-behaved client
 * it is sent no further once there is an answer. A server that answers before the end closes the connection, and where the client
 * has just written another piece the answer is lost with it: then the request is made again, with longer pauses for an answer.
 */
export async function exchange(url, options) {
  for (const pauseMs of [2, 100]) {
    try {
      return await exchangeOnce(url, options, pauseMs);
    } catch (error) {
      if (typeof options.body !== 'function' || !['ECONNRESET', 'EPIPE'].includes(error.code)) throw error;
    }
  }
  return exchangeOnce(url, options, 1000);
}

function exchangeOnce(url, { method = 'POST', headers = {}, body }, pauseMs) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, headers }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray().catch(() => [])).join('');
      sent.destroy();
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    sent.on('error', reject);
    write(sent, typeof body === 'function' ? body() : body, pauseMs);
  });
}

async function write(sent, body, pauseMs) {
  if (typeof body === 'string' || body instanceof Uint8Array) return sent.end(body);
  for (const piece of body) {
    if (sent.res || sent.destroyed) return;
    sent.write(piece);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  sent.end();
}

/** The same numbers for the same seed: https://en.wikipedia.org/wiki/Xorshift */
function dice(seed) {
  let state = seed * 2654435761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
