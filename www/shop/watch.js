/**
 * Lets the page around the shop see what becomes of every event. It looks on from outside, at three places that any page has:
 * `beforeSend`, the promise of `put`, and the `fetch` that requests go through. The tracker knows nothing of it.
 */

import { bytesOf } from '../format.js';

const STATS_MS = 500;
const MESSAGE_ID = /"messageId":"([0-9a-f-]{36})"/g;
const ANONYMOUS_ID = /"anonymousId":"([^"]+)"/;

/** @typedef {{ id: string, key: string }} Seen an event and its partition key */

export class Watch {
  #channel;
  #tab;
  #instance = crypto.randomUUID();
  #isOffline = false;
  #requests = 0;
  /** What a collector's 202 means for an event. @type {'collector' | 'queue'} */
  acceptedBy = 'collector';
  #deaggregate;
  #fetch = globalThis.fetch.bind(globalThis);

  /**
   * @param {string} [channel] where the page around listens; without it no page does
   * @param {number} [tab] which tab of the page around this is
   * @param {Record<string, (value: any) => void>} [requests] what the page around may ask for
   */
  constructor(channel, tab, requests = {}) {
    this.#tab = tab;
    this.#channel = channel && new BroadcastChannel(channel);
    this.#channel?.addEventListener('message', ({ data }) => requests[data.please]?.(data));
    this.#tell({ type: 'opened' });
  }

  /** For `beforeSend`: an event comes into being. */
  event(event, isOwn) {
    const { messageId: id, anonymousId: key, type, event: name, properties } = event;
    this.#tell({ type: 'put', id, key, own: isOwn && { name: name ?? type, properties } });
    return event;
  }

  /** A producer whose `put` is looked at. @param {typeof import('../kinesis-edge/types.js').Producer} Producer @param {typeof import('../kinesis-edge/types.js').deaggregate} deaggregate */
  producer(Producer, deaggregate) {
    this.#deaggregate = deaggregate;
    const tell = (message) => this.#tell(message);
    return class extends Producer {
      put(data, options) {
        const settled = super.put(data, options);
        const [{ id }] = eventsIn(textOf(data));
        settled.then(({ shardId }) => tell({ type: 'delivered', ids: [id], shardId }), ({ code }) => tell({ type: 'lost', id, code }));
        return settled;
      }
    };
  }

  /** @param {() => Record<string, number>} stats */
  stats(stats) {
    setInterval(() => this.#tell({ type: 'stats', stats: stats() }), STATS_MS);
  }

  /** How long the rush hour goes on; 0 at its end. @param {number} secondsLeft */
  rush(secondsLeft) {
    this.#tell({ type: 'rush', secondsLeft });
  }

  /** @param {{ code: string, message: string }} error */
  error = ({ code, message }) => this.#tell({ type: 'error', code, message });

  /** Offline is played: nothing gets out of this page, and it is reported so as a browser says it. @param {boolean} isOffline */
  setOffline(isOffline) {
    if (this.#isOffline === isOffline) return;
    this.#isOffline = isOffline;
    Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => !isOffline });
    dispatchEvent(new Event(isOffline ? 'offline' : 'online'));
  }

  /** A `fetch` that reports each request and of its answer. @type {typeof fetch} */
  fetch = async (resource, init) => {
    if (this.#isOffline) throw new TypeError('offline');
    if (init?.method !== 'POST') return this.#fetch(resource, init);
    const started = performance.now();
    const sent = this.#fetch(resource, init);
    const request = `${this.#instance}/${++this.#requests}`;
    const entries = this.#entriesIn(init);
    this.#tell({ type: 'sent', request, events: entries.flat() });
    try {
      const response = await sent;
      // The clone is read to its end before the time is taken: latency is that of the whole answer.
      const text = await response.clone().text();
      this.#tell({ type: 'answered', request, ms: performance.now() - started, ...outcome(response, text, entries), acceptedBy: this.acceptedBy });
      return response;
    } catch (error) {
      this.#tell({ type: 'answered', request, ms: performance.now() - started, problem: 'no answer', failed: idsOf(entries.flat()), stored: [] });
      throw error;
    }
  };

  /** The events of each entry of a request; that of a collector is one entry. @returns {Seen[][]} */
  #entriesIn({ headers, body }) {
    const isKinesis = new Headers(headers).get('x-amz-target')?.endsWith('.PutRecords');
    if (!isKinesis) return [eventsIn(textOf(body))];
    return JSON.parse(textOf(body)).Records.map(({ Data, PartitionKey }) => {
      return this.#deaggregate({ partitionKey: PartitionKey, data: bytesOf(Data) }).flatMap((record) => eventsIn(textOf(record.data)));
    });
  }

  #tell(message) {
    this.#channel?.postMessage({ ...message, tab: this.#tab });
  }
}

/** What came of each entry. Kinesis answers entry by entry; a collector accepts them all but for those that it names, and none is in the stream yet. */
function outcome({ ok, status }, text, entries) {
  if (!ok) return { problem: /"__type":"(?:\w+#)?(\w+)"/.exec(text)?.[1] ?? `HTTP ${status}`, failed: idsOf(entries.flat()), stored: [] };
  const { Records: results, refused = [] } = jsonIn(text);
  if (!results) {
    const lost = new Set(refused.map(({ index }) => entries[0][index]?.id));
    return { failed: [], stored: [], accepted: idsOf(entries[0]).filter((id) => !lost.has(id)), lost: [...lost] };
  }
  const stored = results.flatMap(({ ShardId }, index) => (ShardId ? [{ ids: idsOf(entries[index]), shardId: ShardId }] : []));
  const failed = results.flatMap(({ ErrorCode }, index) => (ErrorCode ? idsOf(entries[index]) : []));
  return { stored, failed, problem: results.find(({ ErrorCode }) => ErrorCode)?.ErrorCode };
}

function jsonIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Every event is a line of JSON. @param {string} text @returns {Seen[]} */
function eventsIn(text) {
  const keyed = text.split('\n').map((line) => ({ ids: Array.from(line.matchAll(MESSAGE_ID), ([, id]) => id), key: ANONYMOUS_ID.exec(line)?.[1] ?? '' }));
  return keyed.flatMap(({ ids, key }) => ids.map((id) => ({ id, key })));
}

function idsOf(events) {
  return events.map(({ id }) => id);
}

function textOf(body) {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}
