// Many clients at once, some of which leave before they are answered.
import { once } from 'node:events';
import { request, Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { event, ORIGIN } from './setup.mjs';

/** The partition key of events that the stream refuses, where its plan says so. */
export const POISON = 'poison';

/**
 * Sends that many events over as many connections, and says which of them were answered. What is refused for now (503), or not
 * answered because the collector was stopped, is sent again where `again` says so. One of `poisonEvery` events is under the key `poison`.
 */
export async function sendAll(url, { events, connections, perBody, leaving, again = false, seed = 1, answered = new Set(), poisonEvery = Infinity }) {
  const counts = { left: 0, again: 0, poisoned: new Set() };
  const random = seededRandom(seed);
  const bodies = Math.ceil(events / perBody);
  let next = 0;
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (next < bodies) {
      next += 1;
      const visitor = { anonymousId: `visitor-${Math.floor(random() * 1000)}` };
      const batch = Array.from({ length: perBody }, () => event(visitor));
      if ((next * perBody) % poisonEvery < perBody) counts.poisoned.add(Object.assign(batch[0], { anonymousId: POISON }).messageId);
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
 * One request on a connection of its own. The body may be a function that makes an iterable of pieces. A server that refuses a
 * body before its end closes the connection, and with what is written meanwhile the response may be lost. So the client waits for
 * the response where the limit lets it expect one: before the body where it has said its length, as with `Expect: 100-continue`,
 * and else once it has sent more than the limit. Where none comes for a long time, it sends the rest.
 */
export function exchange(url, { method = 'POST', headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, headers }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray().catch(() => [])).join('');
      sent.destroy();
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    sent.on('error', reject);
    if (typeof body === 'function') writePieces(sent, body(), 'content-length' in headers ? 0 : PIECES_BEFORE_WAIT);
    else sent.end(body);
  });
}

async function writePieces(sent, pieces, piecesBeforeWait) {
  let written = 0;
  sent.flushHeaders();
  for (const piece of pieces) {
    if (written === piecesBeforeWait) await responseOf(sent);
    if (sent.res || sent.destroyed) return;
    if (!sent.write(piece)) await Promise.race([once(sent, 'drain').catch(() => {}), once(sent, 'close').catch(() => {})]);
    written += 1;
  }
  sent.end();
}

/** Waits for a response, or the end of the connection, for a long time at most. */
async function responseOf(sent) {
  const timer = new AbortController();
  const { signal } = timer;
  const waits = [once(sent, 'response', { signal }), once(sent, 'close', { signal }), sleep(RESPONSE_MS_MAX, undefined, { signal })];
  await Promise.race(waits.map((wait) => wait.catch(() => {})));
  timer.abort();
}

/** Of 64 KiB: the limit of a body, and one more. */
const PIECES_BEFORE_WAIT = 5;
const RESPONSE_MS_MAX = 20_000;

/** The same numbers for the same seed: https://en.wikipedia.org/wiki/Xorshift */
function seededRandom(seed) {
  let state = seed * 2654435761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
