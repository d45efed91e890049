// A collector as the tracker sees it: it accepts lines of JSON, and answers as `src/shim/collector` does.
import { Violation } from './scheduler.mjs';

export class Collector {
  #scheduler;
  #accepted;

  /** @param accepted called with each line that is stored */
  constructor(scheduler, accepted) {
    this.#scheduler = scheduler;
    this.#accepted = accepted;
  }

  serves(url) {
    return url.startsWith('https://collector.example/');
  }

  handle({ body, headers }, fault) {
    if (headers['content-type'] !== 'text/plain') throw new Violation('a request to the collector needs a preflight');
    if (fault.kind === 'refused') return json(fault.status === 400 ? 503 : fault.status, { error: 'refused' }, fault.ms);
    if (body.length > 65_536) return json(413, { error: 'too large' });
    const text = body.toString();
    if (!text.endsWith('\n')) throw new Violation('a body for the collector that does not end with a line');
    const lines = text.slice(0, -1).split('\n');
    for (const line of lines) this.#accepted(line);
    return json(202, { accepted: lines.length, refused: [], serverTime: new Date(this.#scheduler.now).toISOString() });
  }
}

function json(status, body) {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)), placed: [], entries: [] };
}
