// A collector in this process, without a network before it: its requests are objects.
import { createCollector } from 'kinesis-edge/collector';
import { ORIGIN } from './setup.mjs';

/** A collector whose queue keeps what it accepts in `lines`. */
export function collectorInNode(options = {}) {
  const lines = [];
  const queue = { sendBatch: async (messages) => void lines.push(...[...messages].flatMap(({ body }) => body.trimEnd().split('\n')).map((line) => JSON.parse(line))) };
  const credentials = { accessKeyId: 'NODE', secretAccessKey: 'a-secret' };
  const collector = createCollector(() => ({ region: 'us-east-1', streamName: 's', credentials, allowedOrigins: [ORIGIN], queue, ...options }));
  return { ...collector, lines };
}

export function post(body, headers = {}, query = '') {
  const text = typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body);
  return new Request(`https://collector.test/collect${query}`, { method: 'POST', headers: { 'content-type': 'text/plain', origin: ORIGIN, ...headers }, body: text, duplex: 'half' });
}
